"""What the shop as a whole shows, from kept tables: best and slow sellers, bundles, what is due, the year's pattern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files

import duckdb
import numpy as np

from tenure.needs.festivals import Swing, swings
from tenure.needs.offers import LATELY
from tenure.needs.season import Season, season

__all__ = ["Awaited", "Bundle", "Seller", "awaited", "awaited_counts", "best", "bundles", "pattern", "slow", "states"]


@dataclass(frozen=True)
class Seller:
    """One product over the last LATELY days: pieces, those of the span before, money, buyers, the last sale, stock.

    `usual` is how many pieces its own pace until then and the change of its category (of the shop, where that has fewer
    than three products) let expect; None while it is new.
    """

    product: str
    title: str
    category: str | None
    price: int | None
    units: float
    units_before: float
    revenue: int
    buyers: int
    last_day: date
    idle: int
    stock: float | None
    state: str
    usual: float | None

    @property
    def cover(self) -> float | None:
        """How many days the stock lasts at the pace of the last LATELY days; None where either is unknown."""
        return self.stock * LATELY / self.units if self.stock is not None and self.units > 0 else None


@dataclass(frozen=True)
class Bundle:
    """Products that stand in one basket more often than by chance: `lift` times; `price` in minor units together."""

    products: tuple[str, ...]
    titles: tuple[str, ...]
    baskets: int
    share: float
    lift: float
    price: int | None


@dataclass(frozen=True)
class Awaited:
    """A customer and a product that it is about to need again."""

    customer_key: int
    product: str
    title: str
    times: int
    last_day: date
    days: float
    due_day: date


def _sellers(con: duckdb.DuckDBPyConnection, today: date, chosen: str) -> list[Seller]:
    query = files("tenure.needs").joinpath("sellers.sql").read_text("utf-8")
    rows = con.execute(f"SELECT * EXCLUDE (slow) FROM ({query}) {chosen}", {"today": today, "lately": LATELY})
    return [Seller(*row) for row in rows.fetchall()]


def best(con: duckdb.DuckDBPyConnection, today: date, count: int = 10) -> list[Seller]:
    """What brought the most money in the last LATELY days."""
    return _sellers(con, today, f"WHERE units > 0 ORDER BY revenue DESC, units DESC, product LIMIT {count}")


def slow(con: duckdb.DuckDBPyConnection, today: date, count: int = 10) -> list[Seller]:
    """What sells little now by the shop's measure and by its own: the smallest part of its usual pieces first.

    Of the range still (sold within a year), known for twice LATELY days at least, and either not sold at all lately or
    a quarter fewer than usual and beyond chance. A product that rises is none, however few it sells.
    """
    order = f"units / nullif(usual, 0) NULLS LAST, usual DESC, product LIMIT {count}"
    return _sellers(con, today, f"WHERE slow ORDER BY {order}")


def states(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many products may be offered (`sold`), and how many may not: never, out, gone, once."""
    return dict(con.execute("SELECT state, count(*) FROM products GROUP BY state").fetchall())


def bundles(con: duckdb.DuckDBPyConnection, count: int = 10) -> list[Bundle]:
    """The weightiest bundles."""
    rows = con.execute(
        "SELECT b.products, list(coalesce(p.title, p.product) ORDER BY p.product), b.baskets, b.share, b.lift, b.price"
        " FROM (SELECT *, unnest(products) AS product FROM product_bundles WHERE place <= ?) AS b"
        " JOIN products AS p ON p.product = b.product"
        " GROUP BY b.place, b.products, b.baskets, b.share, b.lift, b.price ORDER BY b.place",
        [count],
    ).fetchall()
    return [Bundle(tuple(products), tuple(titles), *rest) for products, titles, *rest in rows]


def _window(choice: str, today: date) -> tuple[date, date]:
    if choice == "overdue":
        return date.min, today - timedelta(days=1)
    return today, today + timedelta(days=int(choice))


def awaited(
    con: duckdb.DuckDBPyConnection, today: date, choice: str = "14", product: str = "", count: int | None = 30
) -> list[Awaited]:
    """Who needs what again, the soonest first: `choice` is "overdue" or within how many days from today."""
    first, last = _window(choice, today)
    rows = con.execute(
        "SELECT r.customer_key, r.product, coalesce(p.title, r.product), r.times, r.last_day, r.days, r.due_day"
        " FROM replenishments AS r LEFT JOIN products AS p ON p.product = r.product"
        " WHERE r.due_day BETWEEN $first AND $last AND ($product = '' OR r.product = $product)"
        " ORDER BY r.due_day" + (" DESC" if choice == "overdue" else "") + ", r.times DESC, r.customer_key, r.product"
        + (f" LIMIT {int(count)}" if count is not None else ""),
        {"first": first, "last": last, "product": product},
    )  # fmt: skip
    return [Awaited(*row) for row in rows.fetchall()]


def awaited_counts(con: duckdb.DuckDBPyConnection, today: date, choices: Sequence[str]) -> dict[str, tuple[int, int]]:
    """For each choice of `awaited`: how many customers, and how many of their products."""
    found = {}
    for choice in choices:
        text = "SELECT count(DISTINCT customer_key), count(*) FROM replenishments WHERE due_day BETWEEN ? AND ?"
        found[choice] = con.execute(text, list(_window(choice, today))).fetchall()[0]
    return found


def pattern(con: duckdb.DuckDBPyConnection, category: str = "") -> tuple[Season, tuple[Swing, ...]] | None:
    """The week and the year of the shop's orders (of one category's), and what festivals do; None without orders."""
    rows = con.execute("SELECT day, orders FROM daily_sales WHERE category = ? ORDER BY day", [category]).fetchall()
    if not rows:
        return None
    counts = dict(rows)
    first, last = rows[0][0], rows[-1][0]
    daily = np.array([counts.get(first + timedelta(days=n), 0) for n in range((last - first).days + 1)], dtype=float)
    found = season(first, daily)
    return found, swings(first, daily, {each.period: each.index for each in found.weekdays})
