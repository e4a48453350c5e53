"""Sample definitions for the comparison of engines: at least one of every kind of feature, over awkward properties.

A kind that has no line here fails `test_every_kind_of_feature_has_a_sample`.
"""

from __future__ import annotations

import json
from typing import Any

import yaml

from tenure.definitions.kinds import KINDS

ORDER = "Order Completed"
ODD = "Oddity Seen"

#: Texts that the two engines read differently unless they are told how.
TEXTS = (
    "1", "1.5", "2.5", "-2.5", " 12 ", "1e3", "1E-2", "1d", "7f", "1L", "+1", "1_000", "", "abc", ".5", "5.", "1e400",
    "9223372036854775807", "9223372036854775808", "-0", "true", "TRUE", "t", "yes", "no", "n", "0", "on", "false",
    "2024-01-05", "2024-1-5", "2024/01/05", "2024-01-05 10:00:00", "2024-01-05T10:00:00Z", "2024-01-05 10:00",
    "2024-01-05T10:00:00+08:00", "2024", "2024-01", "20240105", "2024-02-30", "2024-01-05 25:00:00", "10:00", "1,5",
    "NaN", "nan", "1.5E8", "中文", "a'b", 'q"q', "back\\slash", "100%",
)  # fmt: skip
NUMBERS = (
    1.5, 1e3, 100000000000000000000, 1e-7, 123456789.125, 1e22, 12345678.9, 0.00001, 0.001, 1e21, 1e20, 1e7, 9999999.5,
    -12345678.25, -0.000123, 1.7976931348623157e308, 2.5e-300, 0.1, -0.0, 12345678901234567, True, False, None,
)  # fmt: skip
VALUES: tuple[Any, ...] = (*TEXTS, *NUMBERS, {"n": 1.5}, [1, "二"], [])
SOME = ["1.5", "12345678.9", "true", "中文", "a'b", "1e-7"]
NAMES = ("odd", "a b", "a.b", "a'b", "品类", "a[0]", "$x")

#: Every function and operator of the rule language, over values of every type, unknown ones among them.
EXPRESSIONS = {
    "abs": ("float", "abs(0 - s_gap)"),
    "least": ("integer", "least(orders, s_days, 3)"),
    "length": ("integer", "length(s_text_4) + length(channel)"),
    "lower": ("text", "lower(coalesce(s_text_4, channel))"),
    "nullif": ("float", "orders / nullif(s_days - 1, 0)"),
    "calendar": ("integer", "year(s_first_day) * 10000 + quarter(s_first_day) * 1000 + month(s_first_day) * 10"
                            " + day(s_first_day)"),
    "weekday": ("integer", "weekday(s_first_day)"),
    "later": ("date", "s_first_day + 59"),
    "far": ("date", "s_first_day + s_rounded_whole"),
    "earlier": ("date", "s_first_day - s_count_days"),
    "between_days": ("integer", "s_today - s_first_day"),
    "case": ("text", "CASE WHEN orders = 0 THEN '无' WHEN country IS NULL THEN 'o''o' ELSE channel END"),
    "case_number": ("float", "CASE WHEN s_streak_week > 1 THEN orders ELSE s_gap END"),
    "compared": ("boolean", "orders <> 2 AND s_gap <= 30.5 OR NOT (s_days >= 3) AND orders < s_days"),
    "between": ("boolean", "s_gap BETWEEN 5 AND 40 AND s_first_day BETWEEN DATE '2023-02-28' AND DATE '2024-02-29'"),
    "not_in": ("boolean", "country NOT IN ('China', '中国') AND s_boolean"),
    "constant": ("boolean", "s_boolean OR FALSE"),
    "money": ("float", "revenue / 3 - average_order * 1.5 + 0.1"),
    "overflow": ("integer", "orders * 1000000000000 * 1000000000000"),
    "text_order": ("boolean", "channel = s_text_4 OR lower(channel) <> '中'"),
}  # fmt: skip


