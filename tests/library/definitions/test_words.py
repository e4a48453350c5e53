"""Rules are said in plain English and Chinese."""

from __future__ import annotations

import pytest

from tenure.definitions import parse

from .catalogue import CATALOGUE

SAID = [
    ("orders_30d >= 2", "at least 2 orders in the last 30 days", "近 30 天内下单 2 次及以上"),
    ("orders_30d = 1", "exactly 1 order in the last 30 days", "近 30 天内下单恰好 1 次"),
    ("2 <= orders_30d", "at least 2 orders in the last 30 days", "近 30 天内下单 2 次及以上"),
    ("orders_30d >= 1", "ordered in the last 30 days", "近 30 天内下过单"),
    ("orders_30d < 1", "no order in the last 30 days", "近 30 天内没有下单"),
    ("NOT orders_30d > 0", "no order in the last 30 days", "近 30 天内没有下单"),
    ("orders_30d BETWEEN 2 AND 4", "2 to 4 orders in the last 30 days", "近 30 天内下单 2 至 4 次"),
    ("days_since_last_order > 90", "more than 90 days since the last order", "距上次下单超过 90 天"),
    ("days_since_last_order <= 1", "at most 1 day since the last order", "距上次下单不超过 1 天"),
    ("days_since_last_order IS NULL", "never ordered", "从未下单"),
    ("days_since_last_order IS NOT NULL", "has ordered", "下过单"),
    ("revenue >= 12500.5", "revenue is at least 12,500.5", "净销售额不低于 12,500.5"),
    ("score < 0.25", "score is below 25%", "得分低于 25%"),
    ("channel = '微信'", 'channel is "微信"', "首次渠道为「微信」"),
    ("channel <> '微信'", 'channel is not "微信"', "首次渠道不是「微信」"),
    ("channel IN ('a', 'b b', 'c')", 'channel is one of "a", "b b" or "c"', "首次渠道为「a」、「b b」或「c」"),
    ("channel NOT IN ('a')", 'channel is not "a"', "首次渠道不是「a」"),
    ("channel LIKE '%程序%'", 'channel contains "程序"', "首次渠道包含「程序」"),
    ("channel NOT LIKE '微%'", 'channel does not start with "微"', "首次渠道不以「微」开头"),
    ("first_day < '2011-12-01'", "first day is before 2011-12-01", "首单日期早于 2011-12-01"),
    ("last_day + 30 < today()", "30 days after last day is before today", "末单日期之后 30 天早于当天"),
    ("today() - last_day > 30", "days from last day to today is above 30", "从末单日期到当天的天数高于 30"),
    ("month(today()) = 5", "the month of today is 5", "当天的月份等于 5"),
    (
        "CASE WHEN subscribed THEN visits ELSE 0 END > 2",
        "(visits if subscribes, else 0) is above 2",
        "（已订阅时取访问次数，否则取 0）高于 2",
    ),
    ("subscribed", "subscribes", "已订阅"),
    ("NOT subscribed", "is not a subscriber", "未订阅"),
    ("country IS NULL", "country is not known", "没有国家"),
    ("revenue / visits > 50", "revenue ÷ visits is above 50", "净销售额 ÷ 访问次数高于 50"),
    (
        "orders_30d >= 2 AND (subscribed OR visits > 3)",
        "at least 2 orders in the last 30 days and (subscribes or visits is above 3)",
        "近 30 天内下单 2 次及以上，且（已订阅，或访问次数高于 3）",
    ),
    ("NOT (subscribed AND visits > 3)", "not (subscribes and visits is above 3)", "不满足（已订阅，且访问次数高于 3）"),
]


@pytest.mark.parametrize(("rule", "english", "chinese"), SAID)
def test_it_says(rule: str, english: str, chinese: str) -> None:
    found = parse(rule, CATALOGUE)
    assert found.words("en") == english
    assert found.words("zh-hans") == chinese
