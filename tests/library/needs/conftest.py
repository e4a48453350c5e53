"""One shop for all tests of needs: a hundred people with favourites, categories and prices, worked out once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

import tenure
from tenure.workspace import Workspace

END = date(2025, 1, 1)
COLUMNS = {name: name for name in ("customer", "time", "order", "price", "quantity", "product", "category")}
#: product: (category, price)
RANGE: dict[str, tuple[str, int]] = {
    **{f"p{n}": (("leaf", "ware", "cake")[n % 3], 10 + 5 * n) for n in range(12)},
    "tea": ("leaf", 8),
    "cup": ("ware", 9),
    "once": ("leaf", 30),
}
Lines = list[tuple[str, date, str]]


def bought() -> Lines:
    """A hundred people with favourites of their own, some of which go together (cup with tea)."""
    rng = np.random.default_rng(4)
    lines = []
    for number in range(100):
        favourites = rng.choice([f"p{n}" for n in range(12)], 3, replace=False)
        day = END - timedelta(days=int(rng.integers(150, 300)))
        pace = int(rng.choice([10, 20, 40]))
        while day < END:
            for product in {*rng.choice(favourites, 2), *(["tea", "cup"] if rng.random() < 0.3 else [])}:
                lines.append((f"c{number}", day, str(product)))
            day += timedelta(days=int(rng.integers(pace // 2, pace * 2)))
    return lines


def made(folder: Path, lines: Lines) -> Workspace:
    """A workspace that holds these lines, one piece each, orders by customer and day."""
    shop = tenure.init(folder / "shop", zone="UTC", currency="USD", clock=END.isoformat())
    rows = [f"{who},{day},{who}-{day},{RANGE[p][1]},1,{p},{RANGE[p][0]}" for who, day, p in lines]
    (folder / "orders.csv").write_text("\n".join([",".join(COLUMNS), *rows]))
    with shop.writing():
        shop.collect.load_orders(folder / "orders.csv", COLUMNS)
    return shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    opened = made(tmp_path_factory.mktemp("needs"), bought())
    with opened.writing():
        opened.needs.renew()
    return opened
