"""Events over HTTP from the inbox to the store, and files of orders."""

import csv
import json
import lzma
import random
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

import tenure
from benchmarks import shops
from benchmarks.measure import watch
from tenure.samples import Shop, Trickle, to_files

REQUESTS, EACH = 300, 100
NOW = datetime(2026, 1, 2, tzinfo=UTC)
RETAIL = Path("../shared/data/online_retail/online_retail.csv.xz")
RETAIL_COLUMNS = {
    "customer": "CustomerID",
    "time": "InvoiceDate",
    "order": "InvoiceNo",
    "price": "UnitPrice",
    "quantity": "Quantity",
    "product": "StockCode",
}
EVENT_ROWS = 400_000
SHOP_COLUMNS = {name: name for name in ("customer", "time", "order", "price", "quantity", "product", "category")}


def _bodies(requests: int = REQUESTS) -> list[bytes]:
    """Requests of a hundred calls each, as an SDK batches them."""
    trickle, calls = Trickle(Shop(customers=5_000), NOW), []
    while len(calls) < requests * EACH:
        calls += trickle.calls(NOW - timedelta(seconds=requests * EACH - len(calls)))
    return [json.dumps({"batch": calls[at : at + EACH]}).encode() for at in range(0, requests * EACH, EACH)]


def _workspace(name: str) -> tuple[Path, tenure.workspace.Workspace]:
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=shops.cache()))
    return folder, tenure.init(folder / "shop", currency="GBP", zone="Europe/London", clock="2026-01-03")


def events(_folder: str) -> int:
    """Tenure: every request durable before it is answered, checked, de-duplicated, identified, loaded exactly once."""
    folder, workspace = _workspace("events")
    key = workspace.collect.sources.create_key("bench", NOW)
    bodies = _bodies()
    with workspace.writing(), watch():
        for body in bodies:
            workspace.collect.accept("batch", body, [key], NOW)
        workspace.collect.drain_all()
    count = workspace.store.snapshot().connect().execute("SELECT count(*) FROM events").fetchall()[0][0]
    shutil.rmtree(folder)
    return int(count)


def events_plain(_folder: str) -> int:
    """Plain DuckDB: each request a file, then all read as JSON into a table: no check, no identity, no promise."""
    folder, _ = _workspace("events")
    bodies = _bodies()
    con = duckdb.connect(folder / "plain.duckdb")
    with watch():
        for number, body in enumerate(bodies):
            (folder / f"{number}.json").write_bytes(body)
        con.execute(
            f"CREATE TABLE events AS SELECT unnest(batch, max_depth := 2) FROM read_json('{folder}/*.json',"
            " union_by_name = true, maximum_object_size = 20000000)"
        )
    count = con.execute("SELECT count(*) FROM events").fetchall()[0][0]
    con.close()
    shutil.rmtree(folder)
    return int(count)


def orders_file() -> tuple[Path, str]:
    """A file of order lines and what it is: Online Retail where it is present, else a simulated shop's orders."""
    if RETAIL.exists():
        path = shops.cache() / "online_retail.csv"
        if not path.exists():
            path.write_bytes(lzma.decompress(RETAIL.read_bytes()))
        return path, "Online Retail"
    path = shops.cache() / "orders" / "orders.csv"
    if not path.exists():
        to_files(Shop(customers=40_000), path.parent)
    return path, "simulated"


def retail() -> tuple[str, str]:
    """A workspace with that file's orders, made once, and what they are: for measuring a run on it."""
    path, name = orders_file()
    folder = shops.cache() / f"retail-{name.replace(' ', '-')}"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        clock = "2011-12-10" if name == "Online Retail" else "2026-01-01T08:00:00"
        workspace = tenure.init(folder, zone="Europe/London", currency="GBP", clock=clock)
        with workspace.writing():
            workspace.collect.load_orders(path, _columns(name))
        (folder / "ready").touch()
    return str(folder), name


def _columns(name: str) -> dict[str, str]:
    return RETAIL_COLUMNS if name == "Online Retail" else SHOP_COLUMNS


def orders(_folder: str) -> list[int]:
    """Tenure: exact orders with lines, refused lines kept with their reason, all of it undoable."""
    folder, workspace = _workspace("orders")
    path, name = orders_file()
    with workspace.writing(), watch():
        found = workspace.collect.load_orders(path, _columns(name))
    shutil.rmtree(folder)
    return [found.orders, sum(found.revenue.values())]


def orders_plain(_folder: str) -> list[int]:
    """Plain DuckDB: read the CSV, group lines into orders, keep them in a table."""
    folder, _ = _workspace("orders")
    path, name = orders_file()
    con = duckdb.connect(folder / "plain.duckdb")
    customer, order, price, quantity, product, time = (
        ("CustomerID", "InvoiceNo", "UnitPrice", "Quantity", "StockCode", "InvoiceDate")
        if name == "Online Retail"
        else ("customer", '"order"', "price", "quantity", "product", "time")
    )
    with watch():
        con.execute(f"""
            CREATE TABLE orders AS SELECT {order} AS id, any_value({customer}) AS customer, min({time}) AS at,
                sum(CAST(round({price}::DECIMAL(18, 4) * {quantity}::BIGINT * 100) AS BIGINT)) AS amount,
                list({{'product': {product}, 'quantity': {quantity}, 'price': {price}}}) AS lines
            FROM read_csv('{path}', all_varchar = true) WHERE {customer} IS NOT NULL GROUP BY {order}""")
    found = con.execute("SELECT count(*), sum(amount) FROM orders").fetchall()[0]
    con.close()
    shutil.rmtree(folder)
    return [int(value) for value in found]


def events_file_rows(_folder: str) -> int:
    """Tenure: one event a row, each with a customer and what the columns say; refused rows kept with their reason."""
    folder, workspace = _workspace("event-rows")
    path = _events_file()
    with workspace.writing(), watch():
        found = workspace.collect.load_events(path, {"name": "event", "time": "time", "customer": "customer"})
    shutil.rmtree(folder)
    return int(found.accepted)


def events_file_plain(_folder: str) -> int:
    """Plain DuckDB: read the CSV into a table: no check, no identity, no promise."""
    folder, _ = _workspace("event-rows")
    path = _events_file()
    con = duckdb.connect(folder / "plain.duckdb")
    with watch():
        con.execute(f"CREATE TABLE events AS SELECT * FROM read_csv('{path}')")
    count = con.execute("SELECT count(*) FROM events").fetchall()[0][0]
    con.close()
    shutil.rmtree(folder)
    return int(count)


def _events_file() -> Path:
    """What people did on a site over half a year, made once: 60,000 customers, 3,000 pages."""
    path = shops.cache() / f"events-{EVENT_ROWS}.csv"
    if not path.exists():
        chance, at = random.Random(5), datetime(2025, 6, 1, tzinfo=UTC)
        with path.open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(("time", "customer", "event", "channel", "page", "category", "price"))
            for _ in range(EVENT_ROWS):
                at += timedelta(seconds=chance.random() * 40)
                name = chance.choice(("Page Viewed", "Product Viewed", "Product Added", "Signed In", "Searched"))
                price = f"{chance.randrange(500)}.50" if name.startswith("Product") else ""
                page, category = f"/p/{chance.randrange(3000)}", chance.choice(("tea", "coffee", "sweets", "home"))
                customer, channel = f"C{chance.randrange(60_000):06}", chance.choice(("web", "app", "store"))
                out.writerow((f"{at:%Y-%m-%d %H:%M:%S}", customer, name, channel, page, category, price))
    return path
