"""From what the library computed to what the web reads: only differences are written.

A move seen while the system runs is recorded once (`ObservedMove`); journeys act on it. History is derived elsewhere.
"""

import threading
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from django.db import transaction

from tenure.clock import AsOf, naive
from tenure.pipeline import Standing
from tenure.workspace import Few, Workspace
from tenure_web.customers import began, beside, membership, named, shown
from tenure_web.customers.everybody import Sweep
from tenure_web.customers.models import Customer, Feature, Membership, Note, Place, State, SyncMark
from tenure_web.customers.writing import Writing
from tenure_web.worker import lease

CHUNK = 5000
FEW = 2000

#: One writer of projections at a time; while everybody is done anew, who was touched meanwhile is newer and left alone.
_writing = Writing()
_newer: set[int] | None = None
#: Customers with events dated later than now: they are touched again when their time has come.
_ahead: dict[int, datetime] = {}


def touch(
    workspace: Workspace, source_keys: Iterable[int], now: datetime, cause: str = "event", after: int | None = None
) -> int:
    """Bring the customers behind some source keys up to date; returns how many rows changed.

    `after` promises that all that is new about them are events with higher ingest ids: nobody was merged, no event
    was taken back. Then most of them need no history. Who is of one company with somebody who said something about it
    is brought up to date too.
    """
    keys = set(source_keys)
    concerned = _concerned(workspace, keys, after or 0)
    if len(keys | concerned) > FEW:
        return everyone(workspace, now, cause)
    changed = _touch(workspace, keys - concerned, now, cause, after)
    return changed + _touch(workspace, concerned, now, cause, None)


def _concerned(workspace: Workspace, keys: set[int], after: int) -> set[int]:
    """Source keys of everybody whose company somebody spoke of, where features are taken from companies."""
    if any(feature.kind == "company" for feature in workspace.definitions.features.values()):
        with _writing.at_once():  # what is held is for one thread at a time
            return workspace.held.colleagues(keys, after)
    return set()


def _touch(workspace: Workspace, keys: set[int], now: datetime, cause: str, after: int | None) -> int:
    if not keys:
        return 0
    with _writing.at_once():
        members, external = workspace.collect.members_of(keys)
        gone = keys - set(members.values())
        few = workspace.few(members, workspace.clock.as_of(now))
        sources: dict[int, list[int]] = defaultdict(list)
        for source, customer in members.items():
            sources[customer].append(source)
        since = began.since(workspace, few, after, defined(workspace))
        found = shown.Found(few.rows, since, sources, external, few.as_of.instant, cause)
        with transaction.atomic():
            changed = shown.write(workspace, found) + membership.few(workspace, found)
            lease.fence()
        _look_ahead(few, sources)
        if shown_still := _shown(gone):
            changed += forget(shown_still, members)
        if _newer is not None:
            _newer.update({*sources, *gone})
        return _mark(changed)


def _shown(keys: set[int]) -> set[int]:
    """Those who are shown as customers: an identifier that always belonged to somebody else never was."""
    if not keys:
        return keys
    rows = (model.objects.filter(customer_key__in=keys) for model in (State, Customer))
    return {key for found in rows for key in found.values_list("customer_key", flat=True)}


def _look_ahead(few: Few, customers: Iterable[int]) -> None:
    for key in customers:
        _ahead.pop(key, None)
    later = few.con.execute(
        "SELECT customer_key, min(ts) FROM events"
        f" WHERE ts >= TIMESTAMP '{naive(few.as_of.instant)}' GROUP BY customer_key"
    ).fetchall()
    _ahead.update({key: at.replace(tzinfo=UTC) for key, at in later})


def look_ahead(workspace: Workspace, moment: AsOf) -> None:
    """Learn of everybody with events dated later than now: at the start, and whenever all are brought up to date."""
    con = workspace.store.snapshot().connect()
    ahead = f"ts >= TIMESTAMP '{naive(moment.instant)}'"
    later = con.execute(f"SELECT customer_key, min(ts) FROM events WHERE {ahead} GROUP BY customer_key").fetchall()
    con.close()
    _ahead.update({key: at.replace(tzinfo=UTC) for key, at in later})


