"""What customers are worth, written into the store: `value` of everybody, `renewals` and `stakes` of contracts."""

from __future__ import annotations

import duckdb
import numpy as np

from tenure.clock import AsOf, Clock, naive
from tenure.store import Store
from tenure.value.parts import Columns
from tenure.value.renewals import Renewals

__all__ = ["keep_renewals", "keep_values"]

MONEY = ("value", "low", "high")


def keep_values(
    store: Store, con: duckdb.DuckDBPyConnection, clock: Clock, moment: AsOf, model: str, columns: Columns
) -> None:
    """Keep one row a customer, and the day's scores."""
    _load(con, {name: np.asarray(values) for name, values in columns.items() if values is not None})
    money = ", ".join(
        f"{_whole(name)} AS {name}" if columns[name] is not None else f"CAST(NULL AS BIGINT) AS {name}"
        for name in MONEY
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE valued AS SELECT customer_key, purchases, alive, {money},"
        " CAST(? AS VARCHAR) AS model, CAST(? AS TIMESTAMP) AS as_of FROM scored ORDER BY customer_key",
        [model, naive(moment.instant)],
    ).fetchall()
    store.overwrite("value", con, "SELECT * FROM valued")
    kept = "SELECT customer_key, value AS expected, purchases AS orders, alive FROM valued"
    store.keep_scores(con, "value", kept, moment, clock)


def keep_renewals(store: Store, con: duckdb.DuckDBPyConnection, moment: AsOf, found: Renewals | None) -> None:
    """Keep what contracts bring of the value of each, and what their own risk takes from it; nothing without any."""
    if found is None:
        for table in ("renewals", "stakes"):
            if con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]:
                store.overwrite(table, con, f"SELECT * FROM {table} WHERE false")
        return
    made = {"customer_key": found.customer_key, "renewals": found.purchases, "value": found.value}
    _load(con, {**made, "amount": found.stake})
    stamp = "CAST(? AS TIMESTAMP) AS as_of FROM scored"
    asked = (
        ("renewals", f"SELECT customer_key, renewals, {_whole('value')} AS value, {stamp}"),
        ("stakes", f"SELECT customer_key, {_whole('amount')} AS amount, {stamp} WHERE isfinite(amount)"),
    )
    for table, query in asked:
        made_of = f"CREATE OR REPLACE TEMP TABLE kept_part AS {query} ORDER BY customer_key"
        con.execute(made_of, [naive(moment.instant)]).fetchall()
        store.overwrite(table, con, "SELECT * FROM kept_part")


def _whole(name: str) -> str:
    """Money in whole minor units, NULL where it is not known."""
    return f"CASE WHEN isfinite({name}) THEN CAST(round({name}) AS BIGINT) END"


def _load(con: duckdb.DuckDBPyConnection, columns: dict[str, np.ndarray]) -> None:
    """Make the temp table `scored` of columns that stand in memory."""
    con.register("in_memory", columns)
    con.execute("CREATE OR REPLACE TEMP TABLE scored AS SELECT * FROM in_memory").fetchall()
    con.unregister("in_memory")
