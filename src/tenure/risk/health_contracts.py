"""Contracts as the health score knows them: a small table beside the features, of whoever ever held one."""

from __future__ import annotations

import duckdb
import numpy as np

from tenure.clock import AsOf, naive
from tenure.value import contracts, held

__all__ = ["know_contracts"]

_ANY = (
    "SELECT count(*) FROM events WHERE kind = 'track' AND ts < CAST(? AS TIMESTAMP)"
    " AND name IN ('Subscription Started', 'Subscription Renewed')"
)


def know_contracts(con: duckdb.DuckDBPyConnection, moment: AsOf) -> None:
    """Make the temp table `known_contracts`: customer_key and the measures of `CONTRACT_MEASURES`.

    Grain: one row a customer who ever held a contract; empty where nobody has, which costs one look at the names.
    """
    any_told = con.execute(_ANY, [naive(moment.instant)]).fetchall()[0][0]
    found = held(con, moment, contracts(con, moment)) if any_told else None
    columns = {
        "customer_key": np.zeros(0, np.int64) if found is None else found.customer_key,
        "contract_runs": np.zeros(0) if found is None else found.runs.astype(float),
        "contract_renewals": np.zeros(0) if found is None else found.periods - 1.0,
        "contract_lateness": np.zeros(0) if found is None else found.since / found.period,
    }
    con.register("contracts_told", columns)
    con.execute("CREATE OR REPLACE TEMP TABLE known_contracts AS SELECT * FROM contracts_told").fetchall()
    con.unregister("contracts_told")
