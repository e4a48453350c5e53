"""Why a line of a file is refused: one code, and words for people in both languages."""

from __future__ import annotations

from tenure.collect import reasons

__all__ = ["FAULTS", "words"]

FAULTS: dict[str, tuple[str, str]] = {
    "no_customer": ("No customer is named.", "没有客户编号。"),
    "no_order": ("The order number is empty.", "订单号为空。"),
    "no_time": ("The time is empty.", "时间为空。"),
    "time": ("The time cannot be read.", "时间无法识别。"),
    "future": ("The time lies more than a day in the future.", "时间比现在晚一天以上。"),
    "amount": ("The amount or price cannot be read.", "金额或单价无法识别。"),
    "quantity": ("The quantity cannot be read.", "数量无法识别。"),
    "currency": ("The currency is not three letters.", "币种不是三个字母的代码。"),
    "two_currencies": ("The order has lines in another currency.", "同一订单中出现了两种币种。"),
    "cells": ("The line has more cells than the header.", "单元格数多于表头列数。"),
    "open_quote": ("A quotation mark is not closed.", "引号没有闭合。"),
    "too_long": ("The line is longer than a million characters.", "该行超过一百万个字符。"),
    "too_wide": ("The line has more than 2,000 cells.", "该行超过 2000 个单元格。"),
    "nul": ("The line holds a NUL character.", "该行含有 NUL 字符。"),
    "text": ("The line holds characters that are not valid in the file's encoding.", "该行含有该编码下无效的字符。"),
    "no_name": ("The name of the event is empty.", "事件名称为空。"),
    "period": ("The period ends before it begins.", "结束日期早于开始日期。"),
    "no_channel": ("An advertising cost names no channel.", "广告费用没有注明获客渠道。"),
    "cost_kind": (
        "The kind of cost is none of advertising, research, sales.",
        "费用类型不是广告费用、市场研究费用或销售成本。",
    ),
    "json": ("The line is not one JSON object.", "该行不是一个 JSON 对象。"),
}


def words(fault: str, language: str = "en") -> str:
    """The reason in words; those of events over HTTP are known too."""
    if fault not in FAULTS:
        return reasons.words(fault, language)
    english, chinese = FAULTS[fault]
    return chinese if language.startswith("zh") else english
