"""What it costs to win a customer: the cost ledger by period, and customer acquisition cost (CAC) by channel.

A cost over several days counts day by day, in whole minor units, so that periods side by side add up to it. A customer
is won by the channel of the first touch that names one, in the period of the first order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb

from tenure.reports.board import rows

__all__ = ["ChannelCost", "Spent", "Won", "cac", "spent", "won"]

KINDS = ("advertising", "research", "sales")


@dataclass(frozen=True, slots=True)
class Spent:
    """What one kind of cost took in a period, minor units; channel, persona and segment where the ledger names them."""

    channel: str | None
    kind: str
    persona: str | None
    segment: str | None
    amount: int


@dataclass(frozen=True, slots=True)
class Won:
    """People first seen in a period and people who first ordered in it, by their first channel (None: unknown)."""

    channel: str | None
    people: int
    buyers: int


@dataclass(frozen=True, slots=True)
class ChannelCost:
    """One channel's costs by kind and the people it won in a period. The channel None: no channel is named."""

    channel: str | None
    advertising: int
    research: int
    sales: int
    people: int
    buyers: int

    @property
    def amount(self) -> int:
        """All three kinds together, minor units."""
        return self.advertising + self.research + self.sales

    @property
    def cac(self) -> float | None:
        """Cost a new buyer, minor units; None where nobody was won."""
        return self.amount / self.buyers if self.buyers else None


def spent(con: duckdb.DuckDBPyConnection, start: date, end: date, currency: str) -> tuple[Spent, ...]:
    """Costs of the days from `start` up to but not including `end`, in this currency; `con` is of a snapshot."""
    return tuple(Spent(*row) for row in rows(con, "costs_spent", start=start, end=end, currency=currency))


def won(con: duckdb.DuckDBPyConnection, start: date, end: date) -> tuple[Won, ...]:
    """New people by channel from `start` up to but not including `end`."""
    return tuple(Won(*row) for row in rows(con, "costs_won", start=start, end=end))


def cac(con: duckdb.DuckDBPyConnection, start: date, end: date, currency: str) -> tuple[ChannelCost, ...]:
    """Every channel that cost something or won somebody in the period, the dearest first."""
    sums: dict[str | None, dict[str, int]] = {}
    for cost in spent(con, start, end, currency):
        kinds = sums.setdefault(cost.channel, dict.fromkeys(KINDS, 0))
        kinds[cost.kind] += cost.amount
    people = {entry.channel: entry for entry in won(con, start, end) if entry.people or entry.buyers}
    nobody, nothing = Won(None, 0, 0), dict.fromkeys(KINDS, 0)
    found = [
        ChannelCost(
            channel, **sums.get(channel, nothing), people=people.get(channel, nobody).people,
            buyers=people.get(channel, nobody).buyers,
        )
        for channel in {**sums, **people}
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda entry: (-entry.amount, -entry.buyers, entry.channel or "")))
