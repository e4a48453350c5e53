"""The ring's live half: inbox → store → the touched customers' stages → what the web shows."""

import logging
from datetime import datetime, timedelta

from tenure_web.customers import profiles, sync
from tenure_web.worker.loop import register
from tenure_web.worker.workspace import current

log = logging.getLogger("tenure.ring")

HISTORY_EVERY = timedelta(minutes=10)


def load(now: datetime) -> int:
    """Load waiting events and bring the customers they touch up to date."""
    workspace = current()
    result = workspace.collect.drain()
    named = profiles.take(workspace)
    touched = set(result.source_keys) | named
    if touched:
        sync.touch(workspace, touched, workspace.clock.now())
    return len(touched)


def everyone(now: datetime) -> int:
    """Bring everybody up to date when the day or a definition changed: time alone moves people too."""
    workspace = current()
    if not sync.is_stale(workspace):
        return 0
    mark = sync.SyncMark.objects.filter(pk=1).first()
    same_definitions = mark is not None and mark.definitions == workspace.definitions.hash
    sync.everyone(workspace, workspace.clock.now(), "time" if same_definitions else "definition")
    return 0


def tidy(now: datetime) -> int:
    """Keep the store's files few and the history of stays fresh."""
    workspace = current()
    with workspace.store.guard:
        workspace.store.compact_if_needed()
    if _history_is_old(workspace, now):
        workspace.keep_history()
        global _history_at
        _history_at = (workspace.store.event_version(), now)
    return 0


_history_at: tuple[str, datetime] | None = None


def _history_is_old(workspace, now: datetime) -> bool:
    if _history_at is None:
        return True
    return _history_at[0] != workspace.store.event_version() and now - _history_at[1] > HISTORY_EVERY


def start() -> None:
    """Register the ring's parts."""
    register("load", load, every=0.1)
    register("everyone", everyone, every=5)
    register("tidy", tidy, every=30)
