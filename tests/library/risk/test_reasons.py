"""What to do about a customer who may be lost: by what raises the risk, and by what is awaited of them."""

from __future__ import annotations

from tenure.definitions import Words
from tenure.risk.reasons import Cause, hint


def cause(feature: str, adds: float) -> Cause:
    return Cause(feature, adds, 1.0, 2.0, Words("", ""))


def test_the_hint_follows_the_weightiest_cause_that_raises_the_risk() -> None:
    causes = (cause("orders_90d", -2.0), cause("days_since_last_visit", 1.5), cause("refunds", 0.2))
    assert "show what is new in what they bought" in hint(causes).en
    assert "what went wrong" in hint(causes[2:]).en
    assert "how the last purchase did" in hint(causes[:1]).en


def test_whoever_holds_a_contract_gets_no_advice_for_buyers() -> None:
    causes = (cause("features_used", 1.5), cause("orders_90d", 0.3))
    found = hint(causes, "renewal")
    assert found.en.startswith("They use it less than others")
    assert "使用偏少" in found.zh
    assert "before the renewal" in hint((), "renewal").en
    for text in (found.en, hint(causes[1:], "renewal").en, hint((cause("subscriptions", 1.0),), "renewal").en):
        assert "bought" not in text
        assert "purchase" not in text
