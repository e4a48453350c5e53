"""Why a product is offered, in words of both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tenure import money
from tenure.definitions import Words
from tenure.needs.titles import Titles

__all__ = ["Offer", "kind_words", "reason"]

_KINDS = {
    "again": Words("Buys again", "常买"),
    "due": Words("Due again", "该补货了"),
    "with": Words("Goes with what they buy", "搭配购买"),
    "similar": Words("Liked by the same people", "相似客户也买"),
    "cross": Words("From another category", "跨品类"),
    "up": Words("A step up", "升级款"),
    "bundle": Words("As a bundle", "组合购买"),
}


@dataclass(frozen=True)
class Offer:
    """A product to offer, by kind and place, with the figures of its reason (see `make_offers`)."""

    kind: str
    place: int
    product: str
    title: str
    because: str | None = None
    because_title: str | None = None
    figure: float | None = None
    n: int | None = None
    days: float | None = None
    day: date | None = None
    amount: int | None = None


def kind_words(kind: str) -> Words:
    """What a kind of offer is called."""
    return _KINDS[kind]


def reason(offer: Offer, today: date, currency: str, titles: Titles | None = None) -> Words:
    """Why this product, with the figures behind it; other products are called as `titles` has them."""
    if offer.kind == "again":
        return _again(offer, today)
    if offer.kind == "due":
        return _due(offer, today)
    share, named = f"{offer.figure or 0:.0%}", (titles or Titles()).of(offer.because_title or offer.because or "")
    price = money.text(offer.amount, currency) if offer.amount is not None else "–"
    return {
        "with": Words(f"in {share} of the baskets with {named.en}", f"买「{named.zh}」的订单中，{share} 同时买了它"),
        "similar": Words(
            f"{share} of those who buy {named.en} buy it too", f"买过「{named.zh}」的客户中，{share} 也买它"
        ),
        "cross": Words(
            f"{share} of those who buy {named.en} buy in this category too; sells best there",
            f"买「{named.zh}」品类的客户中，{share} 也买这个品类；此为其中的畅销款",
        ),
        "up": Words(
            f"{share} of those who bought {named.en} bought it later; {price} more",
            f"买过「{named.zh}」的客户中，{share} 后来买了它；贵 {price}",
        ),
        "bundle": Words(
            f"with {named.en}: together in {offer.n:,} baskets, {offer.figure or 0:.1f} times as often as by chance;"
            f" {price} for both",
            f"与「{named.zh}」组合：{offer.n:,} 单同时购买，是随机情况的 {offer.figure or 0:.1f} 倍；合计 {price}",
        ),
    }[offer.kind]


def _again(offer: Offer, today: date) -> Words:
    times = "once" if offer.n == 1 else f"{offer.n} times"
    en, zh = _last(offer, today)
    return Words(f"bought {times}, {en}", f"买过 {offer.n} 次，{zh}")


def _due(offer: Offer, today: date) -> Words:
    usual, (en, zh) = round(offer.days or 0), _last(offer, today)
    after = "a day" if usual == 1 else f"{usual} days"
    return Words(f"usually again after {after}, {en}", f"通常 {usual} 天后再买，{zh}")


def _last(offer: Offer, today: date) -> tuple[str, str]:
    """How long ago it was bought last, in English and Chinese."""
    ago = (today - offer.day).days if offer.day else 0
    near = {0: ("last bought today", "今天刚买过"), 1: ("last bought yesterday", "上次在昨天")}
    return near.get(ago, (f"last {ago} days ago", f"上次在 {ago} 天前"))
