"""The worker's part of showing forecasts and health: when one was made anew, lists and pages learn of it."""

from datetime import datetime

from tenure_web.customers import forecasts
from tenure_web.customers.models import SyncMark
from tenure_web.worker.loop import register
from tenure_web.worker.workspace import current

_shown: tuple[tuple[int, ...], datetime | None] | None = None


def show(now: datetime) -> int:
    """Write the forecasts into the lists' table unless these versions of them stand there already.

    Again when everybody was brought up to date since: of a first import, forecasts may be there before the customers.
    """
    global _shown
    tables = current().store.tables
    versions = tuple(tables[name].version() for name in ("value", "risk", "next_orders", "health"))
    known = (versions, SyncMark.objects.filter(pk=1).values_list("at", flat=True).first())
    if known == _shown or set(versions) == {-1}:
        return 0
    changed = forecasts.show(current())
    _shown = known
    return changed


def start() -> None:
    """Register it."""
    register("forecasts", show, every=20)
