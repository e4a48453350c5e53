"""Since when a few customers are where they are: from what is shown where that is sure, else from history."""

from collections.abc import Iterator
from datetime import date

from tenure.clock import naive
from tenure.stages import column, compute_history, since_column
from tenure.workspace import Few, Workspace
from tenure_web.customers.labels import label_key
from tenure_web.customers.models import Place, SyncMark

__all__ = ["since"]


def since(workspace: Workspace, few: Few, after: int | None, defined: str) -> dict[tuple[int, str], date]:
    """The day each present stay began: told from what is shown where that is sure, computed from history for the rest.

    A stay begins on its event's day. So who only has new events of today, and was up to date before them, either
    stays where it was or moved today, unless it moved today already: back again within a day is no move.
    """
    found = _looked_back(workspace, few) | _told(workspace, few, after, defined)
    known = list(workspace.definitions.lifecycles)
    asked = [(row["customer_key"], key) for row in few.rows for key in known]
    unsure = [each for each in asked if each not in found]
    if unsure:
        lifecycles = list(dict.fromkeys(key for _, key in unsure))
        customers = {customer for customer, _ in unsure}
        compute_history(few.con, workspace.definitions, few.as_of, lifecycles=lifecycles, customers=customers)
        stays = few.con.execute('SELECT customer_key, lifecycle, entered FROM stays WHERE "left" IS NULL').fetchall()
        found |= {(key, lifecycle): entered for key, lifecycle, entered in stays}
    return found


def _looked_back(workspace: Workspace, few: Few) -> dict[tuple[int, str], date]:
    """Since when, where the way to the stage was walked to find the stage."""
    looking = [key for key, lifecycle in workspace.definitions.lifecycles.items() if lifecycle.looks_back]
    return {(row["customer_key"], key): row[since_column(key).strip('"')] for row in few.rows for key in looking}


def _told(workspace: Workspace, few: Few, after: int | None, defined: str) -> dict[tuple[int, str], date]:
    """Since when, where history need not be asked."""
    mark, today = SyncMark.objects.filter(pk=1).first(), few.as_of.day
    if after is None or mark is None or mark.day != today or mark.definitions != defined:
        return {}
    held = {key: (stage, since) for key, stage, since in _held(few)}
    found: dict[tuple[int, str], date] = {}
    days = _days(few, after)
    simple = [key for key, each in workspace.definitions.lifecycles.items() if not each.looks_back]
    for row in few.rows:
        key = row["customer_key"]
        first, fresh = days[key]
        for lifecycle in simple if fresh is None or fresh >= today else ():
            day = _began(held.get((key, lifecycle)), row[column(lifecycle).strip('"')], first, today)
            if day is not None:
                found[key, lifecycle] = day
    return found


def _held(few: Few) -> Iterator[tuple[tuple[int, str], str, date]]:
    """((customer, lifecycle), stage, since) as shown now, in the words of the definitions."""
    keys = [row["customer_key"] for row in few.rows]
    for place in Place.objects.filter(customer_key__in=keys):
        lifecycle, _, stage = label_key(place.stage).partition("/")
        yield (place.customer_key, lifecycle), stage, place.since


def _began(held: tuple[str, date] | None, stage: str, first: date, today: date) -> date | None:
    """Since when, or None where only history can tell."""
    if held is None:
        return today if first == today else None
    if held[0] == stage:
        return held[1]
    return today if held[1] < today else None


def _days(few: Few, after: int) -> dict[int, tuple[date, date | None]]:
    """{customer: (day of the first event, day of the first one that is new)}."""
    found = few.con.execute(
        f"SELECT customer_key, min(day), min(day) FILTER (WHERE ingest_id > {after}) FROM events"
        f" WHERE ts < TIMESTAMP '{naive(few.as_of.instant)}' GROUP BY customer_key"
    ).fetchall()
    return {key: (first, fresh) for key, first, fresh in found}