def come_due(now: datetime) -> set[int]:
    """Customers of whom an event was dated ahead that is no longer in the future."""
    return {key for key, at in _ahead.items() if at < now} if _ahead else set()


def everyone(
    workspace: Workspace,
    now: datetime,
    cause: str = "time",
    standing: Standing | None = None,
    progress: Callable[[float], None] = lambda share: None,
    people: bool = True,
) -> int:
    """Bring every customer up to date, range by range, and drop customers that no longer exist.

    A `standing` given is that of a run: its connection holds the table `stays` already. Without `people`, nobody's
    personal data has changed since, and only those of whom nothing is shown yet get their row.
    """
    with recording():
        return _everyone_anew(workspace, now, cause, standing, progress, people)


_everyone = threading.RLock()


@contextmanager
def recording() -> Iterator[None]:
    """From here on, who is touched counts as newer than what is computed for everybody. Begin before computing."""
    global _newer
    with _everyone:
        outer = _newer
        with _writing.at_once():
            _newer = set() if outer is None else outer
        try:
            yield
        finally:
            _newer = outer


def _everyone_anew(
    workspace: Workspace,
    now: datetime,
    cause: str,
    standing: Standing | None,
    progress: Callable[[float], None],
    people: bool,
) -> int:
    mark, base = seen(workspace), beside.base(workspace)
    moment = standing.as_of if standing else workspace.clock.as_of(now)
    with_history = standing is not None or not _only_a_day_passed(workspace, moment, cause)
    if standing is None:
        standing = workspace.standing_now(moment, gently=True)  # events go on being shown meanwhile
        if with_history:
            workspace.add_stays(standing)
    sweep = Sweep(standing, cause, with_history, moment.day, _writing, lambda: _newer or set())
    changed = sweep.run(progress)
    changed += named.name(workspace, standing, cause, people, _writing, lambda: _newer or set())
    for start in range(0, len(sweep.strangers), FEW):
        changed += touch(workspace, sweep.strangers[start : start + FEW], now, cause)
    with _writing.at_once(), transaction.atomic():
        stale = set(sweep.gone) - (_newer or set())
        if stale:
            changed += forget(stale, {})
        SyncMark.objects.update_or_create(
            pk=1,
            defaults={
                "snapshot": mark,
                "base": base,
                "definitions": defined(workspace),
                "day": moment.day,
                "at": datetime.now(UTC),
            },
        )
        lease.fence()
        changed = _mark(changed or 1)
    look_ahead(workspace, moment)
    return changed


def _only_a_day_passed(workspace: Workspace, moment: AsOf, cause: str) -> bool:
    """Whether all was up to date yesterday or today, so that who moves by time or today's scores does so today."""
    mark = SyncMark.objects.filter(pk=1).first()
    return (
        cause in ("time", "score", "first")
        and mark is not None
        and mark.day is not None
        and mark.day >= moment.day - timedelta(days=1)
        and mark.day <= moment.day
        and (mark.snapshot.split("/")[0], mark.definitions) == (seen(workspace).split("/")[0], defined(workspace))
        and (mark.snapshot == seen(workspace) or not _scored_for_the_past(workspace, mark, moment))
    )


def _scored_for_the_past(workspace: Workspace, mark: SyncMark, moment: AsOf) -> bool:
    """Whether scores kept since the mark (or shortly before it) are of a day before today."""
    since = naive((mark.at or moment.instant) - timedelta(hours=1))
    con = workspace.store.snapshot().connect()
    query = "SELECT 1 FROM {}_history WHERE made_at > ? AND day < ? LIMIT 1"
    sources = sorted(workspace.definitions.scores_read)
    return any(con.execute(query.format(source), [since, moment.day]).fetchall() for source in sources)


