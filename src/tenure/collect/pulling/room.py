"""`tenure sync`: one pull of a source is one import, with its checks, its refused rows and its undoing."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from tenure.collect.database import Database
from tenure.collect.files.imports import DONE, UNDONE, ImportResult, Pulled
from tenure.collect.files.lines import Progress
from tenure.collect.files.load import Files
from tenure.collect.pulling.asking import asked
from tenure.collect.pulling.cursor import Cursor
from tenure.collect.pulling.spool import Pull, Spool
from tenure.definitions import PulledSource, pulled_sources
from tenure.errors import CollectError, NotFound, TenureError

__all__ = ["LastSync", "Pulling", "Synced"]


@dataclass(frozen=True)
class Synced:
    """What one sync of a source did. `result` is None when nothing was new since the last one."""

    source: str
    rows: int
    cursor: str | None
    result: ImportResult | None

    def document(self) -> dict[str, Any]:
        """The JSON document the command line prints."""
        result = self.result.document() if self.result else None
        return {"source": self.source, "rows": self.rows, "cursor": self.cursor, "result": result}


@dataclass(frozen=True)
class LastSync:
    """How the last sync of a source went. It is told, and decides when the next is due; the cursor is in the import."""

    at: datetime
    rows: int = 0
    import_id: int | None = None
    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    error: str = ""


class Pulling:
    """The sources that a workspace pulls. `sync` needs the workspace's lock, but not for a dry run."""

    def __init__(self, folder: Path, database: Database, files: Callable[[], Files]) -> None:
        self._folder, self._database, self._files = folder, database, files

    def sources(self) -> dict[str, PulledSource]:
        """Every source by key. Raises DefinitionError with all that is wrong in their files."""
        return pulled_sources(self._folder / "definitions")

    def source(self, key: str) -> PulledSource:
        """One source. Raises NotFound with the known ones."""
        known = self.sources()
        if key not in known:
            listed = ", ".join(known) or "none yet: write one in definitions/sources"
            raise NotFound(f'There is no source "{key}" to sync. Known: {listed}.')
        return known[key]

    def sync(
        self, key: str, now: datetime, *, dry_run: bool = False, from_start: bool = False, by: str = "tenure sync",
        progress: Progress | None = None,
    ) -> Synced:  # fmt: skip
        """Pull what is new since the last time, and take it in. Raises TenureError; then the cursor stays."""
        source = self.source(key)
        if dry_run:
            return self._try_out(source, from_start, progress)
        try:
            done = self._sync(source, from_start, by, progress)
        except Exception as error:  # whatever it is: its turn comes again when it is due, not at once
            said = str(error) if isinstance(error, TenureError) else f"{key}: an unexpected {type(error).__name__}."
            self._remember(key, LastSync(now, error=" ".join(said.split())))
            raise
        self._remember(key, _last(now, done))
        return done

    def last(self, key: str) -> LastSync | None:
        """How the last sync of a source went; None before the first."""
        rows = self._database.read("SELECT value FROM about WHERE name = ?", [f"sync:{key}"])
        if not rows:
            return None
        kept = json.loads(rows[0][0])
        return LastSync(**{**kept, "at": datetime.fromisoformat(kept["at"])})

    def due(self, now: datetime) -> list[str]:
        """The sources whose time has come."""
        timed = ((source, self.last(key)) for key, source in self.sources().items() if source.every)
        return [source.key for source, last in timed if source.every and (not last or last.at + source.every <= now)]

    def forget_left(self) -> None:
        """Remove pulls that a crash left behind, for they may hold anybody; their rows come with the next sync."""
        for folder in (self._folder / "tmp").glob("sync*"):
            shutil.rmtree(folder)

    def known(self, source: PulledSource) -> Pulled | None:
        """How far the rows of a source are in. After an undoing that is before what was undone: it comes again."""
        imports = [each for each in self._files().log.list() if each.pulled and each.pulled.source == source.key]
        done = [each for each in imports if each.state == DONE]
        undone = [each for each in imports if each.state == UNDONE]
        if undone:
            last = max(each.changed_at for each in undone)
            again = [each for each in done if each.at > last]
            done = again or [each for each in done if each.import_id < min(gone.import_id for gone in undone)]
        newest = max(done, key=lambda each: each.import_id, default=None)
        pulled = newest.pulled if newest else None
        return pulled if pulled and pulled.column == source.cursor else None

    def _sync(self, source: PulledSource, from_start: bool, by: str, progress: Progress | None) -> Synced:
        spool = Spool(self._folder / "tmp" / "sync", source)
        left = spool.left()
        if left is not None:  # a crash came between the pull and its import: that pull is first
            self._take_in(source, left, by, progress)
        known = None if from_start else self.known(source)
        pull = self._pull(spool, source, known, progress)
        if pull is None or (known and pull.whole == known.digest):
            if pull is not None:
                pull.path.unlink()
            return Synced(source.key, pull.rows if pull else 0, known.cursor if known else None, None)
        return self._take_in(source, pull, by, progress)

    def _try_out(self, source: PulledSource, from_start: bool, progress: Progress | None) -> Synced:
        (self._folder / "tmp").mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="sync-", dir=self._folder / "tmp"))
        try:
            known = None if from_start else self.known(source)
            pull = self._pull(Spool(folder, source), source, known, progress)
            if pull is None or (known and pull.whole == known.digest):
                return Synced(source.key, pull.rows if pull else 0, known.cursor if known else None, None)
            result = self._load(source, pull, {"dry_run": True, "progress": progress})
            return Synced(source.key, pull.rows, pull.cursor.text if pull.cursor else None, result)
        finally:
            shutil.rmtree(folder)

    def _pull(self, spool: Spool, source: PulledSource, known: Pulled | None, progress: Progress | None) -> Pull | None:
        since = None
        if known and known.type != "none":
            since = Cursor(known.type, known.cursor).value(source.overlap, source.overlap_rows)
        with asked(source, since, self._folder) as answer:
            return spool.keep(answer, lambda rows: progress(0.0, f"{rows:,}") if progress else None)

    def _take_in(self, source: PulledSource, pull: Pull, by: str, progress: Progress | None) -> Synced:
        cursor = pull.cursor or Cursor("none", "")
        pulled = Pulled(source.key, source.cursor, cursor.type, cursor.text, pull.digest, pull.rows)
        result = self._load(source, pull, {"by": by, "pulled": pulled, "progress": progress})
        pull.path.unlink()
        return Synced(source.key, pull.rows, cursor.text or None, result)

    def _load(self, source: PulledSource, pull: Pull, told: Mapping[str, Any]) -> ImportResult:
        asked: dict[str, Any] = {"source": source.key, "name": source.key, **told}
        if source.what == "orders":
            asked["currency"], asked["decimal"] = source.currency, "."
        if source.what == "customers":
            asked["consent"] = dict(source.consent)
        load = getattr(self._files(), f"load_{source.what}")
        try:
            return cast(ImportResult, load(pull.path, dict(source.columns), **asked))
        except CollectError as error:
            raise CollectError(f"{source.key}: {error}") from error

    def _remember(self, key: str, last: LastSync) -> None:
        kept = json.dumps({**asdict(last), "at": last.at.isoformat()})
        with self._database.write() as writing:
            writing.run(
                "INSERT INTO about (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                [f"sync:{key}", kept],
            )


def _last(now: datetime, done: Synced) -> LastSync:
    result = done.result
    if result is None:
        return LastSync(now, done.rows)
    return LastSync(now, done.rows, result.import_id, result.accepted, result.duplicates, result.refused)
