"""A workspace: one company's folder of settings, definitions, facts and promises, with the rooms as attributes."""

from __future__ import annotations

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from tenure import definitions, pipeline
from tenure.clock import AsOf, Clock, naive
from tenure.definitions import Definitions, Lifecycle
from tenure.errors import NotFound, UsageError
from tenure.features import Odd, feature_row, odd_values
from tenure.pipeline import Progress, Standing
from tenure.segments import (
    Cuts,
    Learned,
    Outside,
    ProfileFigures,
    compute_membership_history,
    compute_segment_history,
    fixed_lists,
    learn,
    learn_cuts,
    member_column,
    needs_consent,
    profile_figures,
)
from tenure.settings import FILE, Settings
from tenure.stages import (
    Ahead,
    LateEvent,
    LifecycleReason,
    Move,
    Past,
    Stay,
    ahead,
    column,
    compute_history,
    explain,
    late_events,
    moves_between,
    past,
)
from tenure.store import Connection, Held, Snapshot, Store, known_sql
from tenure.table import Table

if TYPE_CHECKING:
    from tenure.collect import Collect
    from tenure.needs import Needs
    from tenure.risk import Health, Risk
    from tenure.value import Value

__all__ = ["Explanation", "Few", "RunResult", "Workspace", "init", "open_workspace"]

Moment = str | date | datetime | AsOf | None

RESTATEMENTS = "store/restatements"
FOLDERS = ("store", "definitions/features", "definitions/lifecycles", "definitions/segments", "tmp")


def init(folder: str | Path, **choices: Any) -> Workspace:
    """Make a workspace in `folder` and open it. Refuses a folder that already is one.

    With a `template` the files of that trade are copied, and the board opens with its lifecycle unless one is chosen.
    """
    path = Path(folder).resolve()
    if (path / FILE).exists():
        raise UsageError(f"{path} already is a Tenure workspace.")
    settings = Settings(**choices)
    for name in FOLDERS:
        (path / name).mkdir(parents=True, exist_ok=True)
    if "template" in choices:
        trade = definitions.lay_out(settings.template, path / "definitions")
        settings = settings.changed(lifecycle=choices.get("lifecycle", trade.lifecycle))
    secret = path / "secret"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_hex(32))
    settings.save(path)
    return Workspace(path)


def open_workspace(folder: str | Path = ".") -> Workspace:
    """Open the workspace in `folder`. Raises UsageError when there is none."""
    return Workspace(Path(folder).resolve())


@dataclass(frozen=True)
class Explanation:
    """Why one customer is where it is: features, reasons and stays in every lifecycle, value segment."""

    customer_key: int
    customer: str
    as_of: AsOf
    features: Mapping[str, Any]
    lifecycles: tuple[LifecycleReason, ...]
    stays: tuple[Stay, ...]
    segment: str
    scores: tuple[int | None, int | None, int | None]
    ahead: tuple[Ahead, ...] = ()
    late: tuple[LateEvent, ...] = ()
    past: tuple[Past, ...] = ()
    scored: Mapping[str, date | None] = field(default_factory=dict)  # by source that rules read; None: no score then

    def since(self, lifecycle: str) -> date | None:
        """The day the present stay in a lifecycle began."""
        return next((stay.entered for stay in self.stays if stay.lifecycle == lifecycle and stay.left is None), None)


@dataclass(frozen=True)
class RunResult:
    """What a run did. Its standing's connection holds `stays` too, unless it was a restatement.

    `odd` names the features that are unknown for some customers because of a value that cannot be worked with.
    """

    as_of: AsOf
    customers: int
    timings: tuple[pipeline.Timing, ...]
    standing: Standing
    odd: tuple[Odd, ...] = ()


@dataclass(frozen=True)
class Few:
    """A few customers as of an instant: rows like those of `standing`. `con` has their `events` until the next few."""

    con: duckdb.DuckDBPyConnection
    as_of: AsOf
    rows: Sequence[Mapping[str, Any]]


