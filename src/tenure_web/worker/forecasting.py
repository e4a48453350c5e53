"""The worker's part of showing forecasts: when one was made anew, lists and pages learn of it."""

from datetime import datetime

from tenure_web.customers import forecasts
from tenure_web.worker.loop import register
from tenure_web.worker.workspace import current

_shown: tuple[int, ...] | None = None


def show(now: datetime) -> int:
    """Write the forecasts into the lists' table unless these versions of them stand there already."""
    global _shown
    tables = current().store.tables
    versions = tuple(tables[name].version() for name in ("value", "risk", "next_orders"))
    if versions in (_shown, (-1, -1, -1)):
        return 0
    changed = forecasts.show(current())
    _shown = versions
    return changed


def start() -> None:
    """Register it."""
    register("forecasts", show, every=20)
