"""One customer's needs for its page: the next order, its likely basket, what to offer and why."""

from typing import Any

from tenure.needs import Offer, Wanted, kind_words, reason
from tenure.workspace import Workspace
from tenure_web.customers.goods import titles

__all__ = ["made"]

ORDER = ("again", "due", "with", "bundle", "up", "cross", "similar")
SHOWN = 3


def made(shop: Workspace, key: int) -> dict[str, Any]:
    """What the card shows; nothing of somebody who never ordered."""
    found, today, known = shop.needs.of(key), shop.clock.as_of().day, titles()
    if found is None:
        return {}
    lines = {
        kind: [(each, reason(each, today, shop.settings.currency, known)) for each in _once(found, kind)]
        for kind in ORDER
    }
    kinds = [(kind_words(kind), lines[kind][:SHOWN]) for kind in ORDER[1:] if lines[kind]]
    basket = lines["again"][: SHOWN + 2]
    rest = found.basket[len(basket) :]
    return {"needs": found, "late": found.next_day < today, "kinds": kinds, "basket": basket, "rest": rest}


def _once(found: Wanted, kind: str) -> list[Offer]:
    """The offers of a kind without what the kinds before it name; what is due may stand in the basket too."""
    before = {each.product for each in found.offers if each.kind in ORDER[: ORDER.index(kind)]}
    own = [each for each in found.offers if each.kind == kind]
    return own if kind in ("again", "due") else [each for each in own if each.product not in before]
