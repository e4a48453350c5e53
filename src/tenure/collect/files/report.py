"""What an import did, or would do, counted in lines: staged events compared with those that stand in the store."""

from __future__ import annotations

import duckdb

from tenure.collect.files.imports import ImportResult

__all__ = ["orders_result", "rows_result"]


def orders_result(con: duckdb.DuckDBPyConnection, source_id: int, import_id: int) -> ImportResult:
    """Of an order file. `import_id` 0: nothing was loaded, say what would be."""
    landed = _LANDED_ORDERS if import_id else _NEW_ORDERS
    con.execute(f"CREATE OR REPLACE TEMP TABLE outcome AS {landed}", [import_id or source_id])
    return _result(con)


#: one row per staged event: whether it stands in the store as of this import
_LANDED_ORDERS = """
SELECT d.lines, d.who, d.mail, d.telephone, s.order_id, s.name, s.amount, s.currency, e.order_id IS NOT NULL AS landed
FROM staging AS s JOIN documents AS d ON d.order_id = s.order_id AND d.name = s.name
LEFT JOIN (SELECT DISTINCT order_id, name FROM raw_events WHERE import_id = ?) AS e
  ON e.order_id = s.order_id AND e.name = s.name"""

#: one row per staged event: whether it says something else than the version that stands in the store
_NEW_ORDERS = """
SELECT d.lines, d.who, d.mail, d.telephone, s.order_id, s.name, s.amount, s.currency, e.order_id IS NULL AS landed
FROM staging AS s JOIN documents AS d ON d.order_id = s.order_id AND d.name = s.name
LEFT JOIN (
    SELECT DISTINCT v.order_id, v.name, v.ts, v.amount, v.currency, CAST(v.products AS VARCHAR) AS products,
        v.properties, i.kind, i.value
    FROM events AS v LEFT JOIN identifiers AS i ON i.source_key = v.source_key
    WHERE v.source_id = ? AND v.order_id IS NOT NULL
) AS e
  ON e.order_id = s.order_id AND e.name = s.name AND e.ts = s.ts AND e.amount IS NOT DISTINCT FROM s.amount
  AND e.currency IS NOT DISTINCT FROM s.currency AND e.products IS NOT DISTINCT FROM CAST(s.products AS VARCHAR)
  AND e.properties IS NOT DISTINCT FROM s.properties
  AND (e.kind IS DISTINCT FROM 'external' OR e.value IS NOT DISTINCT FROM s.external_id)"""


def rows_result(con: duckdb.DuckDBPyConnection, source_id: int, import_id: int) -> ImportResult:
    """Of a file with one event or one customer a row."""
    text = "CAST(source_id AS VARCHAR) || chr(31) || message_id"
    known = f"CAST(md5_number_lower({text}) & 9223372036854775807 AS BIGINT)"
    standing = "import_id = ?" if import_id else "source_id = ?"
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE outcome AS
        SELECT 1 AS lines, s.external_id AS who, s.email AS mail, coalesce(s.phone, s.anonymous_id) AS telephone,
            s.order_id, s.name, s.amount, s.currency, (e.message_hash IS NOT NULL) = {"true" if import_id else "false"}
            AND row_number() OVER (PARTITION BY s.known ORDER BY s.seq) = 1 AS landed
        FROM (SELECT *, {known} AS known FROM staging) AS s
        LEFT JOIN (SELECT DISTINCT message_hash FROM events WHERE {standing}) AS e ON e.message_hash = s.known""",
        [import_id or source_id],
    )
    return _result(con)


def _result(con: duckdb.DuckDBPyConnection) -> ImportResult:
    """Counted from `outcome` and `refused`."""
    row = con.execute(
        """SELECT coalesce(sum(lines) FILTER (WHERE landed), 0), coalesce(sum(lines) FILTER (WHERE NOT landed), 0),
             count(DISTINCT coalesce(who, mail, telephone)) FILTER (WHERE landed),
             count(DISTINCT order_id) FILTER (WHERE landed),
             count(*) FILTER (WHERE landed AND name = 'Order Refunded') FROM outcome"""
    ).fetchone()
    accepted, duplicates, customers, orders, refunds = map(int, row or (0,) * 5)
    revenue = con.execute(
        "SELECT currency, sum(amount) FROM outcome WHERE landed AND amount IS NOT NULL AND name LIKE 'Order %'"
        " GROUP BY 1 ORDER BY 1"
    ).fetchall()
    reasons = _reasons(con)
    return ImportResult(
        accepted=accepted, duplicates=duplicates, refused=sum(reasons.values()), reasons=reasons, customers=customers,
        orders=orders, refunds=refunds, revenue={currency: int(total) for currency, total in revenue},
    )  # fmt: skip


def _reasons(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    rows = con.execute("SELECT reason, count(*) FROM refused GROUP BY reason ORDER BY 2 DESC, 1").fetchall()
    return {reason: int(count) for reason, count in rows}
