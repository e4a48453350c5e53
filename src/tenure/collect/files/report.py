"""What an import did, or would do, counted in lines: staged events compared with those that stand in the store.

Of an import that was loaded the table `brought` says what the store holds of it.
"""

from __future__ import annotations

import duckdb

from tenure.collect.files.imports import ImportResult
from tenure.collect.hashes import MESSAGE_HASH

__all__ = ["orders_result", "rows_result"]


def orders_result(con: duckdb.DuckDBPyConnection, source_id: int, import_id: int) -> ImportResult:
    """Of an order file. `import_id` 0: nothing was loaded, say what would be."""
    landed = _LANDED_ORDERS if import_id else _NEW_ORDERS.replace("?", str(source_id))
    con.execute(f"CREATE OR REPLACE TEMP TABLE outcome AS {landed}")
    return _result(con)


#: one row per staged event: whether it stands in the store as of this import
_LANDED_ORDERS = """
SELECT d.lines, coalesce(d.who, d.mail, d.telephone) AS who, s.order_id, s.name, s.amount, s.currency,
    e.order_id IS NOT NULL AS landed
FROM staging AS s JOIN documents AS d ON d.line = s.seq
LEFT JOIN (SELECT DISTINCT order_id, name FROM brought) AS e
  ON e.order_id = s.order_id AND e.name = s.name"""

#: one row per staged event: whether it says something else than the version that stands in the store
_NEW_ORDERS = """
SELECT d.lines, coalesce(d.who, d.mail, d.telephone) AS who, s.order_id, s.name, s.amount, s.currency,
    e.order_id IS NULL AS landed
FROM staging AS s JOIN documents AS d ON d.line = s.seq
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
    con.execute(f"CREATE OR REPLACE TEMP TABLE outcome AS {_LANDED_ROWS if import_id else _new_rows(source_id)}")
    return _result(con)


#: one row per event that stands in the store as of this import, and one for all staged events that do not
_LANDED_ROWS = """
SELECT 1 AS lines, source_key AS who, order_id, name, amount, currency, true AS landed FROM brought WHERE stands
UNION ALL
SELECT (SELECT count(*) FROM staging) - (SELECT count(*) FROM brought WHERE stands), NULL, NULL, NULL, NULL, NULL,
    false"""


def _new_rows(source_id: int) -> str:
    """One row per staged event: whether its message is in the store or stands further up in the file."""
    return f"""
    SELECT 1 AS lines, coalesce(s.external_id, s.email, s.phone, s.anonymous_id) AS who, s.order_id, s.name, s.amount,
        s.currency, e.message_hash IS NULL AND row_number() OVER (PARTITION BY s.known ORDER BY s.seq) = 1 AS landed
    FROM (SELECT *, {MESSAGE_HASH} AS known FROM staging) AS s
    LEFT JOIN (SELECT DISTINCT message_hash FROM events WHERE source_id = {source_id}) AS e
      ON e.message_hash = s.known"""


def _result(con: duckdb.DuckDBPyConnection) -> ImportResult:
    """Counted from `outcome` and `refused`."""
    row = con.execute(
        """SELECT coalesce(sum(lines) FILTER (WHERE landed), 0), coalesce(sum(lines) FILTER (WHERE NOT landed), 0),
             count(DISTINCT who) FILTER (WHERE landed),
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
