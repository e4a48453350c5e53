"""The customers behind a band of the board."""

from dataclasses import dataclass
from datetime import date

from tenure import reports
from tenure.workspace import Workspace
from tenure_web.customers.models import Customer
from tenure_web.stages.choice import Choice


@dataclass(frozen=True)
class Mover:
    """A customer, the day of the move, and the days in the stage before."""

    customer: Customer
    day: date
    days: int | None


@dataclass(frozen=True)
class Movers:
    """One page of rows, and how many there are in all."""

    rows: tuple[Mover, ...]
    total: int


def movers(workspace: Workspace, choice: Choice, start: str | None, end: str, limit: int, offset: int) -> Movers:
    """Who moved from `start` (None: came new) to `end` in the period, the latest first: `limit` after `offset`."""
    con = workspace.store.snapshot().connect()
    try:
        found = reports.movers(con, choice.lifecycle.key, start, end, choice.start, choice.day, limit, offset)
    finally:
        con.close()
    people = Customer.objects.in_bulk([row.customer_key for row in found.rows])
    rows = (
        Mover(people.get(row.customer_key) or Customer(customer_key=row.customer_key), row.day, row.days)
        for row in found.rows
    )
    return Movers(tuple(rows), found.total)
