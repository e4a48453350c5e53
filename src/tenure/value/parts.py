"""What a company is paid by: orders, contracts, or both; where both, each payment belongs to one of them.

Systems that bill subscriptions often tell one payment twice, as a renewal and as an order. An order of the same
customer and amount, no more than a day from a payment for a contract, is that payment: it belongs to the contract, and
the models of purchases do not see it, nor a refund that names it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files

import duckdb
import numpy as np
from numpy.typing import NDArray

from tenure.clock import AsOf, naive
from tenure.value.histories import Floats
from tenure.value.renewals import Renewals
from tenure.value.running import Held, contracts, held

__all__ = ["Columns", "Parts", "parts", "together", "without_contracts"]

SUSPICIOUS = 0.2  # of the payments for contracts; so many orders do not lie beside them by chance

Columns = Mapping[str, "NDArray[np.int64] | Floats | None"]


@dataclass(frozen=True)
class Parts:
    """`orders` sees the orders that are no payments for contracts; `held` are all contracts, None without any.

    `shared` says how many orders were left to contracts, `near` how many more lie as close to a payment for one, but
    are of another amount.
    """

    orders: duckdb.DuckDBPyConnection
    held: Held | None
    shared: int = 0
    near: int = 0

    def notes(self) -> tuple[str, ...]:
        """What was done about orders that are payments for contracts, in sentences."""
        told = []
        if self.shared == 1:
            told.append(
                "1 order is a payment for a contract (same customer, amount and day, or a day off): it counts once, as"
                " a renewal."
            )
        elif self.shared:
            told.append(
                f"{self.shared:,} orders are payments for contracts (same customer, amount and day, or a day off): they"
                " count once, as renewals."
            )
        if self.near == 1:
            told.append(
                "1 order lies within a day of a payment for a contract, but has another amount: it counts beside it."
                " Where they are the same payment, leave the amount out of one of the two."
            )
        elif self.near:
            told.append(
                f"{self.near:,} orders lie within a day of a payment for a contract, but have another amount: they"
                " count beside it. Where they are the same payment, leave the amount out of one of the two."
            )
        return tuple(told)


def parts(con: duckdb.DuckDBPyConnection, connect: Callable[[], duckdb.DuckDBPyConnection], as_of: AsOf) -> Parts:
    """The parts as of an instant. `connect` gives a further connection with the same `events` as `con`."""
    if not con.execute(_sql("any_contract"), {"before": naive(as_of.instant)}).fetchall():
        return Parts(con, None)
    known = contracts(con, as_of)
    orders = connect()
    shared, near = without_contracts(orders)
    return Parts(orders, held(con, as_of, known), shared, near)


def without_contracts(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Take the orders that are payments for contracts out of the view `events`, which must be of this connection alone.

    Returns how many those are, and how many others lie as close to such a payment: 0 where that may well be chance.
    """
    con.execute(_sql("contract_payments")).fetchall()
    shared, near, payments = con.execute(_sql("shared_payments")).fetchall()[0]
    if shared:
        con.execute(_sql("contract_orders")).fetchall()
        con.execute("ALTER VIEW events RENAME TO told_events").fetchall()
        con.execute(_sql("own_orders")).fetchall()
    return shared, near if near >= SUSPICIOUS * payments else 0


def _sql(name: str) -> str:
    return files("tenure.value").joinpath(f"{name}.sql").read_text("utf-8")


def together(orders: Columns, found: Renewals) -> Columns:
    """What orders and contracts bring, one row a customer of either: all of it added up, whoever is in one still here.

    The interval is that of both at their ends together, so that it is rather too wide. Money that is unknown of one is
    that of the other.
    """
    contracts: Columns = {name: getattr(found, name) for name in orders}
    mine, theirs = np.asarray(orders["customer_key"]), found.customer_key
    keys = np.union1d(mine, theirs)
    made: dict[str, NDArray[np.int64] | Floats | None] = {"customer_key": keys}
    for name in orders:
        if name != "customer_key":
            one, other = (_laid(keys, key, side[name]) for key, side in ((mine, orders), (theirs, contracts)))
            made[name] = _either(one, other, np.maximum if name == "alive" else np.add)
    return made


def _laid(keys: NDArray[np.int64], mine: NDArray[np.int64], values: NDArray[np.int64] | Floats | None) -> Floats:
    found = np.full(len(keys), np.nan)
    if values is not None:
        found[np.searchsorted(keys, mine)] = values
    return found


def _either(one: Floats, other: Floats, join: Callable[[Floats, Floats], Floats]) -> Floats:
    """Both joined, or the one that is known."""
    known = np.isnan(one), np.isnan(other)
    return np.where(known[0], other, np.where(known[1], one, join(one, other)))
