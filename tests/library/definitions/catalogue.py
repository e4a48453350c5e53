"""The features that the tests of the rule language are written against, and rows of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tenure.definitions import Feature, Words

SQL_TYPES = {
    "integer": "BIGINT",
    "float": "DOUBLE",
    "text": "VARCHAR",
    "date": "DATE",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMP",
}


def feature(key: str, type_: str, unit: str = "count", **more: Any) -> Feature:
    title = Words(key.replace("_", " "), more.pop("zh", key))
    return Feature(key, title, title, more.pop("kind", "count"), type_, unit, **more)  # type: ignore[arg-type]


CATALOGUE = {
    each.key: each
    for each in (
        feature(
            "orders_30d",
            "integer",
            within_days=30,
            counter=Words("order/orders", "次"),
            phrase=Words("{value} in the last 30 days", "近 30 天内下单 {value}"),
            some=Words("ordered in the last 30 days", "近 30 天内下过单"),
            none=Words("no order in the last 30 days", "近 30 天内没有下单"),
        ),
        feature("visits", "integer", zh="访问次数"),
        feature(
            "days_since_last_order",
            "integer",
            "days",
            kind="days_since_last",
            zh="距上次下单天数",
            counter=Words("day/days", "天"),
            phrase=Words("{value} since the last order", "距上次下单{value}"),
            some=Words("has ordered", "下过单"),
            none=Words("never ordered", "从未下单"),
        ),
        feature("revenue", "integer", "money", zh="净销售额"),
        feature("score", "float", "share", zh="得分"),
        feature("channel", "text", "text", zh="首次渠道"),
        feature("country", "text", "text", zh="国家"),
        feature("first_day", "date", "date", zh="首单日期"),
        feature("last_day", "date", "date", zh="末单日期"),
        feature(
            "subscribed",
            "boolean",
            zh="已订阅",
            some=Words("subscribes", "已订阅"),
            none=Words("is not a subscriber", "未订阅"),
        ),
        feature("seen_at", "time", "date", zh="最近出现时间"),
        feature("today", "date", "date", kind="today", zh="当天"),
    )
}

ROW: dict[str, Any] = {
    "orders_30d": 3,
    "visits": 0,
    "days_since_last_order": 12,
    "revenue": 123_45,
    "score": 0.25,
    "channel": "微信",
    "country": "China",
    "first_day": date(2011, 1, 5),
    "last_day": date(2011, 11, 28),
    "subscribed": True,
    "seen_at": datetime(2011, 11, 28, 12, 0),  # noqa: DTZ001
    "today": date(2011, 12, 10),
}
NOTHING: dict[str, Any] = dict.fromkeys(ROW)