def _samples() -> dict[str, dict[str, Any]]:
    of_order, odd = {"events": ORDER}, {"events": ODD}
    found: dict[str, dict[str, Any]] = {
        "s_count": {"kind": "count", **of_order},
        "s_count_where": {
            "kind": "count",
            **odd,
            "where": {"odd": SOME},
        },
        "s_count_days": {"kind": "count", "kinds": ["page", "screen"], "within_days": 45},
        "s_quantity": {"kind": "sum", **of_order, "of": "quantity"},
        "s_sum_property": {"kind": "sum", **odd, "of": "property:step"},
        "s_average_quantity": {"kind": "average", **of_order, "of": "quantity", "within_days": 200},
        "s_average_property": {"kind": "average", **odd, "of": "property:step"},
        "s_first_amount": {"kind": "first", **of_order, "of": "amount"},
        "s_last_amount": {"kind": "last", **of_order, "of": "amount", "within_days": 90},
        "s_last_order": {"kind": "last", **of_order, "of": "order_id"},
        "s_first_day": {"kind": "first", **of_order, "of": "day"},
        "s_last_time": {"kind": "last", "of": "time"},
        "s_orders": {"kind": "distinct", **of_order, "of": "order_id"},
        "s_days": {"kind": "distinct", **of_order, "of": "day", "within_days": 120},
        "s_values": {"kind": "distinct", **odd, "of": "property:odd"},
        "s_categories": {"kind": "distinct", **of_order, "of": "category", "within_days": 365},
        "s_gap": {"kind": "median_gap", **of_order},
        "s_gap_days": {"kind": "median_gap", "within_days": 300},
        "s_since_first": {"kind": "days_since_first", **of_order},
        "s_since_last": {"kind": "days_since_last", "kinds": ["page"]},
        "s_min": {"kind": "min", **of_order, "of": "amount", "period": "last_year"},
        "s_max": {"kind": "max", **odd, "of": "property:step"},
        "s_frequent": {"kind": "most_frequent", **of_order, "of": "category"},
        "s_frequent_value": {"kind": "most_frequent", **odd, "of": "property:odd"},
        "s_mean_gap": {"kind": "mean_gap", **of_order, "within_days": 500},
        "s_share": {"kind": "share", **of_order, "part": "amount >= 100"},
        "s_share_amount": {"kind": "share", **of_order, "of": "amount", "part": "category = '茶'", "within_days": 365},
        "s_trend": {"kind": "trend", **of_order, "within_days": 180},
        "s_trend_amount": {"kind": "trend", **of_order, "of": "amount", "within_days": 90},
        "s_streak_week": {"kind": "streak", "every": "week"},
        "s_streak_month": {"kind": "streak", **of_order, "every": "month"},
        "s_quarter": {"kind": "count", **of_order, "period": "last_quarter"},
        "s_since": {"kind": "sum", **of_order, "of": "amount", "since_last": "Signed Up"},
        "s_where": {"kind": "count", **of_order, "where": "amount >= 50 AND channel IS NOT NULL"},
        "s_line": {"kind": "count", **of_order, "where": "category IN ('茶', 'tea') AND amount BETWEEN 10 AND 90.5"},
        "s_product": {"kind": "first", **of_order, "of": "product", "since_first": "Signed Up"},
        "s_today": {"kind": "today"},
        "s_rounded": {"kind": "derived", "expression": "round(average_order / 3, 2)"},
        "s_rounded_whole": {"kind": "derived", "expression": "round(average_order / 7)", "type": "integer"},
        "s_best": {"kind": "derived", "expression": "greatest(orders_90d, visits_30d, 2)"},
        "s_filled": {"kind": "derived", "expression": "coalesce(median_gap_days, -1) * 1.1"},
        "s_like": {"kind": "derived", "type": "boolean", "expression": "channel LIKE 'a%' OR channel NOT LIKE '_o%'"},
        "s_in": {
            "kind": "derived",
            "type": "boolean",
            "expression": "country IN ('China', '中国') AND orders > 1",
        },
    }
    for number, of in enumerate(("id", "since", "members", "property:odd")):
        found[f"s_company_{number}"] = {"kind": "company", "of": of}
    found["s_company_number"] = {"kind": "company", "of": "property:odd", "type": "float"}
    for key, (type_, expression) in EXPRESSIONS.items():
        found[f"s_{key}"] = {"kind": "derived", "type": type_, "expression": expression}
    for number, name in enumerate(NAMES):
        found[f"s_text_{number}"] = {"kind": "last", **odd, "of": f"property:{name}"}
    for type_ in ("integer", "float", "date", "boolean", "time"):
        found[f"s_{type_}"] = {"kind": "last", **odd, "of": "property:odd", "type": type_}
    return found


SAMPLES = _samples()


def definitions_text() -> str:
    """The samples as a file of definitions."""
    words = {"title": "Sample", "meaning": "A sample for the comparison of engines."}
    return yaml.safe_dump({"features": {key: {**words, **each} for key, each in SAMPLES.items()}}, allow_unicode=True)


#: A lifecycle whose stages rest on scores, and one of a feature derived from one.
CARE = """
lifecycle: care
title: {en: Care, zh: 关怀}
meaning: {en: Who needs care., zh: 谁需要关怀。}
stages:
  known: {title: {en: Known, zh: 已知}, meaning: {en: Everybody., zh: 所有人。}}
  shaky:
    title: {en: Shaky, zh: 动摇}
    meaning: {en: Likely to leave., zh: 可能流失。}
    rule: risk.band = 'high' AND risk.since >= today() - 60 AND risk.probability < 0.95
  crowd:
    title: {en: Crowd, zh: 多人}
    meaning: {en: Many of one company., zh: 同一企业多人。}
    rule: s_company_2 >= 20 AND s_company_0 <> 'none' AND today() - s_company_1 > 3 OR s_company_number > 3
rule_order: [crowd, shaky, known]
"""


def kinds() -> set[str]:
    """Every kind of feature there is."""
    return set(KINDS) - {"given"}  # read from tables of other rooms, never computed from events


def odd_properties(number: int) -> str:
    """The JSON of the properties of the odd event with this number."""
    value = VALUES[number % len(VALUES)]
    return json.dumps({**dict.fromkeys(NAMES, value), "step": number / 8}, ensure_ascii=bool(number % 2))
