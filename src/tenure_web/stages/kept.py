"""Figures are computed once for each state of the store and kept until it changes."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar

import duckdb

from tenure.workspace import Workspace

T = TypeVar("T")
KEEP = 256
FRESH = 20.0  # seconds for which figures over all events are good enough while new ones keep arriving

_kept: OrderedDict[Hashable, tuple[float, object]] = OrderedDict()
_computing: dict[Hashable, threading.Lock] = {}
_guard = threading.Lock()


def remember(key: Hashable, compute: Callable[[], T], seconds: float | None = None) -> T:
    """What was computed for this key, not older than `seconds`; computed now, by one thread, if there is nothing."""
    with _guard:
        lock = _computing.setdefault(key, threading.Lock())
    with lock:
        with _guard:
            found = _kept.get(key)
        if found and (seconds is None or time.monotonic() - found[0] < seconds):
            return found[1]  # type: ignore[return-value]
        value = compute()
        with _guard:
            _kept[key] = (time.monotonic(), value)
            _kept.move_to_end(key)
            while len(_kept) > KEEP:
                _computing.pop(_kept.popitem(last=False)[0], None)
        return value


def forget() -> None:
    """Empty the memory (for tests)."""
    _kept.clear()


class Kept:
    """One workspace at its present snapshot; the connection is opened when a figure is first computed."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.snapshot = workspace.store.snapshot()
        self._con: duckdb.DuckDBPyConnection | None = None

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """A connection on the snapshot."""
        if self._con is None:
            self._con = self.snapshot.connect()
        return self._con

    def close(self) -> None:
        """Let the connection go."""
        if self._con is not None:
            self._con.close()
