"""The ring's live half: inbox → store → the touched customers' stages → what the web shows."""

import time
from dataclasses import asdict
from datetime import datetime, timedelta

from tenure.pipeline import Timing
from tenure.workspace import Workspace
from tenure_web.customers import beside, profiles, sync
from tenure_web.worker.jobs import Progress, handler
from tenure_web.worker.loop import register
from tenure_web.worker.models import Job
from tenure_web.worker.workspace import current

HISTORY_EVERY = timedelta(minutes=10)
HISTORY_SHARE = 10  # at most one part in so many of the time goes into it: of a million customers it takes two minutes


#: Up to which event the web shows what happened, as far as this process knows; None at the start and after a failure.
#: Another number means that events were stored that the web does not show, by a worker that died or lost its lease.
_shown: int | None = None
#: More people were touched than are done one by one: everybody is due, and until then events are only stored.
_owed = False


def begin_anew() -> None:
    """Forget what was known: another process may have written since."""
    global _shown, _owed
    _shown, _owed = None, False


def load(now: datetime) -> int:
    """Load waiting events and bring the customers they touch up to date, also those that a crash left behind."""
    global _shown, _owed
    workspace = current()
    if _owed:
        return workspace.collect.drain().accepted
    before, settled = workspace.store.last_ingest(), workspace.store.tables["refunds"].version()
    certain, known = _shown == before, _shown is not None
    _shown = None
    touched = set() if certain else sync.behind(workspace)
    if not known:
        sync.look_ahead(workspace, workspace.clock.as_of())
        workspace.get_ready()
    result = workspace.collect.drain()
    corrected = result.superseded or settled != workspace.store.tables["refunds"].version()
    certain = certain and not (result.customers_changed or corrected)
    touched |= set(result.source_keys) | profiles.take(workspace) | sync.come_due(workspace.clock.now())
    ingest = workspace.store.last_ingest()
    if len(touched) > sync.FEW:
        _owed = True
        return len(touched)
    if touched:
        sync.touch(workspace, touched, workspace.clock.now(), after=before if certain else None)
        sync.reached(ingest)
    _shown = ingest
    return len(touched)


def everyone(now: datetime) -> int:
    """Bring everybody up to date when the day, a definition or an import changed, or very many were touched.

    Time alone moves people too. After an import of few, or new words on consent, only these are brought up to date.
    """
    global _owed
    workspace = current()
    if minds := beside.changed_minds(workspace, sync.FEW):
        sync.touch(workspace, minds, workspace.clock.now())
    owed, cause = _owed, sync.why_stale(workspace)
    if owed:
        cause = cause or "event"
    if not cause:
        return 0
    ingest, people = workspace.store.last_ingest(), _all_profiles(workspace)
    if cause != "import" or owed or not _few_imported(workspace, people):
        all_people = bool(people) or cause in ("import", "event")
        sync.everyone(workspace, workspace.clock.now(), cause, people=all_people)
    if owed:
        sync.reached(ingest)
        _owed = False
    return 0


def _few_imported(workspace: Workspace, people: set[int]) -> bool:
    """Bring those up to date whom imports have touched, if they are few; returns whether they were."""
    name = beside.base(workspace)
    touched = beside.newly_imported(workspace, sync.FEW)
    if touched is None or len(touched | people) > sync.FEW or sync.why_stale(workspace) != "import":
        return False
    sync.touch(workspace, touched | people, workspace.clock.now(), "import")
    beside.moved_on(name)
    return True


def run(job: Job, progress: Progress) -> dict[str, object]:
    """The job behind `tenure run` and the button: load what waits, then bring everybody up to now."""
    with sync.recording():
        return _run(current(), progress)


def _run(workspace: Workspace, progress: Progress) -> dict[str, object]:
    progress(0.05, "inbox")
    with workspace.store.guard:
        workspace.collect.drain_all()
    ingest = workspace.store.last_ingest()
    result = workspace.run(progress=lambda share, step: progress(0.1 + 0.3 * share, step))
    progress(0.4, "profiles")
    _all_profiles(workspace)
    start = time.perf_counter()
    changed = sync.everyone(
        workspace,
        workspace.clock.now(),
        "time",
        result.standing,
        lambda share: progress(0.5 + 0.5 * share, "customers"),
    )
    sync.reached(ingest)
    steps = [*result.timings, Timing("customers", time.perf_counter() - start)]
    return {
        "customers": result.customers,
        "as_of": result.as_of.text,
        "changed": changed,
        "steps": [{"step": each.step, "seconds": round(each.seconds, 3)} for each in steps],
        "odd": [asdict(each) for each in result.odd],
    }


def _all_profiles(workspace: Workspace) -> set[int]:
    """Take what people said of themselves out of the queue; returns whose words these were (source keys)."""
    found: set[int] = set()
    while taken := profiles.take(workspace):
        found |= taken
    return found


def tidy(now: datetime) -> int:
    """Keep the store's files few and the history of stays fresh."""
    workspace = current()
    workspace.store.compact_if_needed()
    if _history_is_old(workspace, now):
        begun, known = time.perf_counter(), _history_of(workspace)
        workspace.keep_history(gently=True)
        took = timedelta(seconds=time.perf_counter() - begun)
        global _history_at
        _history_at = (known, now + _rest(took))
    return 0


def _rest(took: timedelta) -> timedelta:
    """How long the history may then stay old: a small shop's first file is on the board within half a minute."""
    return max(HISTORY_SHARE * took, min(HISTORY_EVERY, 2 * HISTORY_SHARE * took))


#: What the history was made from, and from when on it may be made again.
_history_at: tuple[str, datetime] | None = None


def _history_is_old(workspace: Workspace, now: datetime) -> bool:
    if _history_at is None:
        return True
    return _history_at[0] != _history_of(workspace) and now > _history_at[1]


def _history_of(workspace: Workspace) -> str:
    return f"{workspace.store.event_version()}.{sync.defined(workspace)}.{sync.seen(workspace)}"


def start() -> None:
    """Register the ring's parts."""
    handler("run")(run)
    register("load", load, every=0.1)
    register("everyone", everyone, every=5)
    register("tidy", tidy, every=30)
