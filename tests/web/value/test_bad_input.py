"""Odd shops: value, risk and health answer sensibly or in a plain sentence, in the library and on every page."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tenure.errors import TenureError

NOW = date(2026, 1, 1)
Row = tuple[str, date, str, str]  # customer, day, amount, currency


def usual(customers: int = 60) -> list[Row]:
    """Customers who come back every three weeks or so, for most of a year."""
    days = [(f"c{n}", NOW - timedelta(days=20 * k + n % 7 + 1)) for n in range(customers) for k in range(1 + n % 12)]
    return [(who, day, "12.50", "CNY") for who, day in days]


ODD: dict[str, list[Row]] = {
    "no orders": [],
    "one customer, once": [("a", NOW - timedelta(days=40), "10", "CNY")],
    "one customer, who came back": [("a", NOW - timedelta(days=day), "10", "CNY") for day in (200, 150, 30)],
    "all on the same day": [(f"c{n}", NOW - timedelta(days=50), "10", "CNY") for n in range(40)],
    "all just now": [(f"c{n}", NOW - timedelta(days=1), "10", "CNY") for n in range(40)],
    "zero money": [(who, day, "0", "CNY") for who, day, _, _ in usual()],
    "negative money": [(who, day, "-5.00", "CNY") for who, day, _, _ in usual()],
    "no prices": [(who, day, "", "CNY") for who, day, _, _ in usual()],
    "some prices": [(who, day, amount if n % 3 else "", "CNY") for n, (who, day, amount, _) in enumerate(usual())],
    "two currencies": [(who, day, amount, ("CNY", "USD")[n % 2]) for n, (who, day, amount, _) in enumerate(usual())],
    "dates to come": [*usual(), *((f"f{n}", NOW + timedelta(days=n), "9", "CNY") for n in range(1, 40))],
    "huge money": [(who, day, "99999999999.99", "CNY") for who, day, _, _ in usual()],
}


QUICK = ("no orders",)
EACH = [pytest.param(name, marks=() if name in QUICK else pytest.mark.thorough, id=name) for name in ODD]


@pytest.fixture(params=EACH)
def odd(request: pytest.FixtureRequest, workspace: Any, tmp_path: Path, db: None) -> Any:
    file = workspace.folder / "tenure.yml"
    text = file.read_text()
    file.write_text(text + ("" if "clock:" in text else f"\nclock: {NOW}\n"))
    if rows := ODD[request.param]:
        lines = [f"{who},{day},{n},{amount},{currency}" for n, (who, day, amount, currency) in enumerate(rows)]
        orders = tmp_path / "orders.csv"
        orders.write_text("\n".join(["customer,time,order,amount,currency", *lines]))
        columns = {name: name for name in ("customer", "time", "order", "amount", "currency")}
        with workspace.writing():
            workspace.collect.load_orders(orders, columns)
    return workspace


def sensible(found: Any) -> None:
    """No number anywhere in it that is not one."""
    if isinstance(found, dict):
        for each in found.values():
            sensible(each)
    elif isinstance(found, list | tuple):
        for each in found:
            sensible(each)
    elif isinstance(found, float):
        assert math.isfinite(found)


def answered(ask: Callable[[], Any]) -> Any:
    """What was answered, or the sentence that it was refused with."""
    try:
        return ask()
    except TenureError as error:
        said = str(error)
        assert said.endswith((".", "FILE"))
        assert "Traceback" not in said
        assert "\n" not in said
        return said


@pytest.mark.thorough
def test_an_odd_shop_is_answered_or_told_in_words(odd: Any, sign_in: Any, vera: Any) -> None:
    with odd.writing():
        for renew in (odd.value.renew, odd.risk.renew, odd.health.renew):
            answered(renew)
    asks: tuple[Callable[[], Any], ...] = (
        lambda: odd.value.report().document(),
        lambda: odd.risk.report().document(),
        lambda: odd.risk.survival().document(),
        lambda: odd.risk.survival("cohort").document(),
        lambda: odd.health.report().document(),
    )
    for ask in asks:
        found = answered(ask)
        sensible(found)
        json.dumps(found, allow_nan=False, default=str)
    con = odd.store.snapshot().connect()
    rows = con.execute("SELECT purchases, alive, value, low, high FROM value").fetchall()
    sensible(rows)
    assert all(low is None or 0 <= low <= high for *_, low, high in rows)
    sensible(con.execute("SELECT probability FROM risk").fetchall())
    sensible(con.execute("SELECT score FROM health").fetchall())
    con.close()
    client = sign_in(vera)
    for page in ("/value/", "/risk/", "/risk/people/", "/risk/drivers/", "/risk/survival/", "/risk/health/"):
        answer = client.get(page)
        assert answer.status_code == 200, page
        text = answer.content.decode()
        assert ">nan" not in text.lower(), page
        assert ">None<" not in text, page
