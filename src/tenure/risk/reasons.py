"""Why a customer may be lost, in words of both languages, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenure import money
from tenure.definitions import Feature, Words
from tenure.definitions.wording import number_text
from tenure.risk.churn import Churn
from tenure.risk.examples import Awaited

__all__ = ["Cause", "Why", "hint", "shown", "why"]

SHOWN = 5

_HINTS: tuple[tuple[tuple[str, ...], Words], ...] = (
    (("refund", "ticket"), Words("Ask what went wrong before you sell again.", "先了解哪里出了问题，再谈购买。")),
    (
        ("subscription",),
        Words(
            "Talk about the subscription: what they still miss, and what would make them stay.",
            "就订阅主动沟通：还缺什么，怎样才会留下。",
        ),
    ),
    (
        ("days_since_last_order", "gap_ratio", "orders_30d", "orders_90d", "median_gap"),
        Words(
            "Write now: they are later than is usual, and every week makes it harder.",
            "尽快联系：已超过通常的购买间隔，越晚越难挽回。",
        ),
    ),
    (
        ("visit", "seen", "email", "cart"),
        Words(
            "They look in less than others: show what is new in what they bought before.",
            "来访与互动偏少：推送其买过品类的新品。",
        ),
    ),
    (
        ("revenue", "spend", "average_order", "pace", "sales"),
        Words(
            "Offer a reason to come back to the old pace: a bundle, or a threshold gift.",
            "给一个恢复往日节奏的理由：组合装或满额礼。",
        ),
    ),
    (
        ("order", "categor", "product"),
        Words(
            "Lead to a second category: who buys in two stays longer.",
            "引导购买第二个品类：买两类以上的客户留得更久。",
        ),
    ),
)
_OF_CONTRACTS: tuple[tuple[tuple[str, ...], Words], ...] = (
    (
        ("refund", "ticket", "complaint"),
        Words("Ask what went wrong before the renewal comes up.", "先了解哪里出了问题，再谈续约。"),
    ),
    (
        ("used", "usage", "feature", "visit", "seen", "email", "login", "active"),
        Words(
            "They use it less than others: find out what keeps them, and show what they have not tried.",
            "使用偏少：了解卡在哪里，演示他们还没用过的功能。",
        ),
    ),
    (
        ("subscription", "renew", "contract", "cancel"),
        Words(
            "Talk about the renewal in time: what they still miss, and what would make them stay.",
            "提前沟通续约：还缺什么，怎样才会留下。",
        ),
    ),
    (
        ("revenue", "spend", "amount", "price"),
        Words(
            "See whether the plan still fits: a smaller one kept is worth more than a large one lost.",
            "看看套餐是否还合适：留住小套餐好过失去大套餐。",
        ),
    ),
)
_USUAL_OF_CONTRACTS = Words(
    "Call before the renewal: ask what they use it for, and what is missing.",
    "续约前打个电话：问问用在哪里，还缺什么。",
)
_USUAL = Words(
    "A short personal word costs little: ask how the last purchase did.",
    "一句个人问候成本很低：问问上次购买用得如何。",
)


@dataclass(frozen=True)
class Cause:
    """One feature's part: in log-odds (above zero: more risk), its value beside the usual one, in words."""

    feature: str
    adds: float
    value: float | None
    usual: float | None
    words: Words


@dataclass(frozen=True)
class Why:
    """One customer's forecast taken apart: the average's log-odds and all causes add up to the forecast's."""

    probability: float
    log_odds: float
    average: float
    causes: tuple[Cause, ...]
    rest: float  # what the causes not listed add together
    hint: Words


def why(model: Churn, values: NDArray[np.float64], features: Mapping[str, Feature], currency: str) -> list[Why]:
    """The reasons of each row, the weightiest first."""
    parts, chances = model.reasons(values), model.probability(values)
    return [_why(model, values[row], parts[row], float(chances[row]), features, currency) for row in range(len(values))]


def _why(
    model: Churn,
    values: NDArray[np.float64],
    parts: NDArray[np.float64],
    chance: float,
    features: Mapping[str, Feature],
    currency: str,
) -> Why:
    order = np.argsort(-np.abs(parts), kind="stable")
    listed = [place for place in order[:SHOWN] if abs(parts[place]) > 1e-9]
    causes = tuple(
        _cause(features[model.names[place]], float(parts[place]), values[place], model.middle[place], currency)
        for place in listed
    )
    total = float(model.average + parts.sum())
    rest = total - model.average - sum(cause.adds for cause in causes)
    return Why(chance, total, model.average, causes, rest, hint(causes, model.awaited))


def _cause(feature: Feature, adds: float, value: float, usual: float, currency: str) -> Cause:
    said = None if np.isnan(value) else float(value)
    middle = None if np.isnan(usual) else float(usual)
    en, zh = (_sentence(feature, adds, said, middle, currency, chinese) for chinese in (False, True))
    return Cause(feature.key, adds, said, middle, Words(en, zh))


def _sentence(
    feature: Feature, adds: float, value: float | None, usual: float | None, currency: str, chinese: bool
) -> str:
    title = feature.title.text("zh" if chinese else "en")
    said = shown(feature, value, currency, chinese)
    beside = "" if usual is None else shown(feature, usual, currency, chinese)
    if chinese:
        tail = "提高流失风险" if adds > 0 else "降低流失风险"
        return f"{title}：{said}（通常 {beside}），{tail}" if beside else f"{title}：{said}，{tail}"
    tail = "raises the risk" if adds > 0 else "lowers the risk"
    return f"{title}: {said} (usually {beside}) {tail}" if beside else f"{title}: {said} {tail}"


def shown(feature: Feature, value: float | None, currency: str, chinese: bool) -> str:
    """A value of a feature as people read it."""
    if value is None:
        return "未知" if chinese else "unknown"
    if feature.unit == "money":
        return money.text(round(value), currency)
    if feature.type == "boolean":
        return ("是" if value else "否") if chinese else ("yes" if value else "no")
    if feature.unit == "share":
        return f"{value:.0%}"
    return number_text(round(value, 2))


def hint(causes: tuple[Cause, ...], awaited: Awaited = "purchase") -> Words:
    """What to do, by the weightiest cause that raises the risk: that of not buying, or of not renewing."""
    hints, usual = (_HINTS, _USUAL) if awaited == "purchase" else (_OF_CONTRACTS, _USUAL_OF_CONTRACTS)
    for cause in causes:
        if cause.adds > 0:
            for marks, words in hints:
                if any(mark in cause.feature for mark in marks):
                    return words
    return usual
