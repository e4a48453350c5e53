"""Order lines of a file become one event per order document: `Order Completed`, `Order Refunded`. Amounts stay exact.

The same order always gives the same event, whatever the file's format or the order of its lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from string import Template

import duckdb

from tenure import money
from tenure.clock import Clock, naive
from tenure.collect.files.lines import Progress, each_part, memory_of, take_lines
from tenure.collect.files.mapping import ORDER_FIELDS, Columns, check_columns
from tenure.collect.files.reading import Table
from tenure.collect.files.values import amount_sql, decimal_mark, make_moments, missing_sql, short_order
from tenure.collect.identity import email_sql, phone_sql, usable_sql
from tenure.collect.personal import EVERYWHERE, canonical
from tenure.collect.staging import create_staging

__all__ = ["OrderRules", "currency_sql", "stage_orders"]

NEEDS = (("customer", "email", "phone"), ("time",))
FIELDS = tuple(field.key for field in ORDER_FIELDS)
LINES_AT_ONCE = 500_000  # lines that are grouped to orders in one go, where there is memory for them
GROUPED = 1000  # bytes that a line may take meanwhile: of the lists of products nothing is spilled
SORTED = 8  # so many parts of orders are found sooner where the lines of each lie together
_DOCUMENT = "line BIGINT, lines BIGINT, order_id VARCHAR, name VARCHAR, who VARCHAR, mail VARCHAR, telephone VARCHAR"
FACTS = ("country", "channel", "coupon", "store")
_ALIASES = {
    "RMB": "CNY",
    "CNH": "CNY",
    "人民币": "CNY",
    "元": "CNY",
    "£": "GBP",
    "€": "EUR",
    "$": "USD",
    "¥": "CNY",
    "￥": "CNY",
}


@dataclass(frozen=True)
class OrderRules:
    """What an order file does not say itself. `received` is when the import began."""

    currency: str
    zone: str
    received: datetime
    decimal: str | None = None
    day_first: bool | None = None


def stage_orders(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    chosen: Mapping[str, str | int],
    rules: OrderRules,
    numbers: tuple[int, int],
    progress: Progress | None = None,
) -> int:
    """Fill `staging`, `documents` and `refused`; returns the lines read. `numbers`: source id, import id."""
    columns = check_columns(chosen, table, ORDER_FIELDS, NEEDS)
    taken = take_lines(con, table, columns, FIELDS, progress)
    order, at_once = short_order(con, rules.day_first), min(LINES_AT_ONCE, memory_of(con) // GROUPED)
    parts = max(1, -(-taken.read // at_once))
    reading = _reading(con, columns, rules, parts)
    for first in each_part(con, taken):
        make_moments(con, rules.zone, order)
        into = "INSERT INTO checked" if first else "CREATE OR REPLACE TEMP TABLE checked AS"
        con.execute(_sql("orders_lines.sql", into=into, **reading))
        _refuse(con, f"line >= {first} AND reason IS NOT NULL")
    if "order" in columns:
        _refuse_second_currencies(con)
    else:
        _number_repeats(con)
    _stage(con, columns, rules, numbers, parts, progress)
    return taken.read


def _refuse(con: duckdb.DuckDBPyConnection, which: str) -> None:
    con.execute(f"INSERT INTO refused SELECT line, reason, cells FROM checked JOIN lines USING (line) WHERE {which}")


def _moment(instant: datetime) -> str:
    return f"TIMESTAMP '{naive(instant):%Y-%m-%d %H:%M:%S.%f}'"


def _sql(name: str, **parts: object) -> str:
    return Template(files(__package__).joinpath(name).read_text("utf-8")).substitute(parts)


def _reading(con: duckdb.DuckDBPyConnection, columns: Columns, rules: OrderRules, parts: int) -> dict[str, object]:
    """What `orders_lines.sql` needs to know of the whole file. Of `parts` of orders each line says its order's."""
    written = [name for name in ("amount", "price", "quantity") if name in columns]
    mark = decimal_mark(con, written, rules.decimal)
    amounts = {
        name: amount_sql(f"l.{name}", mark) if name in columns else "CAST(NULL AS DECIMAL(18, 6))"
        for name in ("amount", "price", "quantity")
    }
    texts = {f"{name}_text": missing_sql(f"l.{name}") for name in ("amount", "price", "quantity")}
    carried = [
        name
        for name in (*FACTS, "person", *(f"p{n}" for n in range(len(columns.properties))))
        if name in columns or name[1:].isdigit()
    ]
    counted = "quantity" in columns and "price" in columns and "amount" not in columns
    return {
        **amounts,
        **texts,
        "missing_time": missing_sql("l.time"),
        "customer": usable_sql(_whole(con, "customer")),
        "order_id": _order_id(con, columns),
        "email": email_sql("l.email"),
        "phone": f"CASE WHEN {phone_sql('l.phone')} IS NOT NULL THEN trim(l.phone) END",
        "currency": currency_sql(columns, rules.currency),
        "latest": _moment(max(Clock("UTC").now(), rules.received) + timedelta(days=1)),
        "needs_quantity": "true" if counted else "false",
        "total": _total(columns),
        "carried": "".join(f", l.{name}" for name in carried),
        "carried_on": "".join(f", {name}" for name in carried),
        "parts": parts,
        "together": "ORDER BY part" if parts > SORTED else "",
    }


