"""Ideal customer profiles by acquisition channel: who belongs to every segment with traits, as the pages have them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from tenure.definitions import Definitions, Segment
from tenure_web.customers.channels import words
from tenure_web.customers.labels import label_ids, label_key
from tenure_web.customers.membership import KIND
from tenure_web.customers.models import Membership, State
from tenure_web.customers.staging import table

MOST = 8  # channels side by side; the rest stand together in the last column


@dataclass(frozen=True)
class Cell:
    """Who fits a profile and came by one channel ("" for all others): customers, their money, and the row's share."""

    channel: str
    customers: int
    revenue: int
    weight: float

    @property
    def average(self) -> int | None:
        """Money a customer."""
        return round(self.revenue / self.customers) if self.customers else None


@dataclass(frozen=True)
class Grid:
    """Profiles as rows, channels in words as columns; "" is the column of all other channels and of those unknown."""

    channels: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Segment, Cell, tuple[Cell, ...]], ...]


def grid(definitions: Definitions) -> Grid | None:
    """None where no segment has traits."""
    profiles = [segment for segment in definitions.segments.values() if segment.traits]
    if not profiles:
        return None
    found = _counted()
    numbers = label_ids(KIND)
    people: dict[int | None, int] = {}
    for (segment, channel), (customers, _money) in found.items():
        if segment in {numbers.get(each.key) for each in profiles}:
            people[channel] = people.get(channel, 0) + customers
    named = sorted((each for each in people if each is not None), key=lambda each: -people[each])[:MOST]
    shown: list[int | None] = [*named, *([None] if set(people) - set(named) else [])]
    channels = tuple((key, words(key) if key else "") for key in (label_key(each) if each else "" for each in shown))
    rows = []
    for segment in profiles:
        mine = {channel: cell for (number, channel), cell in found.items() if number == numbers.get(segment.key)}
        rows.append((segment, *_row(mine, shown)))
    return Grid(channels, tuple(rows))


def _row(mine: dict[int | None, tuple[int, int]], shown: Sequence[int | None]) -> tuple[Cell, tuple[Cell, ...]]:
    total = sum(customers for customers, _money in mine.values())
    cells = []
    for channel in shown:
        rest = [each for key, each in mine.items() if key is None or key not in shown]
        parts = [mine.get(channel, (0, 0))] if channel else rest
        customers, revenue = (sum(part[place] for part in parts) for place in (0, 1))
        key, weight = label_key(channel) if channel else "", customers / total if total else 0.0
        cells.append(Cell(key, customers, revenue, weight))
    return Cell("", total, sum(money for _customers, money in mine.values()), 1.0), tuple(cells)


def _counted() -> dict[tuple[int, int | None], tuple[int, int]]:
    """{(segment, channel): (customers, their revenue so far)}."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT m.segment, s.channel, count(*), sum(s.revenue) FROM {table(Membership)} AS m"
            f" JOIN {table(State)} AS s ON s.customer_key = m.customer_key GROUP BY m.segment, s.channel"
        )
        return {(segment, channel): (n, int(money or 0)) for segment, channel, n, money in cursor.fetchall()}