def behind(workspace: Workspace) -> set[int]:
    """Source keys whose events are stored but perhaps not on the web: the worker died or failed in between.

    Imports are not asked for: whoever sees one brings everybody up to date.
    """
    mark = SyncMark.objects.filter(pk=1).first()
    if mark is None or mark.ingest >= workspace.store.last_ingest():
        return set()
    con = workspace.store.snapshot().connect()
    found = con.execute(
        "SELECT DISTINCT source_key FROM raw_events WHERE ingest_id > ? AND import_id IS NULL", [mark.ingest]
    ).fetchall()
    linked = {row[0] for row in con.execute("SELECT source_key FROM identity").fetchall()}
    con.close()
    shown = set(State.objects.values_list("customer_key", flat=True)) if linked else set()
    return {row[0] for row in found} | (linked & shown)


def reached(ingest: int) -> None:
    """Remember up to which event the web shows what happened."""
    with transaction.atomic():
        SyncMark.objects.update_or_create(pk=1, defaults={"ingest": ingest})
        lease.fence()


def forget(keys: set[int], canonical: Mapping[int, int]) -> int:
    """Drop the projections of customers that were merged into others or no longer exist; promises follow the person."""
    from tenure_web.journeys.people import follow  # the journeys app stands after this one, as does risk
    from tenure_web.risk.models import Departure, Pulse

    listed = sorted(keys)
    dropped = 0
    with transaction.atomic():
        for start in range(0, len(listed), CHUNK):
            part = listed[start : start + CHUNK]
            for model in (Place, Feature, Membership, State, Customer):
                dropped += model.objects.filter(customer_key__in=part).delete()[0]
        for key in listed:
            if canonical.get(key, key) != key:
                for said in (Note, Pulse, Departure):
                    said.objects.filter(customer_key=key).update(customer_key=canonical[key])
                follow(key, canonical[key])
        lease.fence()
    return dropped


def _mark(changed: int) -> int:
    if changed:
        mark, _ = SyncMark.objects.get_or_create(pk=1)
        SyncMark.objects.filter(pk=1).update(version=mark.version + 1)
    return changed


def version() -> int:
    """Rises with every change of what the web shows about customers."""
    return SyncMark.objects.filter(pk=1).values_list("version", flat=True).first() or 0


def seen(workspace: Workspace) -> str:
    """What everyone's state was made from besides events taken one by one: imports, and the scores that rules read.

    "imports/source:scoring/…"; a source never scored has no number.
    """
    said = [f"{source}:{_scoring(workspace, source)}" for source in sorted(workspace.definitions.scores_read)]
    return "/".join([str(workspace.store.tables["imports"].version()), *said])


def _scoring(workspace: Workspace, source: str) -> str:
    """The number of the last scoring that changed anything."""
    number = workspace.store.tables[f"{source}_scores"].position("kept")
    return "" if number is None else str(number)


def defined(workspace: Workspace) -> str:
    """What decides the stages besides facts: the definitions, and the settings that days and money follow."""
    settings = workspace.settings
    return f"{workspace.definitions.hash}.{zlib.crc32(f'{settings.zone}|{settings.currency}'.encode()):08x}"


def why_stale(workspace: Workspace) -> str:
    """Why everyone must be brought up to date: import, definition, score, first, time, or "" when they are.

    "first" is a score that was made for the first time: then nothing happened to the customers themselves.
    """
    mark, now = SyncMark.objects.filter(pk=1).first(), seen(workspace)
    if mark is None or mark.snapshot.split("/")[0] != now.split("/")[0]:
        return "import"
    if mark.definitions != defined(workspace):
        return "definition"
    if mark.snapshot != now:
        fresh = set(now.split("/")[1:]) - set(mark.snapshot.split("/")[1:])
        before = dict(each.split(":") for each in mark.snapshot.split("/")[1:])
        return "score" if all(before.get(each.split(":")[0]) for each in fresh) else "first"
    return "time" if mark.day != workspace.clock.as_of().day else ""