def _total(columns: Columns) -> str:
    """The exact amount of a line: as written, else price times quantity, else the price of one piece."""
    if "amount" in columns:
        return "written"
    if "quantity" not in columns:
        return "piece_price"
    return "CAST(piece_price AS DECIMAL(19, 6)) * CAST(pieces AS DECIMAL(19, 6))"  # 19: two of 18 would overflow


def _whole(con: duckdb.DuckDBPyConnection, column: str) -> str:
    """The column without the `.0` that programs add which take every number for a fraction, if all values have it."""
    text = missing_sql(f'"{column}"')
    said = f"SELECT 1 FROM (SELECT {text} AS said FROM lines) WHERE said IS NOT NULL"
    other = con.execute(f"{said} AND NOT regexp_full_match(said, '\\d+\\.0') LIMIT 1").fetchall()
    if other or not con.execute(f"{said} LIMIT 1").fetchall():
        return f'l."{column}"'
    return f"regexp_replace(l.\"{column}\", '\\.0$', '')"


def _order_id(con: duckdb.DuckDBPyConnection, columns: Columns) -> str:
    """The order's number; without one every line is its own order, named by its content: see `_number_repeats`."""
    if "order" in columns:
        return missing_sql(_whole(con, "order"))
    said = ", ".join(
        f"coalesce(trim(l.{name}), '')"
        for name in ("customer", "email", "time", "amount", "price", "quantity", "product")
    )
    return f"left(md5(concat_ws(chr(31), {said})), 20) || '-1'"


def _number_repeats(con: duckdb.DuckDBPyConnection) -> None:
    """Let `checked` show the n-th of several lines that say the same as an order of its own, ending in `-n`.

    Only what is repeated is counted, and the lines stay as they are: to change many takes memory beyond all limits.
    """
    again = "SELECT hash(order_id) FROM checked GROUP BY 1 HAVING count(*) > 1"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE repeated AS SELECT line, n FROM ("
        "SELECT line, row_number() OVER (PARTITION BY order_id ORDER BY line) AS n FROM checked"
        f" WHERE hash(order_id) IN ({again})) WHERE n > 1"
    )
    if not con.execute("SELECT 1 FROM repeated LIMIT 1").fetchall():
        return
    con.execute("ALTER TABLE checked RENAME TO checked_once")
    con.execute(
        "CREATE OR REPLACE TEMP VIEW checked AS SELECT c.* REPLACE ("
        "CASE WHEN r.n IS NULL THEN c.order_id ELSE left(c.order_id, -1) || r.n END AS order_id)"
        " FROM checked_once AS c LEFT JOIN repeated AS r ON r.line = c.line"
    )


def currency_sql(columns: Columns, default: str) -> str:
    """The currency of a line as three capitals, from its column where it says one."""
    if "currency" not in columns:
        return f"'{money.check_currency(default)}'"
    cases = " ".join(f"WHEN '{name}' THEN '{code}'" for name, code in _ALIASES.items())
    said = missing_sql("l.currency")
    return f"coalesce(CASE upper({said}) {cases} ELSE upper({said}) END, '{money.check_currency(default)}')"


def _refuse_second_currencies(con: duckdb.DuckDBPyConnection) -> None:
    """Lines of an order in another currency than its first line cannot be added to it."""
    found = con.execute("SELECT count(DISTINCT money) FROM checked WHERE reason IS NULL").fetchone()
    if found and found[0] > 1:
        con.execute(
            """UPDATE checked SET reason = 'two_currencies' FROM (
                 SELECT order_id AS mixed, arg_min(money, line) AS kept FROM checked WHERE reason IS NULL
                 GROUP BY order_id HAVING count(DISTINCT money) > 1)
               WHERE order_id = mixed AND money <> kept AND reason IS NULL"""
        )
        _refuse(con, "reason = 'two_currencies'")


