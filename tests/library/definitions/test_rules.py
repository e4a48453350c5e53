"""What a rule answers, why, and when time alone could change it."""

from __future__ import annotations

from typing import Any

import pytest

from tenure.definitions import parse, parse_expression
from tenure.errors import DefinitionError

from .catalogue import CATALOGUE, NOTHING, ROW


def refusal(text: str) -> str:
    with pytest.raises(DefinitionError) as refused:
        parse(text, CATALOGUE)
    return refused.value.problems[0]


def test_a_missing_value_is_unknown_rather_than_false() -> None:
    assert parse("orders_30d >= 1", CATALOGUE).evaluate(NOTHING) is None
    assert parse("NOT orders_30d >= 1", CATALOGUE).evaluate(NOTHING) is None
    assert parse("orders_30d >= 1 OR country IS NULL", CATALOGUE).evaluate(NOTHING) is True
    assert parse("orders_30d >= 1 AND country IS NOT NULL", CATALOGUE).evaluate(NOTHING) is False


def test_a_feature_that_a_row_does_not_have_is_missing() -> None:
    assert parse("orders_30d IS NULL", CATALOGUE).evaluate({}) is True


def test_money_is_written_in_whole_units_of_the_currency() -> None:
    assert parse("revenue = 123.45", CATALOGUE).evaluate(ROW) is True
    assert parse("revenue = 12345", CATALOGUE, digits=0).evaluate(ROW) is True
    assert parse("revenue = 12.345", CATALOGUE, digits=3).evaluate(ROW) is True


def test_features_may_be_written_in_capitals() -> None:
    assert parse("Orders_30D >= 2 and Subscribed", CATALOGUE).features == {"orders_30d", "subscribed"}


def test_division_by_zero_is_unknown() -> None:
    assert parse("orders_30d / visits > 1", CATALOGUE).evaluate(ROW) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("orders_30 > 1", 'unknown feature "orders_30". Did you mean "orders_30d"?'),
        ('channel = "微信"', "Texts go in single quotes"),
        ("orders_30d ＞ 1", "Write > instead."),
        ("channel ILIKE 'a'", "Use lower(feature) LIKE"),
        ("orders_30d = NULL", "Write IS NULL"),
        ("orders_30d", "compare it, such as orders_30d >= 1"),
        ("seen_at > '2020-01-01'", "Use a days_since feature"),
        ("sum(orders_30d) > 1", "Available: abs, coalesce"),
        ("first_day > '2011-13-01'", "not a day of the calendar"),
        ("channel > 'a'", "only be compared with =, <>, IN and LIKE"),
        ("", "it is empty"),
    ],
)
def test_a_refusal_says_what_to_write_instead(text: str, said: str) -> None:
    assert said in refusal(text)


def test_why_lists_each_condition_with_the_values_it_read() -> None:
    rule = parse("orders_30d >= 2 AND (days_since_last_order > 90 OR channel = '微信') AND NOT (visits > 5)", CATALOGUE)
    assert [(each.text("zh"), each.values, each.met) for each in rule.why(ROW)] == [
        ("近 30 天内下单 2 次及以上", (("orders_30d", 3),), True),
        ("距上次下单超过 90 天", (("days_since_last_order", 12),), False),
        ("首次渠道为「微信」", (("channel", "微信"),), True),
        ("访问次数不高于 5", (("visits", 0),), True),
    ]


def test_why_keeps_unknown_apart() -> None:
    (reason,) = parse("days_since_last_order > 90", CATALOGUE).why(NOTHING)
    assert reason.met is None
    assert reason.values == (("days_since_last_order", None),)


@pytest.mark.parametrize(
    ("text", "simple", "thresholds"),
    [
        ("days_since_last_order > 90 AND orders_30d >= 2", True, {"days_since_last_order": (90,), "orders_30d": (2,)}),
        ("days_since_last_order BETWEEN 30 AND 60", True, {"days_since_last_order": (30, 60)}),
        ("days_since_last_order IS NULL", True, {"days_since_last_order": ()}),
        ("days_since_last_order IN (7, 14)", True, {"days_since_last_order": (7, 14)}),
        ("days_since_last_order > visits", False, {}),
        ("days_since_last_order * 2 > 10", False, {}),
        ("visits * 2 > 10", True, {}),
    ],
)
def test_it_knows_what_days_are_compared_with(text: str, simple: bool, thresholds: dict[str, Any]) -> None:
    rule = parse(text, CATALOGUE)
    assert rule.time_simple is simple
    assert rule.thresholds() == thresholds


def test_an_expression_has_the_type_that_is_declared() -> None:
    assert parse_expression("revenue / orders_30d", CATALOGUE, "float").evaluate(ROW) == pytest.approx(41.15)
    assert parse_expression("revenue / orders_30d", CATALOGUE, "integer", "money").evaluate(ROW) == 4115
    assert parse_expression("orders_30d > visits", CATALOGUE, "boolean").evaluate(ROW) is True
    assert parse_expression("coalesce(channel, '未知')", CATALOGUE, "text").evaluate(NOTHING) == "未知"
    with pytest.raises(DefinitionError, match="it gives text, but the feature is declared as float"):
        parse_expression("channel", CATALOGUE, "float")
