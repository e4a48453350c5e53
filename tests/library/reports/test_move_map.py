"""The map of moves, and who is behind each of its cells."""

from datetime import date
from itertools import pairwise
from statistics import median

import duckdb
import pytest

from tenure.definitions import built_in
from tenure.reports import MapMove, move_customers, move_map, open_customers

from .cast import Stay, stays

START, END = date(2025, 12, 10), date(2026, 1, 20)
GROWTH = built_in().lifecycles["growth"]


@pytest.fixture(scope="module")
def found(shop: duckdb.DuckDBPyConnection) -> tuple[MapMove, ...]:
    return move_map(shop, GROWTH, START, END)


def pairs() -> list[tuple[Stay, Stay]]:
    """(stay, the one it ended in) of the period."""
    rows = stays()
    return [(a, b) for a, b in pairwise(rows) if a.customer == b.customer and START < b.entered <= END]


def test_it_counts_every_move_with_its_customers_and_speed(found: tuple[MapMove, ...]) -> None:
    assert sum(move.moves for move in found if move.from_stage) == len(pairs())
    for move in found:
        if move.from_stage is None:
            firsts = [
                s for s in stays() if s.previous is None and s.stage == move.to_stage and START < s.entered <= END
            ]
            assert (move.moves, move.rate, move.days) == (len(firsts), None, None)
            continue
        mine = [(a, b) for a, b in pairs() if (a.stage, b.stage) == (move.from_stage, move.to_stage)]
        assert (move.moves, move.customers) == (len(mine), len({a.customer for a, _ in mine}))
        assert move.days == median([(b.entered - a.entered).days for a, b in mine])
        assert move.days_low is not None
        assert move.days_high is not None
        assert move.days_low <= move.days <= move.days_high


def test_the_rates_of_a_stage_and_its_lasting_stays_are_all_of_it(
    shop: duckdb.DuckDBPyConnection, found: tuple[MapMove, ...]
) -> None:
    for stage in {move.from_stage for move in found if move.from_stage}:
        mine = [s for s in stays() if s.stage == stage and s.entered <= END and (s.left is None or s.left > START)]
        lasting = [s for s in mine if s.left is None or s.left > END]
        out = [move for move in found if move.from_stage == stage]
        assert {move.stays for move in out} == {len(mine)}
        assert set(open_customers(shop, "growth", stage, START, END).keys) == {s.customer for s in mine}
        assert sum(move.rate or 0 for move in out) == pytest.approx(1 - len(lasting) / len(mine))


def test_every_cell_opens_into_its_customers(shop: duckdb.DuckDBPyConnection, found: tuple[MapMove, ...]) -> None:
    for move in found:
        behind = move_customers(shop, "growth", move.from_stage, move.to_stage, START, END)
        assert behind.total == move.customers == len(behind.keys)
    move = max(found, key=lambda each: each.customers)
    whole = move_customers(shop, "growth", move.from_stage, move.to_stage, START, END).keys
    page = move_customers(shop, "growth", move.from_stage, move.to_stage, START, END, limit=2, offset=1)
    assert (page.total, page.keys) == (len(whole), whole[1:3])
