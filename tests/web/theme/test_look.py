"""Figures, money and times as people read them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils import translation

from tenure_web.theme.templatetags import look


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        (0, "0", "0"),
        (9999, "9,999", "9,999"),
        (10_000, "10K", "1 万"),
        (12_400, "12.4K", "1.24 万"),
        (-12_400, "-12.4K", "-1.24 万"),
        (3_100_000, "3.1M", "310 万"),
        (123_456_789, "123.5M", "1.23 亿"),
    ],
)
def test_large_figures_are_short_in_each_language(value: int, en: str, zh: str) -> None:
    with translation.override("en"):
        assert look.compact(value) == en
    with translation.override("zh-hans"):
        assert look.compact(value) == zh


def test_the_exact_figure_is_on_hover() -> None:
    assert 'title="¥12,400.00"' in look.short_money(1_240_000, "CNY")
    assert look.short_money(-1_240_000, "CNY").endswith("-¥12.4K</span>")
    assert look.money(None) == look.NONE


def test_shares_and_changes() -> None:
    assert look.percent(0.1234) == "12.3%"
    assert look.css_percent(2) == "100.00%"
    assert "▲ 50.0%" in look.change(150, 100)
    assert "▼ 50.0%" in look.change(50, 100)
    assert "–" in look.change(5, 0)


def test_times_are_relative_within_a_week_and_absolute_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime(2026, 3, 12, 12, tzinfo=UTC)
    monkeypatch.setattr(look, "now", lambda: now)
    with translation.override("en"):
        assert ">2 hours ago<" in look.ago(now - timedelta(hours=2))
        assert ">1 day ago<" in look.ago(now - timedelta(days=1))
        assert ">1 Feb 2026<" in look.ago(datetime(2026, 2, 1, 12, tzinfo=UTC))
        assert ">today<" in look.ago(date(2026, 3, 12))
    with translation.override("zh-hans"):
        assert ">2 小时前<" in look.ago(now - timedelta(hours=2))
        assert ">2026年2月1日<" in look.ago(datetime(2026, 2, 1, 12, tzinfo=UTC))


def test_texts_users_wrote_are_told_in_the_present_language() -> None:
    words: dict[str, Any] = {"en": "Tea", "zh": "茶"}
    with translation.override("zh-hans"):
        assert look.told(words) == "茶"
        assert look.told({"en": "Tea", "zh": ""}) == "Tea"
    with translation.override("en"):
        assert look.told(words) == "Tea"


def test_data_for_scripts_cannot_close_its_element() -> None:
    assert "</script><b>" not in look.json_data({"x": "</script><b>"}, "data")
