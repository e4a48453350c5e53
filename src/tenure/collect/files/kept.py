"""Refused lines, kept with number and reason, 30 days at most: they may be personal."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from tenure.collect import failpoints
from tenure.collect.database import Database
from tenure.collect.files.faults import words
from tenure.collect.files.lines import CELL
from tenure.collect.moments import microseconds

__all__ = ["KEPT", "RefusedLine", "RefusedLines", "csv_line", "safe_cell"]

KEPT = timedelta(days=30)
LONGEST = 8_000
AT_ONCE = 5_000  # lines a transaction: the inbox must not wait long
_TABLE = (
    "CREATE TABLE IF NOT EXISTS refused_line (import_id INTEGER NOT NULL, line BIGINT NOT NULL, reason TEXT NOT NULL,"
    " cells TEXT NOT NULL, kept_at BIGINT NOT NULL, PRIMARY KEY (import_id, line))"
)
_KEEP = (
    "INSERT INTO refused_line (import_id, line, reason, cells, kept_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True)
class RefusedLine:
    """A line that was not taken in: its number in the file, why, and its cells."""

    line: int
    reason: str
    cells: tuple[str, ...]


class RefusedLines:
    """Kept beside the inbox, in its database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.write() as writing:
            writing.run(_TABLE)

    def keep(self, import_id: int, con: duckdb.DuckDBPyConnection, now: datetime) -> None:
        """Keep what the temporary table `refused` holds."""
        rows = con.execute(
            f"SELECT {import_id}, line, reason, replace(left(cells, {LONGEST}), chr(0), '␀'), {microseconds(now)}"
            " FROM refused ORDER BY line"
        )
        while part := rows.fetchmany(AT_ONCE):
            with self._database.write() as writing:
                writing.many(_KEEP, part)
            failpoints.reach("files.refused")

    def page(self, import_id: int, after: int = -1, limit: int = 50) -> list[RefusedLine]:
        """The next lines of an import after a line number."""
        rows = self._database.read(
            "SELECT line, reason, cells FROM refused_line WHERE import_id = ? AND line > ? ORDER BY line LIMIT ?",
            [import_id, after, limit],
        )
        return [RefusedLine(line, reason, tuple(cells.split(CELL))) for line, reason, cells in rows]

    def count(self, import_id: int) -> int:
        """How many lines of an import are kept."""
        return int(self._database.read("SELECT count(*) FROM refused_line WHERE import_id = ?", [import_id])[0][0])

    def export(self, import_id: int, header: Sequence[str], language: str = "en") -> Iterator[str]:
        """The lines as CSV text with number, reason and cells, safe to open in a spreadsheet program."""
        yield "\ufeff" + csv_line(["line", "reason", *header] if language == "en" else ["行号", "原因", *header])
        after = -1
        while rows := self.page(import_id, after, AT_ONCE):
            yield "".join(csv_line([str(row.line), words(row.reason, language), *row.cells]) for row in rows)
            after = rows[-1].line

    def forget(self, import_id: int) -> None:
        """Remove the lines of an import."""
        with self._database.write() as writing:
            writing.run("DELETE FROM refused_line WHERE import_id = ?", [import_id])

    def forget_old(self, now: datetime) -> None:
        """Remove lines kept longer than 30 days."""
        with self._database.write() as writing:
            writing.run("DELETE FROM refused_line WHERE kept_at < ?", [microseconds(now - KEPT)])


def safe_cell(cell: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet program would take it for a formula.

    Blanks, control characters, a byte order mark and full-width signs in front do not help the formula.
    """
    bare = cell.lstrip(" \u00a0\u3000\ufeff\u200b" + "".join(map(chr, range(32))))
    risky = bare[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠") or cell[:1] in ("\t", "\r", "\n")
    return f"'{cell}" if risky and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    digits = cell.removeprefix("-").replace(".", "", 1)
    return digits.isascii() and digits.isdigit()


def csv_line(cells: Sequence[str]) -> str:
    """One CSV line of safe cells."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([safe_cell(cell) for cell in cells])
    return out.getvalue()
