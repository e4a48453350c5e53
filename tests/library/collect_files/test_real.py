"""Real files give the published facts. The files are not part of the project: see `real` in conftest.py."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure.workspace import Workspace
from tests.library.conftest import COLUMNS

Real = Callable[[str], Path]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Any]:
    """A British gift shop."""
    made = tenure.init(tmp_path / "gifts", company="Gifts", zone="Europe/London", currency="GBP")
    with made.writing():
        yield made


@pytest.mark.thorough
def test_online_retail_to_the_penny(retail: Workspace) -> None:
    cost = json.loads((retail.folder / "cost.json").read_text())
    assert cost["kilobytes"] < 1_000_000
    assert cost["cpu"] < 15
    [imported] = retail.collect.files.log.list()
    wanted = {
        "accepted": 406_829, "duplicates": 0, "refused": 135_080, "reasons": {"no_customer": 135_080},
        "customers": 4_372, "orders": 22_190, "revenue": {"GBP": 830_006_581},
    }  # fmt: skip
    assert {name: imported.result[name] for name in wanted} == wanted
    con = retail.store.snapshot().connect()
    assert con.execute(
        "SELECT count(*), count(DISTINCT customer_key), sum(amount) FROM events"
        " WHERE name = 'Order Completed' AND amount > 0"
    ).fetchall() == [(18_532, 4_338, 891_140_790)]
    assert _cohort(con) == [948, 362, 317, 367, 341, 376, 360, 336, 336, 374, 354, 474, 260]
    assert retail.collect.files.refused.count(imported.import_id) == 135_080


@pytest.mark.soak
def test_online_retail_twice_adds_nothing(shop: Any, real: Real) -> None:
    path = real("online_retail/online_retail.csv.xz")
    shop.collect.load_orders(path, COLUMNS)
    again = shop.collect.load_orders(path, COLUMNS)
    assert (again.accepted, again.duplicates) == (0, 406_829)


def _cohort(con: Any) -> list[int]:
    """Customers of December 2010, active in it and in each of the twelve following months."""
    rows = con.execute(
        """WITH months AS (SELECT DISTINCT customer_key, date_trunc('month', day) AS month FROM events),
             first AS (SELECT customer_key FROM months GROUP BY 1 HAVING min(month) = DATE '2010-12-01')
           SELECT count(*) FROM months JOIN first USING (customer_key) GROUP BY month ORDER BY month"""
    ).fetchall()
    return [row[0] for row in rows]


@pytest.mark.thorough
def test_the_whole_cdnow_file(shop: Any, real: Real) -> None:
    columns = {"customer": 1, "time": 2, "quantity": 3, "amount": 4}
    result = shop.collect.load_orders(real("cdnow/CDNOW_master.txt"), columns, currency="USD")
    assert (result.accepted, result.refused, result.customers, result.orders) == (69_659, 0, 23_570, 69_659)
    assert dict(result.revenue) == {"USD": 250_031_563}


def test_the_cdnow_sample_without_a_header(shop: Any, real: Real) -> None:
    columns = {"customer": 2, "time": 3, "quantity": 4, "amount": 5}
    file = real("cdnow/CDNOW_sample.txt")
    result = shop.collect.load_orders(file, columns, currency="USD")
    assert (result.accepted, result.refused, result.customers, result.orders) == (6_919, 0, 2_357, 6_919)
    paid = sum(Decimal(line.split()[4]) for line in file.read_text().splitlines() if line.strip())
    assert dict(result.revenue) == {"USD": int(paid * 100)}
