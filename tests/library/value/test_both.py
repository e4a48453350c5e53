"""A company paid by orders and by contracts: everybody is worth what a shop and a subscription would find apart."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tenure
from tenure.workspace import Workspace

END = date(2025, 1, 1)
COUNT = 150

pytestmark = pytest.mark.thorough


def event(who: str, day: date, name: str, revenue: int, hour: int = 9) -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC).isoformat()
    said: dict[str, Any] = {"who": who, "revenue": revenue, "currency": "USD", "interval": "month"}
    if name == "Order Completed":
        said["order_id"] = f"{who}-{day}-{hour}"
    return {
        "type": "track", "userId": who, "event": name, "timestamp": at, "messageId": f"{who}-{name}-{day}-{hour}",
        "properties": said,
    }  # fmt: skip


def purchases() -> list[dict[str, Any]]:
    """Orders of two thirds of the customers, of amounts that no contract has."""
    random, found = np.random.default_rng(4), []
    for number in range(COUNT):
        day = END - timedelta(days=int(random.integers(200, 500)))
        while number % 3 and day < END:
            found.append(event(f"s{number}", day, "Order Completed", int(random.integers(40, 90))))
            day += timedelta(days=int(random.exponential(35)) + 1)
            if random.random() < 0.1:
                break
    return found


def agreements(mirrored: bool) -> list[dict[str, Any]]:
    """Monthly contracts of two thirds, of whom those that buy get an order for each payment too where mirrored."""
    random, found = np.random.default_rng(5), []
    for number in range(COUNT):
        day, name = END - timedelta(days=int(random.integers(200, 500))), "Subscription Started"
        while number % 3 != 1 and day < END:
            found.append(event(f"s{number}", day, name, 20))
            if mirrored and number % 3 == 2:
                found.append(event(f"s{number}", day, "Order Completed", 20, hour=10))
            day, name = day + timedelta(days=30), "Subscription Renewed"
            if random.random() < 0.1:
                break
    return found


def worth(folder: Path, events: list[dict[str, Any]]) -> tuple[dict[str, dict[str, float]], Workspace]:
    """What each is found to be worth, by its name in the events; and the workspace."""
    made = tenure.init(folder, zone="UTC", currency="USD", clock=END.isoformat())
    file = folder / "events.jsonl"
    file.write_text("\n".join(map(json.dumps, events)))
    with made.writing():
        made.collect.load_events(file)
        made.value.renew()
    con = made.store.snapshot().connect()
    named = "SELECT DISTINCT json_extract_string(properties, '$.who') AS who, customer_key FROM events"
    rows = con.execute(f"SELECT who, purchases, value, alive, low, high FROM value JOIN ({named}) USING (customer_key)")
    columns = ("purchases", "value", "alive", "low", "high")
    return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows.fetchall()}, made


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, dict[str, float]]]:
    """The orders in a shop of their own, the contracts in a company of their own."""
    folder = tmp_path_factory.mktemp("apart")
    return [worth(folder / name, said)[0] for name, said in (("a", purchases()), ("b", agreements(False)))]


@pytest.mark.parametrize("mirrored", [False, True])
def test_everybody_is_worth_what_orders_and_contracts_bring_apart(
    tmp_path: Path, apart: list[dict[str, dict[str, float]]], mirrored: bool
) -> None:
    orders, contracts = apart
    found, shop = worth(tmp_path / "both", purchases() + agreements(mirrored))
    nothing = {"purchases": 0.0, "value": 0, "alive": 0.0, "low": 0, "high": 0}
    assert set(found) == set(orders) | set(contracts)
    for who, row in found.items():
        one, other = orders.get(who, nothing), contracts.get(who, nothing)
        assert row["alive"] == pytest.approx(max(one["alive"], other["alive"]))
        assert row["purchases"] == pytest.approx(one["purchases"] + other["purchases"])
        for name in ("value", "low", "high"):
            assert row[name] == pytest.approx(one[name] + other[name], abs=1.1)
    con = shop.store.snapshot().connect()
    part = con.execute("SELECT sum(renewals), sum(value) FROM renewals").fetchall()[0]
    assert part == pytest.approx([sum(row[name] for row in contracts.values()) for name in ("purchases", "value")])
    told = json.loads(con.execute("SELECT report FROM value_model").fetchall()[0][0])
    assert (told["awaited"], told["contracts"]["awaited"]) == ("purchase", "renewal")
    shared = sum(each["event"] == "Order Completed" for each in agreements(mirrored))
    assert (f"{shared:,} orders are payments for contracts" in " ".join(told["notes"])) is mirrored
