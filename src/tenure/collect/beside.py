"""Writing beside: one transaction at a time in a thread of its own; whoever needs its outcome waits for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from tenure.collect import failpoints

__all__ = ["Beside"]


class Beside:
    """At most one transaction of `file` under way; nobody else may use the file before `wait` has returned."""

    def __init__(self, file: sqlite3.Connection) -> None:
        self._file = file
        self._under_way: Future[None] | None = None

    def begin(self, write: Callable[[sqlite3.Connection], None], then: str | None = None) -> None:
        """Wait for the one before, then let this one begin; `then` is the failpoint behind it.

        Raises what the one before raised.
        """
        self.wait()
        thread = ThreadPoolExecutor(1, "beside")  # made anew: one that was made before a fork would never work
        self._under_way = thread.submit(self._write, write, then)
        thread.shutdown(wait=False)

    def _write(self, write: Callable[[sqlite3.Connection], None], then: str | None) -> None:
        self._file.execute("BEGIN")
        try:
            write(self._file)
            self._file.execute("COMMIT")
        except BaseException:
            if self._file.in_transaction:
                self._file.execute("ROLLBACK")
            raise
        if then:
            failpoints.reach(then)

    def wait(self) -> None:
        """Return when nothing is under way. Raises, once, what the writing raised: nothing of it stands then."""
        found = self._under_way
        if found is None:
            return
        try:
            found.result()
        finally:
            if self._under_way is found:  # another thread may have waited too, and begun the next
                self._under_way = None
