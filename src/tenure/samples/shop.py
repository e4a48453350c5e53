"""A simulated shop with known truth, streamed in blocks of customers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tenure.clock import zone
from tenure.errors import UsageError
from tenure.samples import seasons, trade, visits
from tenure.samples.columns import Events, Lines, joined
from tenure.samples.lives import Lives, Purchases, live, purchases

__all__ = ["BLOCK", "Block", "Shop", "Truth"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

BLOCK = 20_000
"""Customers a block; each block has its own random stream, so that blocks can be made alone."""


@dataclass(frozen=True)
class Block:
    """Some customers and everything they did, oldest first.

    `events.person` counts within the block; `anonymous` says which events came before the person was known;
    `lines.order` and `events.order` count within the block.
    """

    shop: Shop
    index: int
    lives: Lives
    events: Events
    anonymous: Bools
    lines: Lines


@dataclass(frozen=True)
class Truth:
    """What no shop knows about its customers, one row each, in the order of their numbers.

    `alive`: has not left for good (buyers only). `weekly_rate`: orders a week at the end, were they alive. `leaves`:
    probability of leaving after an order. `orders`: orders placed.
    """

    number: Ints
    buyer: Bools
    alive: Bools
    weekly_rate: Floats
    leaves: Floats
    orders: Ints
    channel: Ints
    consent: Bools


@dataclass(frozen=True)
class Shop:
    """A shop of `customers` people over `days` days up to the instant `end`; equal arguments give equal shops."""

    customers: int = 20_000
    days: int = 730
    seed: int = 1
    end: datetime = field(default=datetime(2026, 1, 1, tzinfo=UTC))
    zone: str = "Asia/Shanghai"
    currency: str = "CNY"
    language: str = "zh-hans"

    def __post_init__(self) -> None:
        if self.customers < 1 or self.days < 30:
            raise UsageError("A simulated shop needs at least 1 customer and 30 days.")

    @cached_property
    def opened(self) -> datetime:
        """The first instant, a local midnight, in UTC."""
        return datetime.combine(self.first_day, time(), zone(self.zone)).astimezone(UTC)

    @property
    def first_day(self) -> date:
        """The local day the shop opened."""
        return self.end.astimezone(zone(self.zone)).date() - timedelta(days=self.days)

    @cached_property
    def span(self) -> float:
        """Days from the opening to the end."""
        return (self.end - self.opened) / timedelta(days=1)

    @cached_property
    def _weights(self) -> Floats:
        return seasons.day_weights(self.first_day, int(np.ceil(self.span)))

    @cached_property
    def _categories(self) -> Floats:
        return seasons.category_weights(self.first_day, len(self._weights))

    @cached_property
    def _arrivals(self) -> Floats:
        growing = self._weights * np.linspace(0.7, 1.6, len(self._weights))
        share: Floats = np.cumsum(growing) / growing.sum()
        return share

    @property
    def blocks(self) -> int:
        """How many blocks the shop has."""
        return -(-self.customers // BLOCK)

    def stream(self) -> Iterator[Block]:
        """Every block in turn; one is in memory at a time."""
        for index in range(self.blocks):
            yield self.block(index)

    def _lives(self, index: int) -> tuple[np.random.Generator, Lives, Purchases]:
        rng = np.random.default_rng([self.seed, index])
        numbers = np.arange(index * BLOCK, min((index + 1) * BLOCK, self.customers))
        lives = live(rng, numbers, self._arrivals, self.span)
        return rng, lives, purchases(rng, lives, self._weights)

    def block(self, index: int) -> Block:
        """One block of customers."""
        rng, lives, bought = self._lives(index)
        traded = trade.trade(rng, lives, bought, self._categories)
        registered, known_at = visits.registrations(rng, lives, bought)
        everything = joined(
            [
                registered,
                traded.orders,
                *traded.after,
                *trade.subscriptions(rng, lives, bought, len(self._weights)),
                *visits.around_orders(rng, traded),
                *visits.browsing(rng, lives, bought, self._categories),
                *visits.mails(rng, lives, bought, known_at, int(self.span)),
            ]
        )
        seen = np.flatnonzero(everything.at < self.span)
        events = everything.only(seen[np.argsort(everything.at[seen], kind="stable")])
        anonymous = lives.anonymous[events.person] & (events.at < known_at[events.person])
        return Block(self, index, lives, events, anonymous, traded.lines)

    def truth(self) -> Truth:
        """Who is still alive and how often they buy; for judging models."""
        rows = [self._truth(index) for index in range(self.blocks)]
        return Truth(*(np.concatenate(column) for column in zip(*rows, strict=True)))

    def _truth(self, index: int) -> tuple[NDArray[np.generic], ...]:
        _, lives, bought = self._lives(index)
        placed = bought.at < self.span
        orders = np.bincount(bought.person[placed], minlength=len(lives.number))
        years = np.maximum(self.span - lives.came, 0) / 365
        rate = 7 * lives.pace * np.exp(lives.drift * years)
        alive = lives.buyer & ~bought.left
        return lives.number, lives.buyer, alive, rate, lives.leaves, orders, lives.channel, lives.consent