class Workspace:
    """One company's workspace. Rooms are opened when first used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._settings = Settings.load(folder)
        self._stamp = self._settings_stamp()
        self._definitions: tuple[object, definitions.Definitions] | None = None
        self._learned: dict[object, Learned] = {}
        self._lists: tuple[object, Mapping[str, frozenset[int]]] | None = None
        #: Who agreed to be written to, {channel: customers}, among the customers asked for (None: all). Only the
        #: application knows; None where there is none.
        self.outside: Callable[[Collection[int] | None], Outside] | None = None

    def _settings_stamp(self) -> int:
        return (self.folder / FILE).stat().st_mtime_ns

    @property
    def settings(self) -> Settings:
        """The choices in tenure.yml, read anew when the file changed."""
        stamp = self._settings_stamp()
        if stamp != self._stamp:
            self._settings, self._stamp = Settings.load(self.folder), stamp
        return self._settings

    def save_settings(self, settings: Settings) -> None:
        """Write the choices and use them from now on."""
        settings.save(self.folder)
        self._settings, self._stamp = settings, self._settings_stamp()

    @property
    def clock(self) -> Clock:
        """The workspace's clock: real, or fixed for historical data."""
        return Clock(self.settings.zone, self.settings.clock or None)

    @cached_property
    def secret(self) -> bytes:
        """The key that personal identifiers are hashed with and links are signed with."""
        path = self.folder / "secret"
        if not path.is_file():
            raise UsageError(f"{path} is missing. Restore it from a backup: without it no e-mail can be recognised.")
        return bytes.fromhex(path.read_text().strip())

    @contextmanager
    def writing(self, wait: bool = False, shared: bool = False) -> Iterator[None]:
        """Hold the one-writer lock. Raises UsageError at once when another process holds it, unless `wait`.

        Workers that settle among themselves which of them writes hold it `shared`, against everybody else.
        """
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            os.close(handle)
            raise UsageError(
                "Another Tenure process is writing to this workspace (the server, or an import)."
            ) from error
        try:
            with self.store.storage.writing(wait):
                yield
        finally:
            os.close(handle)

    def is_being_written(self) -> bool:
        """Whether some process holds the writer lock now (a running server does)."""
        try:
            with self.writing():
                return False
        except UsageError:
            return True

    @cached_property
    def store(self) -> Store:
        """The facts."""
        return Store(self.folder / "store", self.settings)

    @cached_property
    def collect(self) -> Collect:
        """Taking in what customers do: files, HTTP bodies, the rooms' own happenings."""
        from tenure.collect import Collect

        return Collect(self.folder, lambda: self.settings, self.store, self.secret, self.clock)

    @cached_property
    def value(self) -> Value:
        """What customers will buy and be worth."""
        from tenure.value import Value

        return Value(
            self.store, lambda: self.settings, lambda: self.clock, lambda con, cut: self.risk.foretold(con, cut)
        )

    @cached_property
    def needs(self) -> Needs:
        """When customers order next, and what to offer."""
        from tenure.needs import Needs

        return Needs(self.store, lambda: self.clock, self.folder / "definitions")

    @cached_property
    def risk(self) -> Risk:
        """Who may stop buying."""
        from tenure.risk import Risk

        return Risk(self.store, lambda: self.settings, lambda: self.clock, lambda: self.definitions)

    @cached_property
    def health(self) -> Health:
        """How well customers are."""
        from tenure.risk import Health

        def standings(moment: AsOf) -> duckdb.DuckDBPyConnection:
            return pipeline.stand(self.store.snapshot(), self.definitions, self.clock, moment).con

        folder = self.folder / "definitions"
        return Health(self.store, lambda: self.clock, lambda: self.definitions, folder, standings)

    @property
    def definitions(self) -> definitions.Definitions:
        """Built-in and own features, lifecycles and segments, read anew when a file changed."""
        stamp = definitions.stamp(self.folder / "definitions")
        if self._definitions is None or self._definitions[0] != (stamp, self.settings.currency):
            loaded = definitions.load(self.folder / "definitions", currency=self.settings.currency)
            self._definitions = ((stamp, self.settings.currency), loaded)
        return self._definitions[1]

    def lifecycle(self, key: str | None = None) -> Lifecycle:
        """The lifecycle of this key, or the workspace's own. Raises NotFound with the known ones."""
        wanted = key or self.settings.lifecycle
        if wanted not in self.definitions.lifecycles:
            known = ", ".join(self.definitions.lifecycles)
            raise NotFound(f'There is no lifecycle "{wanted}". Known: {known}.')
        return self.definitions.lifecycles[wanted]

    def standing(self, as_of: Moment = None, progress: Progress | None = None, known_at: Moment = None) -> Standing:
        """Everyone's features, stages and segment as of an instant, from restatements kept earlier where possible.

        `known_at` leaves out what had not been received by then.
        """
        moment, snapshot = self.clock.as_of(as_of), self._snapshot(known_at)
        folder = self.folder / RESTATEMENTS
        lasting = (as_of is not None or self.clock.fixed is not None) and not self._asks_outside()
        found = pipeline.kept(snapshot, self.definitions, moment, folder) if lasting else None
        if found is None:
            asked = _given(progress=progress, outside=self._outside())
            found = pipeline.stand(snapshot, self.definitions, self.clock, moment, **asked)
            if lasting:
                pipeline.keep(found, folder)
        return found

    def _snapshot(self, known_at: Moment = None) -> Snapshot:
        """The present snapshot, or what of it had been received before an instant."""
        return self.store.snapshot().knowing(self.clock.as_of(known_at).instant if known_at is not None else None)

    def standing_now(self, moment: AsOf, progress: Progress | None = None, gently: bool = False) -> Standing:
        """Everyone's standing at a moment, computed anew and kept nowhere; `gently` as in `Store.snapshot`."""
        snapshot, cuts = self.store.snapshot(gently), self._month_cuts(moment)
        asked = _given(progress=progress, outside=self._outside())
        return pipeline.stand(snapshot, self.definitions, self.clock, moment, cuts=cuts, **asked)

    def standing_of(self, customers: Collection[int], moment: AsOf, known_at: Moment = None) -> Standing:
        """The standing of a few customers only, quick: only their part of the store is read."""
        snapshot = self._snapshot(known_at)
        con = self.connect_for(customers, snapshot)
        cuts = self._month_cuts(moment) if known_at is None else self._cuts_known(moment, snapshot)
        asked = _given(con=con, cuts=cuts, outside=self._outside(customers))
        return pipeline.stand(snapshot, self.definitions, self.clock, moment, **asked)

    def _asks_outside(self) -> bool:
        """Whether a segment reads what only the application knows: then no restatement is kept, for that may change."""
        return any(needs_consent(self.definitions, segment) for segment in self.definitions.segments.values())

    def _outside(self, customers: Collection[int] | None = None) -> Outside | None:
        return self.outside(customers) if self.outside is not None and self._asks_outside() else None

    @cached_property
    def held(self) -> Held:
        """Events of the customers touched lately. For the process that writes, one thread at a time."""
        return Held(self.store)

    def few(self, members: Mapping[int, int], moment: AsOf) -> Few:
        """What stands for a few customers, given as {source key: customer key}, and a connection to their events."""
        con = self.held.of(members)
        cuts, lists = self._month_cuts(moment), self._fixed_lists()
        return Few(
            con, moment, pipeline.few(con, self.definitions, moment, cuts, lists, self._outside(set(members.values())))
        )

    def get_ready(self) -> None:
        """Learn what the first `few` would wait for: the month's cut points take seconds in a large shop."""
        self._month_cuts(self.clock.as_of())

    def _fixed_lists(self) -> Mapping[str, frozenset[int]]:
        """Who is on the fixed lists of own segments, kept in memory until definitions or identities change."""
        if not any(segment.customers for segment in self.definitions.segments.values()):
            return {}
        tables = (self.store.tables[name].version() for name in ("identifiers", "id_map"))
        name = (self.definitions.hash, *tables)
        if self._lists is None or self._lists[0] != name:
            self._lists = (name, fixed_lists(self.store.snapshot().connect(), self.definitions))
        return self._lists[1]

    def run(self, as_of: Moment = None, progress: Progress | None = None) -> RunResult:
        """Bring the current state up to now, or make a restatement beside it as of an instant in the past.

        Without `as_of` the inbox is drained first, and the stays of everyone are computed and kept.
        """
        if as_of is None:
            self.collect.drain_all()
        start = time.perf_counter()
        standing = self.standing(as_of, progress)
        timings = standing.timings or [pipeline.Timing("kept restatement", time.perf_counter() - start)]
        if as_of is None:
            start = time.perf_counter()
            self.keep_history(standing)  # leaves `stays` in the standing's connection
            timings = [*timings, pipeline.Timing("history", time.perf_counter() - start)]
        return RunResult(standing.as_of, standing.customers, tuple(timings), standing, self.odd(standing))

    def odd(self, standing: Standing) -> tuple[Odd, ...]:
        """What is unknown for somebody in a standing because a value cannot be worked with, most customers first."""
        with self._computing(standing.con) as engine:
            return odd_values(standing.con, self.definitions, standing.as_of, "standing", engine)

    def add_stays(self, standing: Standing) -> None:
        """Leave everyone's `stays` in the standing's connection, up to its moment; kept nowhere."""
        snapshot = self.store.snapshot()
        with self._computing(standing.con, snapshot) as engine:
            self._follow(engine, standing.as_of, standing)
            snapshot.handed_over(engine, ("stays",), standing.con)

    def keep_history(self, standing: Standing | None = None, gently: bool = False) -> None:
        """Write everyone's stays and month-by-month segments up to now to the derived tables of the store."""
        snapshot, moment = self.store.snapshot(gently), standing.as_of if standing else self.clock.as_of()
        con = standing.con if standing else snapshot.connect()
        tables = {"stage_history": "stays", "segment_history": "segment_months", "membership_history": "memberships"}
        with self._computing(con, snapshot) as engine:
            self._follow(engine, moment, standing)
            compute_segment_history(engine, self.definitions, self.clock, moment)
            compute_membership_history(engine, self.definitions, self.clock, moment)
            snapshot.handed_over(engine, tables.values(), con)
        for table, rows in tables.items():
            self.store.overwrite(table, con, f"SELECT * FROM {rows} ORDER BY ALL")

    def _follow(self, engine: Connection, moment: AsOf, standing: Standing | None) -> None:
        """Make everyone's `stays`; lifecycles that look back were followed already to make the standing."""
        known = standing is not None and engine is standing.con and standing.definitions.hash == self.definitions.hash
        folded = standing.folded if standing is not None and known else frozenset[str]()
        rest = [key for key in self.definitions.lifecycles if key not in folded]
        compute_history(engine, self.definitions, moment, lifecycles=rest)
        if folded:
            engine.execute("INSERT INTO stays SELECT * FROM places").fetchall()

    def _computing(
        self, con: duckdb.DuckDBPyConnection, snapshot: Snapshot | None = None
    ) -> AbstractContextManager[Connection]:
        """DuckDB's connection, or one of the engine that the workspace has chosen instead."""
        on_duckdb = self.settings.engine == "duckdb"
        return nullcontext(con) if on_duckdb else (snapshot or self.store.snapshot()).computing()

    def stages(self, lifecycle: str | None = None, as_of: Moment = None) -> Table:
        """A table of customer_key, customer (the company's own id) and stage in a lifecycle."""
        key = self.lifecycle(lifecycle).key
        con = self.standing(as_of).con
        return Table(
            con,
            f"SELECT s.customer_key, c.external_id AS customer, {column(key)} AS stage"
            " FROM standing AS s LEFT JOIN customers AS c USING (customer_key) ORDER BY s.customer_key",
        )

    def segments(self, as_of: Moment = None) -> Table:
        """A table of customer_key, customer, r, f, m and value segment."""
        return Table(
            self.standing(as_of).con,
            "SELECT s.customer_key, c.external_id AS customer, r, f, m, segment"
            " FROM standing AS s LEFT JOIN customers AS c USING (customer_key) ORDER BY s.customer_key",
        )

    def members(self, segment: str, as_of: Moment = None) -> Table:
        """A table of customer_key and customer of everybody in an own segment. Raises NotFound with the known ones."""
        if segment not in self.definitions.segments:
            known = ", ".join(self.definitions.segments) or "none"
            raise NotFound(f'There is no own segment "{segment}". Known: {known}.')
        return Table(
            self.standing(as_of).con,
            "SELECT s.customer_key, c.external_id AS customer FROM standing AS s"
            f" LEFT JOIN customers AS c USING (customer_key) WHERE {member_column(segment)} ORDER BY s.customer_key",
        )

    def profiles(self, as_of: Moment = None) -> tuple[ProfileFigures, ...]:
        """Every ideal customer profile (a segment with traits): who fits, by acquisition channel, and with what."""
        return profile_figures(self.standing(as_of).con, self.definitions)

    def moves(self, start: Moment, end: Moment, lifecycle: str | None = None) -> list[Move]:
        """The moves that happened from the day of `start` until before `end`, most frequent first."""
        chosen = self.lifecycle(lifecycle)
        since, until = self.clock.as_of(start), self.clock.as_of(end)
        if until.instant <= since.instant:
            raise UsageError("The end of the period must come after its start.")
        within = until.instant > self.clock.start_of(until.day)
        with self.store.snapshot().computing() as con:
            compute_history(con, self.definitions, until, lifecycles=[chosen.key])
            return moves_between(con, chosen, since.day, until.day, within)

    def find(self, customer: str) -> int:
        """The customer's key by the company's own id, an e-mail address, a phone number or `#key`. Raises NotFound."""
        key = self.collect.find(customer)
        if key is None:
            raise NotFound(f'There is no customer "{customer}".')
        return key

    def connect_for(self, keys: Iterable[int], snapshot: Snapshot | None = None) -> duckdb.DuckDBPyConnection:
        """A connection whose `events` are those of a few customers only: quick, because only their buckets are read."""
        con = self.store.connect(threads=1)
        sources = (snapshot or self.store.snapshot()).attach_few(con, {int(key) for key in keys})
        few = ", ".join(map(str, sources)) or "NULL"
        con.execute(f"CREATE TEMP TABLE few_events AS SELECT * FROM events WHERE source_key IN ({few})").fetchall()
        con.execute("CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM few_events").fetchall()
        return con

    def history(self, customer_key: int, as_of: Moment = None) -> list[Stay]:
        """All stays of one customer in every lifecycle, oldest first."""
        con = self.connect_for([customer_key])
        compute_history(con, self.definitions, self.clock.as_of(as_of), customers=[customer_key])
        rows = con.execute(
            'SELECT lifecycle, stage, entered, "left", previous, cause FROM stays ORDER BY 1, 3, cause DESC'
        ).fetchall()
        return [Stay(*row) for row in rows]

    def explain(
        self,
        customer: str | int,
        as_of: Moment = None,
        look_ahead: bool = True,
        known_at: Moment = None,
        look_back: bool = True,
        tell_past: bool = False,
    ) -> Explanation:
        """Why a customer is where it is, as of an instant. Raises NotFound when nothing was known of it then.

        With `look_ahead` also what would change it; that takes half a second more. `known_at` leaves out what had not
        been received by then. Without `look_back` there are no stays: a tenth of a second less. With `tell_past` every
        stay comes with the move that began it: its way, rule and values.
        """
        key = customer if isinstance(customer, int) else self.find(customer)
        moment = self.clock.as_of(as_of)
        con = self.standing_of([key], moment, known_at).con
        row = feature_row(con, key, "standing")
        if row is None:
            raise NotFound(f'Nothing was known of customer "{customer}" as of {moment.text}.')
        compute_history(con, self.definitions, moment, customers=[key] if look_back else [])
        late = late_events(con, moment)
        stays = con.execute(
            'SELECT lifecycle, stage, entered, "left", previous, cause FROM stays ORDER BY 1, 3, cause DESC'
        ).fetchall()
        told = tuple(Stay(*stay) for stay in stays)
        before = past(con, self.definitions, moment, key, told) if tell_past else ()
        external = con.execute("SELECT external_id FROM customers WHERE customer_key = ?", [key]).fetchall()
        reasons = tuple(explain(each, row, moment.day) for each in self.definitions.lifecycles.values())
        return Explanation(
            key,
            (external[0][0] if external else None) or f"#{key}",
            moment,
            {name: row.get(name) for name in self.definitions.features},
            reasons,
            told,
            row["segment"],
            (row["r"], row["f"], row["m"]),
            ahead(con, self.definitions, reasons, row, key, moment) if look_ahead else (),
            late,
            before,
            self._scored(con, key, moment),
        )

    def _scored(self, con: duckdb.DuckDBPyConnection, key: int, moment: AsOf) -> dict[str, date | None]:
        """For each room whose scores rules read, the day since which what it said of a customer holds."""
        found: dict[str, date | None] = {}
        for source in sorted(self.definitions.scores_read):
            query = known_sql(source, ["day"], f"TIMESTAMP '{naive(moment.instant)}'")
            rows = con.execute(f"SELECT day FROM ({query}) WHERE customer_key = ?", [key]).fetchall()
            found[source] = rows[0][0] if rows else None
        return found

    def unscored(self, drafted: Definitions | None = None) -> tuple[str, ...]:
        """The rooms whose scores some rule reads, though they have not scored anybody yet."""
        read = (drafted or self.definitions).scores_read
        return tuple(source for source in sorted(read) if self.store.tables[f"{source}_scores"].version() < 0)

    def _cuts_known(self, moment: AsOf, snapshot: Snapshot) -> Cuts:
        """The cut points of the moment's month, from what was known."""
        return learn_cuts(snapshot.connect(), self.definitions, self.clock, moment)

    def _month_cuts(self, moment: AsOf) -> Cuts:
        return self.learned(moment).cuts(self.definitions.rfm)

    def learned(self, moment: AsOf) -> Learned:
        """What the data of the moment's month say of cut points, kept in memory: learned anew when the month, a
        definition or an import changes it and once a day, not with every event."""
        name = (self.definitions.hash, moment.day, self.store.tables["retractions"].version(), self._known_imports())
        if name not in self._learned:
            snapshot = self.store.snapshot()
            with self._computing(snapshot.connect(), snapshot) as con:
                self._learned = {name: learn(con, self.definitions, self.clock, moment)}
        return self._learned[name]

    def _known_imports(self) -> int:
        return self.store.tables["imports"].version()


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}
