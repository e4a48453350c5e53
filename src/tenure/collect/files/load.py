"""Taking files in: read, check, stage, load, report. What the façade `Collect` offers for files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import duckdb

from tenure.clock import Clock
from tenure.collect.database import Database
from tenure.collect.files import costs, customers, events
from tenure.collect.files.imports import FAILED, Import, ImportLog, ImportResult, Pulled
from tenure.collect.files.kept import RefusedLines
from tenure.collect.files.lines import Progress, is_large
from tenure.collect.files.orders import OrderRules, stage_orders
from tenure.collect.files.reading import ReadOptions, Table, reading
from tenure.collect.files.report import orders_result, rows_result
from tenure.collect.profiles import PersonalQueue
from tenure.collect.sources import Sources
from tenure.collect.staging import Batch, LoadResult
from tenure.errors import CollectError
from tenure.settings import Settings
from tenure.store import Store

__all__ = ["Files", "Loads"]

AT_ONCE = 500_000  # lines a load
MEMORY = 3 / 16  # of the memory limit for a large file; DuckDB spills beyond
READING = 0.7  # share of the progress bar
_SHORT = (duckdb.OutOfMemoryException, MemoryError)
Chosen = Mapping[str, str | int]


class Loads(Protocol):
    """What files need of the loader."""

    def load(self, con: duckdb.DuckDBPyConnection, batch: Batch, staging: str = "staging") -> LoadResult:
        """Load a staging table once."""

    def wait(self) -> None:
        """Return when everything about what was loaded is written."""

    def unlink(self, import_id: int) -> dict[int, int]:
        """Forget the links an import brought."""


@dataclass(frozen=True)
class _Job:
    """One file on its way in."""

    kind: str
    path: Path
    options: ReadOptions
    said: Mapping[str, Any]  # what, besides the file, decides the result
    source: str
    by: str
    name: str | None  # what people call the file, where it lies under another name
    dry_run: bool
    progress: Progress | None
    pulled: Pulled | None = None


#: (connection, table, (source id, import id)) → lines read; fills `staging` and `refused`.
Stage = Callable[[duckdb.DuckDBPyConnection, Table, tuple[int, int]], int]
Report = Callable[[duckdb.DuckDBPyConnection, int, int], ImportResult]
#: (connection, import id) → what was loaded.
Load = Callable[[duckdb.DuckDBPyConnection, int], LoadResult]


#: one row per event that an import brought: whether it stands, or a later version replaced it
_BROUGHT = """
CREATE OR REPLACE TEMP TABLE brought AS
SELECT source_key, name, order_id, amount, currency,
    ingest_id NOT IN (SELECT id FROM retractions WHERE kind = 'event') AS stands
