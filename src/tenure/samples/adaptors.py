"""Where a simulated shop can go: through the loader, straight into a store (benchmarks), or into files."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from tenure import money
from tenure.collect import Collect
from tenure.collect.staging import Batch, LoadResult, create_staging
from tenure.needs.titles import FILE as TITLES
from tenure.samples.catalog import CATEGORIES, CHANNELS, CITIES, PRODUCTS
from tenure.samples.ledger import Cost, costs
from tenure.samples.people import external_id, people
from tenure.samples.shop import Shop
from tenure.samples.words import say
from tenure.store import Store

__all__ = ["costs_to_collect", "profiles_to", "titles_to", "to_collect", "to_files", "to_store"]

Progress = Callable[[float], None]

SOURCE = 1


def _quiet(fraction: float) -> None:
    """Nobody watches."""


def to_collect(shop: Shop, collect: Collect, progress: Progress = _quiet) -> LoadResult:
    """Load the shop as events of the source "Demo shop", personal fields and all. Needs the workspace's lock.

    A shop that was loaded before, or whose loading was broken off, is gone on with: each block is loaded once.
    """
    source = collect.sources.named("Demo shop", "file", shop.end)
    total = LoadResult()
    for block in shop.stream():
        con = collect.store.connect()
        say(con, block)
        create_staging(con)
        con.execute(f"INSERT INTO staging BY NAME SELECT *, {source} AS source_id FROM sample")
        total += collect.loader.load(con, Batch(f"samples:{shop.seed}", block.index + 1))
        con.close()
        progress((block.index + 1) / shop.blocks)
    return total


def costs_to_collect(shop: Shop, collect: Collect) -> None:
    """Take what winning the shop's customers cost into the ledger, as a file would bring it. Needs the lock."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "costs.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([_COSTS, *(_cost(each, shop.currency) for each in costs(shop))])
        collect.load_costs(path, {name: name for name in _COSTS}, source="Demo shop")


_COSTS = ("from", "to", "channel", "kind", "amount", "currency")


def _cost(cost: Cost, currency: str) -> tuple[object, ...]:
    return cost.first, cost.until, cost.channel, cost.kind, money.major(cost.amount, currency), currency


def titles_to(folder: Path) -> None:
    """Write what the products and categories are called in both languages into a folder of definitions."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / TITLES).open("w", newline="", encoding="utf-8") as file:
        rows = [(each.key, each.en, each.zh) for each in CATEGORIES] + [
            (each.key, each.en, each.zh) for each in PRODUCTS
        ]
        csv.writer(file).writerows([("name", "en", "zh"), *rows])


def profiles_to(folder: Path) -> None:
    """Write the shop's ideal customer profiles into a folder of definitions."""
    target = folder / "segments" / "profiles.yml"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(resources.files("tenure.samples").joinpath("profiles.yml").read_text("utf-8"), "utf-8")


def to_store(shop: Shop, store: Store, progress: Progress = _quiet) -> int:
    """Append the shop's events to an empty store, passing over the loader; names and addresses stay out.

    The store then is as the loader would have left it, but for personal identifiers. Returns the number of events.
    """
    con = store.connect()
    total = 0
    for block in shop.stream():
        say(con, block, personal=False)
        _identify(con, store)
        total += len(store.append_events(con, _KEYED.format(source=SOURCE)))
        store.compact_if_needed()
        progress((block.index + 1) / shop.blocks)
    con.close()
    return total


_PEOPLE = """
SELECT DISTINCT kind, value, CAST(hash(kind || ':' || value) // 2 AS BIGINT) AS value_hash
FROM (SELECT DISTINCT external_id, anonymous_id FROM sample)
    UNPIVOT (value FOR kind IN (external_id AS 'external', anonymous_id AS 'anonymous'))
"""

_KEYED = """
SELECT s.seq, k.source_key, s.kind, s.name, s.ts, s.received_at, CAST(NULL AS TIMESTAMP) AS sent_at,
    CAST(NULL AS TIMESTAMP) AS original_at, CAST(NULL AS BIGINT) AS message_hash, {source} AS source_id,
    CAST(NULL AS INTEGER) AS import_id, s.order_id, s.amount, s.currency, s.products, s.properties
FROM sample AS s JOIN sample_keys AS k ON k.value = coalesce(s.external_id, s.anonymous_id)
"""

_LINKED = """
SELECT a.source_key AS a_key, x.source_key AS b_key, 'seen' AS kind, min(s.ts) AS at, CAST(NULL AS INTEGER) AS import_id
FROM sample AS s JOIN sample_keys AS a ON a.value = s.anonymous_id JOIN sample_keys AS x ON x.value = s.external_id
GROUP BY ALL
"""


def _identify(con: duckdb.DuckDBPyConnection, store: Store) -> None:
    """Give the block's people their keys, and join those who began anonymously with who they turned out to be."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE sample_ids AS {_PEOPLE}")
    given = store.append_identifiers(con, "SELECT * FROM sample_ids")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE sample_keys AS SELECT value,"
        f" {given.start - 1} + row_number() OVER (ORDER BY kind, value) AS source_key FROM sample_ids"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE sample_links AS {_LINKED}")
    store.append("links", con, "SELECT * FROM sample_links")
    joined = "SELECT greatest(a_key, b_key) AS source_key, least(a_key, b_key) AS customer_key FROM sample_links"
    store.append_id_map(con, joined)


def to_files(shop: Shop, folder: Path) -> dict[str, Path]:
    """Write `orders.csv` (one row a line of an order, refunds negative) and `customers.csv`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.csv" for name in ("orders", "customers")}
    writers: dict[str, Iterator[tuple[object, ...]]] = {"orders": _orders(shop), "customers": _customers(shop)}
    for name, rows in writers.items():
        with paths[name].open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    return paths


_ORDERS = """
SELECT order_id, if(amount < 0, 'refund', 'order'), strftime(ts, '%Y-%m-%dT%H:%M:%SZ'), external_id, line.product,
    line.name, line.category, CAST(line.quantity AS BIGINT) * if(amount < 0, -1, 1), line.price, currency
FROM (SELECT *, unnest(products) AS line FROM sample WHERE name IN ('Order Completed', 'Order Refunded') ORDER BY seq)
"""


def _orders(shop: Shop) -> Iterator[tuple[object, ...]]:
    yield "order", "type", "time", "customer", "product", "name", "category", "quantity", "price", "currency"
    with duckdb.connect() as con:
        for block in shop.stream():
            say(con, block, personal=False)
            for *rest, price, currency in con.execute(_ORDERS).fetchall():
                yield *rest, money.major(price, currency), currency


def _customers(shop: Shop) -> Iterator[tuple[object, ...]]:
    yield "customer", "name", "email", "phone", "language", "channel", "country", "consent"
    for block in shop.stream():
        lives = block.lives
        for row, person in enumerate(people(lives)):
            if not lives.visitor[row]:
                yield (
                    external_id(int(lives.number[row])), person.name, person.email, person.phone,
                    "zh-hans" if lives.chinese[row] else "en", CHANNELS[lives.channel[row]].key,
                    CITIES[lives.city[row]][0], "yes" if lives.consent[row] else "no",
                )  # fmt: skip
