"""In the quick suite the workspaces of a process share its DuckDBs: to make one takes as long as a small test does.

A shared one may read all folders of the tests, not just its own store, so `--thorough` gives every store its own as
users have it; `tests/library/store/test_engine.py` does so always. What is shared plans queries as they are written:
on tables of ten rows, to plan takes most of the time, and a third of that goes into plans for many rows. It computes in
one thread: two hand each other ten rows back and forth, and the cores have tests of their own.

It reads a statement once, too. To read one takes a microsecond a letter, over ten rows a quarter of what it takes to
run it, and the statements of a run are the same in every workspace.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from tenure.store import engine

__all__ = ["own", "plainly", "share"]

_own, _made = engine._shared, engine._made
_execute = duckdb.DuckDBPyConnection.execute
STATEMENTS = 2000  # so many are kept as they were read
_statements: dict[str, duckdb.Statement | str] = {}


class _Shared:
    """In place of `engine._shared`: one database for all stores below `folder` that ask for the same memory."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, dict[tuple[int, str], duckdb.DuckDBPyConnection]()
        self.cache_clear = self._made.clear

    def __call__(self, process: int, store: Path, memory: str, threads: int) -> duckdb.DuckDBPyConnection:
        if not store.is_relative_to(self._folder):
            return _own(process, store, memory, threads)
        bounds = (process, memory)
        if bounds not in self._made:
            self._made[bounds] = _plain(self._folder, memory)
        return self._made[bounds]


def _plain(store: Path, memory: str, threads: int = 1) -> duckdb.DuckDBPyConnection:
    """A database for ten rows, whatever number of threads is asked for."""
    database = _made(store, memory, 1)
    names = database.execute("SELECT string_agg(name) FROM duckdb_optimizers()").fetchall()[0][0]
    database.execute(f"SET GLOBAL disabled_optimizers = '{names}'")
    return database


def _run(con: duckdb.DuckDBPyConnection, query: Any, *given: Any, **named: Any) -> duckdb.DuckDBPyConnection:
    """In place of a connection's `execute`; DuckDB copies what was read whenever it runs."""
    return _execute(con, _read(con, query) if isinstance(query, str) else query, *given, **named)


def _read(con: duckdb.DuckDBPyConnection, text: str) -> duckdb.Statement | str:
    """The statement of a text; the text itself if it is several, or wrong, which whoever runs it will tell."""
    if text not in _statements:
        found: list[duckdb.Statement] = []
        with suppress(duckdb.Error):
            found = con.extract_statements(text)
        if len(_statements) == STATEMENTS:
            _statements.clear()
        _statements[text] = found[0] if len(found) == 1 else text
    return _statements[text]


@contextmanager
def _reading_once() -> Iterator[None]:
    duckdb.DuckDBPyConnection.execute = _run
    yield
    duckdb.DuckDBPyConnection.execute = _execute
    _statements.clear()


@contextmanager
def _put(shared: object) -> Iterator[None]:
    before, engine._shared = engine._shared, shared
    yield
    engine._shared = before


@contextmanager
def share(folder: Path) -> Iterator[None]:
    """Until the block ends, stores below `folder` share databases, and all databases what was read of statements."""
    with _put(_Shared(folder.resolve())), _reading_once():
        yield


own = partial(_put, _own)  # until the block ends, every store has its own


def plainly() -> None:
    """From here on, every database of this process is made for ten rows; each store has its own."""
    engine._made = _plain
