"""The simulated shop goes on living: calls of the tracking API, a visit at a time, for a page that someone watches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from tenure import money
from tenure.samples.catalog import CATEGORIES, CHANNELS, CITIES, PRODUCTS
from tenure.samples.lives import Lives
from tenure.samples.people import Person, external_id, people, stranger
from tenure.samples.shop import Shop
from tenure.samples.words import TICKETS

__all__ = ["Trickle"]

Call = dict[str, Any]

_DOINGS = ("visit", "newcomer", "mail", "ticket", "refund")
_OFTEN = (0.60, 0.24, 0.10, 0.03, 0.03)


@dataclass
class Trickle:
    """What happens next in a shop. `at` names the run, so that ids of two runs never meet; times are arguments."""

    shop: Shop
    at: datetime

    def __post_init__(self) -> None:
        self._rng = np.random.default_rng([self.shop.seed, int(self.at.timestamp())])
        self._run = f"{int(self.at.timestamp()):x}"
        self._count = 0
        self._orders: list[tuple[str, str, list[dict[str, Any]], float]] = []

    @cached_property
    def _lives(self) -> Lives:
        return self.shop.block(0).lives

    @cached_property
    def _known(self) -> list[Person]:
        return people(self._lives)

    @cached_property
    def _likely(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """How likely each person of the first block is to come next: the living by their pace, the others hardly."""
        truth = self.shop.truth()
        size = len(self._lives.number)
        weight = np.where(truth.alive[:size], truth.weekly_rate[:size] + 0.02, 0.004) * ~self._lives.visitor
        shares: np.ndarray[Any, np.dtype[np.float64]] = np.cumsum(weight) / weight.sum()
        return shares

    def calls(self, now: datetime) -> list[Call]:
        """What one person does in this minute: a few calls, oldest first."""
        doing = _DOINGS[int(self._rng.choice(len(_DOINGS), p=_OFTEN))]
        found = list(getattr(self, f"_{doing}")())
        for number, call in enumerate(found):
            self._count += 1
            call["messageId"] = f"live-{self._run}-{self._count}"
            earlier = timedelta(seconds=2 * (len(found) - 1 - number))
            call["timestamp"] = (now - earlier).isoformat().replace("+00:00", "Z")
        return found

    def _someone(self) -> int:
        return int(np.searchsorted(self._likely, self._rng.random(), side="right").clip(0, len(self._likely) - 1))

    def _visit(self) -> Iterator[Call]:
        row = self._someone()
        yield from self._shopping({"userId": external_id(int(self._lives.number[row]))}, int(self._lives.taste[row]))

    def _shopping(self, who: Call, taste: int, buys: float = 0.45) -> Iterator[Call]:
        yield {"type": "page", "name": "Home", "properties": {"path": "/"}, **who}
        basket = [self._line(taste) for _ in range(int(self._rng.integers(1, 4)))]
        for line in basket:
            yield {"type": "track", "event": "Product Viewed", "properties": line | {"quantity": 1}, **who}
        if self._rng.random() < buys + 0.2:
            yield {"type": "track", "event": "Product Added", "properties": basket[0], **who}
            if self._rng.random() < buys / (buys + 0.2):
                yield self._order(who, basket)

    def _line(self, taste: int) -> dict[str, Any]:
        near = [product for product in PRODUCTS if product.category == taste]
        shelf = near if self._rng.random() < 0.6 else PRODUCTS
        product = shelf[int(self._rng.integers(len(shelf)))]
        return {
            "product_id": product.key,
            "name": product.zh if self.shop.language.startswith("zh") else product.en,
            "category": CATEGORIES[product.category].key,
            "quantity": int(1 + self._rng.poisson(0.3)),
            "price": float(money.major(product.price, self.shop.currency)),
        }

    def _order(self, who: Call, basket: list[dict[str, Any]]) -> Call:
        order = f"L{self._run}-{self._count + 1}-{int(self._rng.integers(10_000)):04d}"
        total = round(sum(line["price"] * line["quantity"] for line in basket), 2)
        if "userId" in who:
            self._orders.append((who["userId"], order, basket, total))
        bought = {"order_id": order, "total": total, "currency": self.shop.currency, "products": basket}
        return {"type": "track", "event": "Order Completed", "properties": bought, **who}

    def _newcomer(self) -> Iterator[Call]:
        """Somebody new, by one of the channels; six of ten say who they are, some of them buy at once."""
        self._count += 1
        browser, user = f"live-{self._run}-{self._count:05d}", f"N{self._run}{self._count:04d}"
        channel = CHANNELS[int(self._rng.choice(len(CHANNELS), p=[entry.share for entry in CHANNELS]))].key
        country, city, _ = CITIES[int(self._rng.choice(len(CITIES), p=[entry[2] for entry in CITIES]))]
        home = {"path": "/", "channel": channel}
        yield {"type": "page", "name": "Home", "properties": home, "anonymousId": browser}
        if self._rng.random() < 0.6:
            who = {"userId": user, "anonymousId": browser}
            traits = {"channel": channel, "country": country, "city": city, **self._told(user, country == "CN")}
            yield {"type": "identify", "traits": traits, **who}
            yield {"type": "track", "event": "Signed Up", "properties": {"channel": channel}, **who}
            yield from self._shopping(who, int(self._rng.integers(len(CATEGORIES))), buys=0.5)

    def _told(self, user: str, chinese: bool) -> dict[str, Any]:
        person = stranger(int(self._rng.integers(1 << 31)), chinese, user.lower())
        told = {"name": person.name, "email": person.email, "language": "zh-hans" if chinese else "en"}
        if self._rng.random() < 0.7:
            agreed = {"state": "granted", "basis": "opt-in form", "evidence": "box ticked when signing up"}
            told["consent"] = {"email": agreed}  # type: ignore[assignment]
        return told

    def _mail(self) -> Iterator[Call]:
        row = self._someone()
        who = {"userId": external_id(int(self._lives.number[row]))}
        yield {"type": "track", "event": "Email Opened", "properties": {"campaign": "newsletter-live"}, **who}
        if self._rng.random() < 0.35:
            yield {"type": "track", "event": "Email Link Clicked", "properties": {"campaign": "newsletter-live"}, **who}
            yield from self._shopping(who, int(self._lives.taste[row]), buys=0.3)

    def _ticket(self) -> Iterator[Call]:
        who = {"userId": external_id(int(self._lives.number[self._someone()]))}
        asked = {"category": TICKETS[int(self._rng.integers(len(TICKETS)))]}
        yield {"type": "track", "event": "Ticket Opened", "properties": asked, **who}

    def _refund(self) -> Iterator[Call]:
        """One of this run's orders comes back; a visit when there is none."""
        if not self._orders:
            yield from self._visit()
            return
        user, order, basket, total = self._orders.pop(int(self._rng.integers(len(self._orders))))
        back = {"order_id": order, "total": total, "currency": self.shop.currency, "products": basket}
        yield {"type": "track", "event": "Order Refunded", "properties": back, "userId": user}
