"""SQLite files: a copy as of one instant while others write, their soundness, their row counts."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tenure.errors import StoreError

__all__ = ["Reader", "counts", "hold", "problems"]

_PATIENCE = 30.0


def hold(path: Path) -> sqlite3.Connection:
    """Keep every other writer out of this file until the connection is closed."""
    con = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
    try:
        con.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        con.close()
        raise StoreError(f"{path.name} stayed locked for {_PATIENCE:.0f} s. Try again when less is written.") from error
    return con


class Reader:
    """One database file as it was when the reader was opened, whoever writes to it later."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._con = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)
        self._con.execute("BEGIN")
        self._con.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def copy(self, target: Path) -> None:
        """Write that state into a new file, by SQLite's online backup."""
        copied = sqlite3.connect(target)
        try:
            self._con.backup(copied)
            copied.execute("PRAGMA journal_mode=DELETE")
        finally:
            copied.close()

    def close(self) -> None:
        """Let the file go."""
        self._con.close()


def problems(path: Path, most: int = 5) -> list[str]:
    """What SQLite itself finds wrong with the file: its pages, indexes and references."""
    con = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=_PATIENCE)
    try:
        found = [str(row[0]) for row in con.execute(f"PRAGMA integrity_check({most})")]
        told = [text.splitlines()[0] for text in found if text != "ok"]
        broken = con.execute("PRAGMA foreign_key_check").fetchmany(most)
        return told + [f"a row of {row[0]} refers to a row of {row[2]} that is not there" for row in broken]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    finally:
        con.close()


def counts(path: Path) -> dict[str, int]:
    """Rows by table."""
    con = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=_PATIENCE)
    try:
        names = [row[0] for row in con.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        wanted = [name for name in names if not name.startswith("sqlite_")]
        return {name: int(con.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in wanted}
    finally:
        con.close()
