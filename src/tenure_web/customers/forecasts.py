"""The day's forecasts of value, risk and the next order and health, from the store into the narrow table of lists."""

from django.db import connection, transaction

from tenure.value import CONTRACTS
from tenure.workspace import Workspace
from tenure_web.customers.models import State
from tenure_web.customers.shown import FORECASTS
from tenure_web.customers.staging import fill, is_different, table

__all__ = ["show"]

RANGE = 50_000
INCOMING = "incoming_forecasts"
COLUMNS = {
    "customer_key": "bigint",
    "value": "bigint",
    "risk": "double precision",
    "stake": "bigint",
    "next_order_on": "date",
    "health": "smallint",
    "risk_since": "date",
}
QUERY = f"""
-- one row per customer with a forecast: what it is worth in a year, how likely it is lost, what of the value that puts
-- at stake (of a contract: what the risk has taken from its value already; of orders beside contracts: their part of
-- the value, where risk is that of not buying), when it orders next, how healthy it is, and since when it has been at
-- this risk, where that is later than the first scores
SELECT customer_key, v.value, r.probability AS risk,
  CASE WHEN v.model = '{CONTRACTS}' OR $renewal THEN s.amount
    ELSE CAST(round((v.value - coalesce(c.value, 0)) * r.probability) AS BIGINT) END AS stake,
  n.next_day,
  CAST(floor(h.score) AS SMALLINT) AS health,
  CASE WHEN q.since > (SELECT min(day) FROM risk_history) AND r.probability IS NOT NULL THEN q.since END AS risk_since
FROM value AS v FULL OUTER JOIN risk AS r USING (customer_key) FULL OUTER JOIN next_orders AS n USING (customer_key)
FULL OUTER JOIN health AS h USING (customer_key) LEFT JOIN risk_scores AS q USING (customer_key)
LEFT JOIN stakes AS s USING (customer_key) LEFT JOIN renewals AS c USING (customer_key)
"""


def show(workspace: Workspace) -> int:
    """Write what differs, a range of keys at a time; returns how many rows changed."""
    con, kept = workspace.store.snapshot().connect(), workspace.risk.kept()
    renewal = kept is not None and kept.model.awaited == "renewal"
    con.execute(f"CREATE TEMP TABLE forecasts AS {QUERY}", {"renewal": renewal}).fetchall()
    last = con.execute("SELECT coalesce(max(customer_key), 0) FROM forecasts").fetchall()[0][0]
    changed = 0
    for start in range(0, last + 1, RANGE):
        rows = con.execute(
            "SELECT * FROM forecasts WHERE customer_key > ? AND customer_key <= ?", [start - 1, start + RANGE - 1]
        ).fetchall()
        if rows:
            with transaction.atomic():
                fill(INCOMING, COLUMNS, iter(rows))
                changed += _written()
    con.close()
    return changed


def _written() -> int:
    target = table(State)
    differs = " OR ".join(f'{target}."{name}" {is_different()} n."{name}"' for name in FORECASTS)
    assigned = ", ".join(f'"{name}" = n."{name}"' for name in FORECASTS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {target} SET {assigned} FROM {INCOMING} AS n"
            f" WHERE n.customer_key = {target}.customer_key AND ({differs})"
        )
        return int(cursor.rowcount)
