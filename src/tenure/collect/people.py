"""People by hand: finding a customer by an identifier, merging two customers, taking them apart again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb

from tenure import clock
from tenure.collect import identity
from tenure.collect.loader import Loader
from tenure.errors import UsageError

__all__ = ["People"]


class People:
    """Merging and unmerging by source keys. Needs the workspace's lock."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def merge(self, a: int, b: int, now: datetime | None = None) -> dict[int, int]:
        """Say that two source keys are one customer; returns {source key: customer key} of those who moved."""
        if a == b:
            raise UsageError("A customer cannot be merged with itself.")
        first, second = sorted((a, b))
        with self._loader.working() as con:
            return self._loader.link([(first, second, "merge", _naive(now), 0)], con)

    def unmerge(self, a: int, b: int, now: datetime | None = None) -> dict[int, int]:
        """Say that two source keys are not one customer: cut what joins them, hand-made merges first.

        Returns {source key: customer key} of those who moved.
        """
        moved: dict[int, int] = {}
        with self._loader.working() as con:
            while self._one(a, b):
                bridge = self._bridge(con, a, b)
                moved |= self._loader.link([(*bridge, "cut", _naive(now), 0)], con)
        return moved

    def _one(self, a: int, b: int) -> bool:
        customers = self._loader.index.customers([a, b])
        return customers[a] == customers[b]

    def _bridge(self, con: duckdb.DuckDBPyConnection, a: int, b: int) -> tuple[int, int]:
        """The pair to cut on the way from a to b: a merge if there is one, else an alias, else the latest meeting."""
        self._loader.near(con, {a, b})
        way = _way(identity.joined(con, "near_nodes", "near_links"), a, b)
        weights = con.execute(
            "SELECT least(a_key, b_key), greatest(a_key, b_key), bool_or(kind = 'merge'), bool_or(kind = 'alias'),"
            " max(\"at\") FROM near_links WHERE kind <> 'cut' GROUP BY 1, 2"
        ).fetchall()
        heavy = {(first, second): (merged, aliased, at) for first, second, merged, aliased, at in weights}
        return max(way, key=lambda pair: heavy[pair])


def _way(edges: Sequence[tuple[int, int]], a: int, b: int) -> list[tuple[int, int]]:
    """The edges of a shortest way from a to b."""
    neighbours: dict[int, list[int]] = {}
    for first, second in edges:
        neighbours.setdefault(first, []).append(second)
        neighbours.setdefault(second, []).append(first)
    came: dict[int, int] = {a: a}
    line = [a]
    for here in line:
        for other in neighbours.get(here, ()):
            if other not in came:
                came[other] = here
                line.append(other)
    way, here = [], b
    while here != a:
        way.append((min(here, came[here]), max(here, came[here])))
        here = came[here]
    return way


def _naive(now: datetime | None) -> datetime:
    return (now or clock.Clock("UTC").now()).astimezone(UTC).replace(tzinfo=None)
