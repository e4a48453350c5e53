"""Who may write what the pages show: one at a time, and whoever brings a few customers up to date goes first."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Writing"]


class Writing:
    """A lock that is not passed by: a long work in parts that takes it `when_free` waits for all that want it at once.

    An ordinary lock is taken again by the thread that has just let go of it, long before one that waits has woken.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._asked = threading.Condition()
        self._waiting = 0

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """For what somebody waits for: next, when the part that is being written is done."""
        with self._asked:
            self._waiting += 1
            self._asked.notify_all()
        try:
            self._lock.acquire()
        finally:
            with self._asked:
                self._waiting -= 1
                self._asked.notify_all()
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def when_free(self) -> Iterator[None]:
        """For one part of a long work: when nobody waits."""
        with self._asked:
            self._asked.wait_for(lambda: not self._waiting)
        with self._lock:
            yield
