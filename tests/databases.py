"""In the quick suite the workspaces of a process share its DuckDBs: to make one takes as long as a small test does.

A shared one may read all folders of the tests, not just its own store, so `--thorough` gives every store its own as
users have it; `tests/library/store/test_engine.py` does so always. What is shared plans queries as they are written:
on tables of ten rows, to plan takes most of the time, and a third of that goes into plans for many rows. It computes in
one thread: two hand each other ten rows back and forth, and the cores have tests of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import duckdb

from tenure.store import engine

__all__ = ["own", "share"]

_own = engine._shared


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
            self._made[bounds] = _unplanned(engine._made(self._folder, memory, 1))
        return self._made[bounds]


def _unplanned(database: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    names = database.execute("SELECT string_agg(name) FROM duckdb_optimizers()").fetchall()[0][0]
    database.execute(f"SET GLOBAL disabled_optimizers = '{names}'")
    return database


@contextmanager
def _put(shared: object) -> Iterator[None]:
    before, engine._shared = engine._shared, shared
    yield
    engine._shared = before


def share(folder: Path) -> object:
    """Until the block ends, stores below `folder` share databases."""
    return _put(_Shared(folder.resolve()))


own = partial(_put, _own)  # until the block ends, every store has its own