FROM raw_events WHERE import_id = ?"""


class Files:
    """Files of orders, events and customers. Needs the workspace's lock, but not for a dry run."""

    def __init__(
        self, settings: Settings, store: Store, database: Database, sources: Sources, loader: Callable[[], Loads],
        clock: Clock,
    ) -> None:  # fmt: skip
        self._settings, self._store, self._sources = settings, store, sources
        self._loader, self._clock = loader, clock
        self.log = ImportLog(store)
        self.refused = RefusedLines(database)
        self._personal = PersonalQueue(database)

    def load_orders(
        self, file: str | Path, columns: Chosen, *, currency: str | None = None, dry_run: bool = False,
        source: str = "files", progress: Progress | None = None, options: ReadOptions | None = None,
        decimal: str | None = None, day_first: bool | None = None, by: str = "", name: str | None = None,
        pulled: Pulled | None = None,
    ) -> ImportResult:  # fmt: skip
        """Take in order lines: one event per order document, amounts exact. The same file twice adds nothing."""
        settings = self._settings
        rules = OrderRules(currency or settings.currency, settings.zone, self._clock.now(), decimal, day_first)
        said = {
            "columns": columns,
            "currency": rules.currency,
            "zone": rules.zone,
            "decimal": decimal,
            "day_first": day_first,
        }
        job = _Job("orders", Path(file), options or ReadOptions(), said, source, by, name, dry_run, progress, pulled)

        def stage(con: duckdb.DuckDBPyConnection, table: Table, numbers: tuple[int, int]) -> int:
            return stage_orders(con, table, columns, rules, numbers, _reading(progress))

        return self._take_in(job, stage, orders_result)

    def load_events(
        self, file: str | Path, columns: Chosen | None = None, *, dry_run: bool = False, source: str = "files",
        progress: Progress | None = None, options: ReadOptions | None = None, day_first: bool | None = None,
        by: str = "", name: str | None = None,
        pulled: Pulled | None = None,
    ) -> ImportResult:  # fmt: skip
        """Take in one event a row (CSV, XLSX, Parquet), or one call of the tracking API a line (JSON lines)."""
        settings = self._settings
        rules = events.EventRules(
            settings.currency, settings.zone, self._clock.now(), settings.personal_fields, day_first
        )
        said = {"columns": columns, "zone": settings.zone, "day_first": day_first}
        job = _Job("events", Path(file), options or ReadOptions(), said, source, by, name, dry_run, progress, pulled)

        def stage(con: duckdb.DuckDBPyConnection, table: Table, numbers: tuple[int, int]) -> int:
            return events.stage_events(con, table, columns or {}, rules, numbers, _reading(progress))

        return self._take_in(job, stage, rows_result)

    def load_customers(
        self, file: str | Path, columns: Chosen, *, consent: Mapping[str, str] | None = None, dry_run: bool = False,
        source: str = "files", progress: Progress | None = None, options: ReadOptions | None = None,
        day_first: bool | None = None, by: str = "", name: str | None = None,
        pulled: Pulled | None = None,
    ) -> ImportResult:  # fmt: skip
        """Take in one customer a row; who is known already is brought up to date.

        `consent` names the channels these people have agreed to and how, such as {"email": "opt-in form 2024"}. Without
        it no consent is recorded: nothing is assumed.
        """
        settings = self._settings
        rules = events.EventRules(
            settings.currency, settings.zone, self._clock.now(), settings.personal_fields, day_first
        )
        said = {"columns": columns, "consent": consent, "zone": settings.zone, "day_first": day_first}
        job = _Job("customers", Path(file), options or ReadOptions(), said, source, by, name, dry_run, progress, pulled)

        def stage(con: duckdb.DuckDBPyConnection, table: Table, numbers: tuple[int, int]) -> int:
            return customers.stage_customers(con, table, columns, consent or {}, rules, numbers, _reading(progress))

        result = self._take_in(job, stage, rows_result)
        return result if consent else replace(result, notes=(*result.notes, customers.NO_CONSENT))

    def load_costs(
        self, file: str | Path, columns: Chosen, *, currency: str | None = None, kind: str | None = None,
        dry_run: bool = False, source: str = "files", progress: Progress | None = None,
        options: ReadOptions | None = None, decimal: str | None = None, day_first: bool | None = None, by: str = "",
        name: str | None = None,
    ) -> ImportResult:  # fmt: skip
        """Take in costs of winning customers into the ledger, one a line; the same line of the same file counts once.

        `kind` (advertising, research, sales) is that of lines which name none.
        """
        settings = self._settings
        rules = costs.CostRules(currency or settings.currency, settings.zone, kind or "advertising", decimal, day_first)
        said = {"columns": columns, **asdict(rules)}
        job = _Job("costs", Path(file), options or ReadOptions(), said, source, by, name, dry_run, progress)

        def stage(con: duckdb.DuckDBPyConnection, table: Table, numbers: tuple[int, int]) -> int:
            return costs.stage_costs(con, table, columns, rules, numbers, _reading(progress))

        def land(con: duckdb.DuckDBPyConnection, import_id: int) -> LoadResult:
            return costs.land_costs(con, self._store, import_id)

        return self._take_in(job, stage, costs.costs_result, land)

    def undo(self, import_id: int) -> Import:
        """Take an import back. What it had replaced comes back, and who was one person only by it is two again.

        Names, addresses and consents that it said are taken back where they are kept, when the queue is taken next.
        """
        self.log.retract(import_id, self._clock.now())
        self._loader().unlink(import_id)
        self._personal.take_back(import_id, self.log.people(import_id), self._clock.now())
        undone = self.log.mark_undone(import_id)
        self.refused.forget(import_id)
        return undone

    def _take_in(self, job: _Job, stage: Stage, report: Report, land: Load | None = None) -> ImportResult:
        with (
            self._in_words(),
            closing(self._connection(job.path)) as con,
            reading(job.path, job.options) as table,
        ):
            if job.dry_run:
                return self._try_out(job, con, table, stage, report)
            source_id = self._sources.named(job.source, "file", self._clock.now())
            said = {**job.said, "read": str(job.options)}
            begun = self.log.begin(job.kind, job.path, source_id, job.by, said, self._clock.now(), job.name)
            try:
                stage(con, table, (source_id, begun.import_id))
                load = land(con, begun.import_id) if land else self._load(con, begun.import_id, job.progress)
                self.refused.keep(begun.import_id, con, self._clock.now())
                result = self._reported(con, begun, report, load)
                self._loader().wait()
            except _SHORT:
                self._leave_nothing(begun)
                raise
            except Exception:
                self.log.save(replace(begun, state=FAILED))
                raise
            self.log.finish(begun, result, table.names, job.pulled)
            return result

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Where memory runs out, say what to do instead of what the database says."""
        try:
            yield
        except _SHORT as error:
            raise CollectError(
                "The file needs more memory than there is, and nothing of it was taken in. Raise memory_limit in"
                f" tenure.yml, now {self._settings.memory_limit}, and start Tenure again, or split the file into"
                " smaller ones; then import again."
            ) from error

    def _leave_nothing(self, begun: Import) -> None:
        """Of a file that a larger memory or smaller files may bring in, nothing stands until then."""
        if self.log.people(begun.import_id):
            self.undo(begun.import_id)
        else:
            self.log.save(replace(begun, state=FAILED))

    def _connection(self, path: Path) -> duckdb.DuckDBPyConnection:
        """Where the file's lines are worked on: a large file's in a database of their own that holds little at once."""
        return self._store.connect(apart=is_large(path), share=MEMORY)

    def _try_out(
        self, job: _Job, con: duckdb.DuckDBPyConnection, table: Table, stage: Stage, report: Report
    ) -> ImportResult:
        """What an import would do; nothing is written."""
        source_id = next((known.source_id for known in self._sources.all() if known.name == job.source), 0)
        stage(con, table, (source_id, 0))
        self._store.snapshot().attach(con)
        return replace(report(con, source_id, 0), dry_run=True)

    def _load(self, con: duckdb.DuckDBPyConnection, import_id: int, progress: Progress | None) -> LoadResult:
        """Hand the staged events to the loader in slices. A slice that is in already is passed over.

        The origin says how it was sliced: an import that died when slices were of another size begins anew, and what is
        in already is met as duplicates.
        """
        cause = f"import:{import_id}"
        row = con.execute("SELECT coalesce(max(seq), 0), coalesce(min(seq), 1) FROM staging").fetchone()
        last, first = row if row else (0, 1)
        total, parts = LoadResult(), -(-(last - first + 1) // AT_ONCE)
        each = max(1, -(-(last - first + 1) // max(parts, 1)))  # all alike: a small rest would keep one core busy only
        for version, start in enumerate(range(first, last + 1, each), 1):
            if progress:
                progress(READING + (1 - READING) * (start - first) / max(last - first, 1), "")
            part = f"SELECT * FROM staging WHERE seq >= {start} AND seq < {start + each}"
            con.execute(f"CREATE OR REPLACE TEMP VIEW slice AS {part}")
            total += self._loader().load(con, Batch(f"{cause}/{AT_ONCE}", version, cause), "slice")
        return total

    def _reported(
        self, con: duckdb.DuckDBPyConnection, begun: Import, report: Report, load: LoadResult
    ) -> ImportResult:
        """The result, counted from what stands in the store, so that a resumed import tells all it did."""
        self._store.snapshot().attach_events(con, "costs")
        con.execute(_BROUGHT, [begun.import_id])
        touched = con.execute("SELECT DISTINCT source_key FROM brought").fetchall()
        result = report(con, begun.source_id, begun.import_id)
        keys = frozenset(row[0] for row in touched) | load.source_keys
        return replace(result, import_id=begun.import_id, replaced=load.superseded, touched=keys)


def _reading(progress: Progress | None) -> Progress | None:
    """Reading is the first part of the bar."""
    if progress is None:
        return None
    return lambda fraction, message: progress(fraction * READING, message)
