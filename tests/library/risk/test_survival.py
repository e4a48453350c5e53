"""How long customers last: the curves equal a count customer by customer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from tenure.clock import AsOf
from tenure.definitions import Definitions
from tenure.errors import UsageError
from tenure.risk import Curve, Survival
from tenure.risk.examples import Awaited, Horizon
from tenure.risk.survival import By, survival
from tests.library.risk.test_contracts import event, loaded
from tests.rows import insert

END = date(2025, 1, 1)
AT = AsOf(datetime(2025, 1, 1, tzinfo=UTC), END)
SILENCE = 60


@cache
def buyers() -> dict[int, list[date]]:
    """Three hundred, who came on a day of the last 700 and buy every ten to ninety days until they stop."""
    rng, found = np.random.default_rng(5), {}
    for number in range(300):
        day, found[number] = END - timedelta(days=int(rng.integers(5, 700))), []
        while day < END:
            found[number].append(day)
            if rng.random() < 0.15:
                break
            day += timedelta(days=int(rng.integers(10, 90)))
    return found


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute("CREATE TABLE events (customer_key BIGINT, kind VARCHAR, name VARCHAR, ts TIMESTAMP, day DATE)")
    bought = [(key, day) for key, days in buyers().items() for day in days]
    rows = ", ".join(f"({key}, 'track', 'Order Completed', '{day}', '{day}')" for key, day in bought)
    made.execute(f"INSERT INTO events VALUES {rows}")
    made.execute("CREATE TABLE stage_history (customer_key BIGINT, lifecycle VARCHAR, stage VARCHAR, entered DATE)")
    entries = ", ".join(f"({key}, 'growth', '{stage}', '{day}')" for key, stage, day in stages())
    made.execute(f"INSERT INTO stage_history VALUES {entries}")
    return made


def stages() -> list[tuple[int, str, date]]:
    """Everybody enters `first` with the first order, and `second` with the third, or thirty days after it."""
    firsts = [(key, "first", days[0]) for key, days in buyers().items()]
    late = [
        (key, "second", days[2] + timedelta(days=30 * (key % 2))) for key, days in buyers().items() if len(days) > 2
    ]
    return firsts + [row for row in late if row[2] < END]


def lasted(days: list[date], since: date) -> tuple[int, bool] | None:
    """(days followed, lost) from a day on; None for somebody lost by then."""
    for earlier, later in zip(days, [*days[1:], date.max], strict=True):
        over = earlier + timedelta(days=SILENCE)
        if later > over and since < over:
            if since < days[0] or not any(day <= since and since < day + timedelta(days=SILENCE) for day in days):
                return None
            return (min(over, END) - since).days, over <= END
    return None


def told(con: duckdb.DuckDBPyConnection, by: By, awaited: Awaited = "purchase") -> Survival:
    return survival(con, Definitions({}, {}, {}, {}, ""), AT, Horizon(SILENCE, 0, None, awaited), by, "growth")


def same(curve: Curve, followed: list[tuple[int, bool]]) -> None:
    assert curve.customers == len(followed)
    assert curve.lost == sum(lost for _, lost in followed)
    share = 1.0
    for day, said, low, high, at_risk in zip(
        curve.days, curve.share, curve.low, curve.high, curve.at_risk, strict=True
    ):
        there = [1 for days, _ in followed if days >= day]
        share *= 1 - sum(days == day and lost for days, lost in followed) / len(there)
        assert at_risk == len(there)
        assert said == pytest.approx(share)
        assert low <= said <= high
    assert curve.median == next((d for d, s in zip(curve.days, curve.share, strict=True) if s <= 0.5), None)


def test_everybodys_curve_is_the_product_counted_one_by_one(con: duckdb.DuckDBPyConnection) -> None:
    (curve,) = told(con, "all").curves
    same(curve, [found for days in buyers().values() if (found := lasted(days, days[0]))])
    assert curve.at(0) == curve.at(SILENCE - 1) == (1.0, 1.0, 1.0)
    assert curve.at(curve.longest + 1) is None
    assert curve.at(curve.days[3]) == (curve.share[3], curve.low[3], curve.high[3])


def test_cohorts_are_quarters_of_the_first_order(con: duckdb.DuckDBPyConnection) -> None:
    found = told(con, "cohort")
    groups: dict[str, list[tuple[int, bool]]] = {}
    for days in buyers().values():
        quarter = f"{days[0].year}-Q{(days[0].month + 2) // 3}"
        groups.setdefault(quarter, []).append(lasted(days, days[0]) or (0, False))
    assert [curve.name for curve in found.curves] == sorted(name for name, rows in groups.items() if len(rows) >= 20)
    assert found.left_out == sum(len(rows) for rows in groups.values() if len(rows) < 20)
    for curve in found.curves:
        same(curve, groups[curve.name])


def test_a_stage_is_followed_from_its_entry_and_leaves_out_who_was_lost_by_then(con: duckdb.DuckDBPyConnection) -> None:
    curves = {curve.name: curve for curve in told(con, "stage").curves}
    for stage in ("first", "second"):
        rows = [lasted(buyers()[key], entered) for key, name, entered in stages() if name == stage]
        same(curves[stage], [row for row in rows if row])


def test_a_contract_lasts_until_it_is_cancelled_or_not_paid() -> None:
    made = duckdb.connect()
    made.execute("CREATE TABLE events (customer_key BIGINT, kind VARCHAR, name VARCHAR, ts TIMESTAMP, day DATE)")
    said = [
        (1, "Started", 300),
        (1, "Renewed", 270),
        (1, "Cancelled", 260),
        (1, "Started", 250),  # lost after 40
        (2, "Started", 100),
        (2, "Renewed", 70),  # paid no more: a month and a quarter after, 69 days
        (3, "Started", 30),
        (4, "Cancelled", 5),
    ]  # runs; never held one
    rows = [(key, "track", f"Subscription {name}", END - timedelta(days=ago), END - timedelta(days=ago))
            for key, name, ago in said]  # fmt: skip
    insert(made, "events", rows)
    found = told(made, "all", "renewal")
    assert (found.days, found.curves[0].customers, found.curves[0].lost) == (39, 3, 2)
    assert list(zip(found.curves[0].days, found.curves[0].at_risk, strict=True)) == [(40, 2), (69, 1)]


def test_where_nobody_was_lost_yet_the_interval_tells_by_how_many(con: duckdb.DuckDBPyConnection) -> None:
    (curve,) = survival(con, Definitions({}, {}, {}, {}, ""), AT, Horizon(694, 0, None, "purchase"), "all").curves
    assert (curve.lost, curve.soonest) == (0, 694)
    followed = [(END - days[0]).days for days in buyers().values()]
    many = sum(days >= 695 for days in followed)
    assert curve.at(693) == (1.0, 1.0, 1.0)
    assert curve.at(695) == (1.0, pytest.approx(0.025 ** (1 / many)), 1.0)
    (point,) = curve.document()["points"]
    assert (point["days"], point["at_risk"]) == (curve.longest, followed.count(curve.longest))
    assert point["low"] < 0.9


def test_channels_are_the_customers_own(tmp_path: Path) -> None:
    events: list[dict[str, Any]] = []
    for number in range(50):
        day = END - timedelta(days=100 + number)
        order = {
            "order_id": f"o{number}",
            "total": 5,
            "currency": "USD",
            "channel": "search" if number < 20 else "offline",
        }
        events.append(event(f"c{number}", day, "Order Completed", **order))
    shop = loaded(tmp_path, events)
    curves = {curve.name: curve.customers for curve in shop.risk.survival("channel").curves}
    assert curves == {"offline": 30, "search": 20}
    document = shop.risk.survival("channel").document()
    assert document["curves"][0]["points"][0]["at_risk"] == 30


def test_what_cannot_be_told_is_said(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='not by "moon"'):
        told(con, "moon")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no feature"):
        told(con, "channel")
    with pytest.raises(UsageError, match="Nobody bought"):
        loaded(tmp_path, [event("a", END - timedelta(days=9), "Product Viewed")]).risk.survival()