def _document_parts(con: duckdb.DuckDBPyConnection, columns: Columns) -> dict[str, str]:
    """The aggregates that differ from file to file."""
    products = "CAST(NULL AS INTEGER[])"
    if any(name in columns for name in ("product", "product_name", "category")):
        products = (
            "list(struct_pack(product := product, name := product_name, category := category, quantity := abs(pieces),"
            " price := coalesce(piece_price,"
            " CASE WHEN pieces <> 0 THEN CAST(abs(amount) / abs(pieces) AS DECIMAL(18, 6)) END))"
            " ORDER BY product, product_name, category, pieces, piece_price, amount)"
        )
    facts = {name: name for name in FACTS if name in columns}
    own = {name: f"p{at}" for at, name in enumerate(columns.properties)}
    personal = {"email": "mail", "phone": "telephone"} | {
        name: at for name, at in own.items() if canonical(name) in EVERYWHERE
    }
    if "person" in columns:
        personal["full_name"] = "person"
    facts |= {name: at for name, at in own.items() if canonical(name) not in EVERYWHERE}
    return {
        "has_cancellations": "true" if "order" in columns and _has_cancellations(con) else "false",
        "products": products,
        "properties": _json_object(facts),
        "personal": _json_object(personal),
    }


def _has_cancellations(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether a number that begins with C is that of a cancellation: most orders have none."""
    marked = "regexp_full_match(order_id, '[Cc][0-9]+')"
    if not con.execute(f"SELECT 1 FROM checked WHERE {marked} LIMIT 1").fetchall():
        return False
    plain = "count(DISTINCT order_id) FILTER (WHERE regexp_full_match(order_id, '[0-9]+'))"
    found = con.execute(f"SELECT {plain} > count(DISTINCT order_id) FILTER (WHERE {marked}) FROM checked").fetchall()
    return bool(found[0][0])


def _json_object(found: Mapping[str, str]) -> str:
    """SQL for a JSON object of each column's value on the document's first line that has one; NULL when it is empty."""
    if not found:
        return "CAST(NULL AS VARCHAR)"
    values = {
        name: f"first(nullif(trim({at}), '') ORDER BY line) FILTER (WHERE trim({at}) <> '')"
        for name, at in found.items()
    }
    parts = ", ".join(f"'\"{name}\":' || CAST(to_json({value}) AS VARCHAR)" for name, value in values.items())
    return f"CASE WHEN concat_ws(',', {parts}) <> '' THEN '{{' || concat_ws(',', {parts}) || '}}' END"


def _stage(
    con: duckdb.DuckDBPyConnection,
    columns: Columns,
    rules: OrderRules,
    numbers: tuple[int, int],
    parts: int,
    progress: Progress | None,
) -> None:
    """Put the lines together to events, so many orders at a time that memory stays bounded."""
    documents, events = _document_parts(con, columns), _event_parts(columns, rules, numbers)
    _exponents(con)
    create_staging(con)
    con.execute(f"CREATE OR REPLACE TEMP TABLE documents ({_DOCUMENT})")
    for part in range(parts):
        if progress:
            progress(1.0, f"{part + 1} / {parts}")
        con.execute(_sql("orders_documents.sql", **documents, part=part))
        con.execute(_sql("orders_events.sql", **events))
        con.execute("INSERT INTO documents SELECT line, lines, order_id, name, who, mail, telephone FROM part")
    con.execute("DROP TABLE part")


def _exponents(con: duckdb.DuckDBPyConnection) -> None:
    """Make `exponents`: the minor units of one major unit of each currency."""
    codes = [row[0] for row in con.execute("SELECT DISTINCT money FROM checked WHERE reason IS NULL").fetchall()]
    con.execute("CREATE OR REPLACE TEMP TABLE exponents (currency VARCHAR, factor INTEGER)")
    if codes:
        con.executemany("INSERT INTO exponents VALUES (?, ?)", [(code, 10 ** money.exponent(code)) for code in codes])


def _event_parts(columns: Columns, rules: OrderRules, numbers: tuple[int, int]) -> dict[str, object]:
    listed = any(name in columns for name in ("product", "product_name", "category"))
    line = (
        "struct_pack(product := x.product, name := x.name, category := x.category,"
        " quantity := CAST(x.quantity AS DOUBLE), price := CAST(round(x.price * e.factor) AS BIGINT))"
    )
    return {
        "received": _moment(rules.received),
        "source_id": numbers[0],
        "import_id": numbers[1],
        "products": f"list_transform(products, lambda x: {line})" if listed else "NULL",
    }
