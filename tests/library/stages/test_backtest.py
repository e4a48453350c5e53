"""The backtest, against comparing customers pair by pair and restating every month from scratch."""

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

import tenure
from tenure.features import compute
from tenure.samples import Shop, to_collect
from tenure.stages import Backtest, backtest, compute_history, stage_sql
from tenure.stages.backtest import concordance, month_ends, stability_index
from tenure.workspace import Workspace

NOW = "2026-01-10"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two hundred customers over some nine months."""
    folder: Path = tmp_path_factory.mktemp("backtest") / "shop"
    made = tenure.init(folder, zone="Asia/Shanghai", currency="CNY", clock=NOW)
    with made.writing():
        to_collect(Shop(customers=150, days=260, seed=6, end=datetime(2026, 1, 9, tzinfo=UTC)), made.collect)
    return made


@pytest.fixture(scope="module")
def found(shop: Workspace) -> Backtest:
    return backtest(shop.store.snapshot(), shop.definitions, "growth", shop.clock, shop.clock.as_of())


@pytest.fixture(scope="module")
def slow(shop: Workspace, found: Backtest) -> dict[date, list[tuple[str, int, bool]]]:
    """month → (stage, revenue, ordered) of each customer, restated anew as of each month start."""
    con, growth = shop.store.snapshot().connect(), shop.definitions.lifecycles["growth"]
    rows = con.execute("SELECT customer_key, day, name, amount FROM events WHERE name LIKE 'Order %'").fetchall()
    states: dict[date, list[tuple[str, int, bool]]] = {}
    for month in found.months:
        until = month + timedelta(days=90)
        states[month] = []
        compute(con, shop.definitions, shop.clock.as_of(month), keys=frozenset(growth.features))
        params: list[object] = []
        placed = con.execute(f"SELECT customer_key, {stage_sql(growth, params)} FROM features", params).fetchall()
        for key, stage in placed:
            later = [(name, amount) for who, day, name, amount in rows if who == key and month <= day < until]
            ordered = any(name == "Order Completed" for name, _ in later)
            states[month].append((stage, sum(amount or 0 for _, amount in later), ordered))
    return states


def test_only_months_whose_ninety_days_are_over_are_judged(shop: Workspace, found: Backtest) -> None:
    assert found.months[-1] == date(2025, 10, 1)
    assert found.left_out == (date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1))
    day_before = shop.clock.as_of("2025-12-29")
    assert month_ends(date(2025, 9, 15), day_before)[0] == ()
    assert month_ends(date(2025, 9, 15), shop.clock.as_of("2025-12-30"))[0] == (date(2025, 10, 1),)


@pytest.mark.thorough
def test_every_month_is_what_a_restatement_as_of_its_first_instant_says(
    found: Backtest, slow: dict[date, list[tuple[str, int, bool]]]
) -> None:
    everybody = [row for rows in slow.values() for row in rows]
    assert found.customers == len(everybody) > 200
    average = sum(row[1] for row in everybody) / len(everybody)
    average_loss = sum(not row[2] for row in everybody) / len(everybody)
    for stage in found.stages:
        mine = [row for row in everybody if row[0] == stage.stage]
        assert stage.customers == len(mine)
        if not mine:
            assert stage.loss is None
            continue
        revenue, loss = sum(row[1] for row in mine) / len(mine), sum(not row[2] for row in mine) / len(mine)
        assert (stage.revenue, stage.loss) == (pytest.approx(revenue), pytest.approx(loss))
        assert stage.revenue_lift == pytest.approx(revenue / average)
        assert stage.loss_lift == pytest.approx(loss / average_loss)


def pairwise(rows: list[tuple[Any, float]], rank: Any) -> tuple[float, float]:
    """Points and pairs, pair by pair."""
    points = pairs = 0.0
    for (a, x), (b, y) in combinations(rows, 2):
        if x != y:
            pairs += 1
            points += 0.5 if rank(a) == rank(b) else float((rank(a) < rank(b)) == (x < y))
    return points, pairs


@pytest.mark.thorough
def test_the_separation_is_that_of_all_pairs(found: Backtest, slow: dict[date, list[tuple[str, int, bool]]]) -> None:
    order = ["churn", "acquisition", "activation", "conversion", "retention"]
    for place, value in ((2, found.separation.order_loss), (1, found.separation.order_revenue)):
        counted = [pairwise([(row[0], float(row[place])) for row in rows], order.index) for rows in slow.values()]
        assert value == pytest.approx(sum(points for points, _ in counted) / sum(pairs for _, pairs in counted))


def test_earlier_rates_use_only_months_that_were_over(
    found: Backtest, slow: dict[date, list[tuple[str, int, bool]]]
) -> None:
    points = pairs = 0.0
    for month, rows in slow.items():
        known = [row for other, more in slow.items() if other + timedelta(days=90) <= month for row in more]
        if not known:
            continue
        everybody = sum(row[2] for row in known) / len(known)
        rates = {}
        for stage in {row[0] for row in rows}:
            mine = [row[2] for row in known if row[0] == stage]
            rates[stage] = sum(mine) / len(mine) if mine else everybody
        counted = pairwise([(row[0], float(row[2])) for row in rows], rates.__getitem__)
        points, pairs = points + counted[0], pairs + counted[1]
    assert pairs > 0
    assert found.separation.rates_loss == pytest.approx(points / pairs)


def test_what_happens_after_a_month_changes_nothing_of_its_stages(shop: Workspace, found: Backtest) -> None:
    early = backtest(shop.store.snapshot(), shop.definitions, "growth", shop.clock, shop.clock.as_of("2025-12-31"))
    assert early.months == found.months
    assert early.stages == found.stages


def test_moves_taken_back_are_counted_stay_by_stay(shop: Workspace, found: Backtest) -> None:
    first, last = found.months[0], found.months[-1]
    con, lives = shop.store.snapshot().connect(), defaultdict(list)
    compute_history(con, shop.definitions, shop.clock.as_of(last + timedelta(days=1)), lifecycles=["growth"])
    for key, *stay in con.execute(
        "SELECT customer_key, stage, entered, previous FROM stays ORDER BY 1, entered, cause DESC"
    ).fetchall():
        lives[key].append(stay)
    moves = back = 0
    for stays in lives.values():
        for index, (_stage, entered, previous) in enumerate(stays):
            if previous and first < entered <= last - timedelta(days=30):
                moves += 1
                later = [each for each in stays[index + 1 :] if entered < each[1] <= entered + timedelta(days=30)]
                back += any(stage == previous for stage, _, _ in later)
    assert (found.moves, found.taken_back) == (moves, back)
    flows = Counter(
        (previous, stage) for stays in lives.values() for stage, entered, previous in stays if first < entered <= last
    )
    assert {(start, end): n for start, end, n in found.flows} == flows
    assert moves > 40


def test_concordance_is_harrells_on_any_groups_and_ties() -> None:
    random = Random(3)
    for _ in range(20):
        ranks = {name: float(random.randrange(3)) for name in "abcd"}
        groups = {name: [float(random.randrange(4)) for _ in range(random.randrange(9))] for name in "abcd"}
        rows = [(name, value) for name, values in groups.items() for value in values]
        quick = concordance({name: np.array(values) for name, values in groups.items()}, ranks)
        assert quick == pytest.approx(pairwise(rows, ranks.__getitem__))


def test_the_stability_index_is_the_textbook_one() -> None:
    # shares 50/30/20 then 40/35/25: (-0.1)ln(0.8) + 0.05 ln(1.16667) + 0.05 ln(1.25)
    assert stability_index({"a": 50, "b": 30, "c": 20}, {"a": 40, "b": 35, "c": 25}) == pytest.approx(
        0.0411790, abs=1e-6
    )
    assert stability_index({"a": 5, "b": 5}, {"a": 50, "b": 50}) == 0


def test_a_shop_without_a_whole_quarter_says_so(tmp_path: Path) -> None:
    made = tenure.init(tmp_path / "new", clock="2026-01-10")
    found = backtest(made.store.snapshot(), made.definitions, "growth", made.clock, made.clock.as_of())
    assert (found.months, found.customers, found.separation.order_loss) == ((), 0, None)
