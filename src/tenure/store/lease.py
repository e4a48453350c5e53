"""The one-writer lock of a store in an object store: one small object, changed only by conditional puts.

Whoever holds it renews it several times within its time. A holder that dies loses it when the time is over; one that
comes back finds the object changed and cannot renew. What it would still append is refused by Delta: every append of
events names the position it continues.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from tenure.clock import Clock
from tenure.errors import UsageError

__all__ = ["LASTS", "held_lease"]

NAME = "writer.json"
LASTS = timedelta(seconds=90)
RENEWED = timedelta(seconds=15)


@contextmanager
def held_lease(objects: Any, wait: bool = False, lasts: timedelta = LASTS) -> Iterator[None]:
    """Hold the store's lease. Raises UsageError at once when another machine holds it, unless `wait`."""
    holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
    tag, done = _take(objects, holder, wait, lasts), threading.Event()
    kept = [tag]
    renewing = threading.Thread(target=_renew, args=(objects, holder, kept, done, lasts), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        done.set()
        renewing.join()
        if kept:
            _put(objects, holder, timedelta(0), kept[0])


def _take(objects: Any, holder: str, wait: bool, lasts: timedelta) -> str:
    pause = threading.Event()
    while True:
        found = _read(objects)
        if found is None or found[1] <= Clock("UTC").now().timestamp():
            tag = _put(objects, holder, lasts, None if found is None else found[0])
            if tag is not None:
                return tag
        elif not wait:
            raise UsageError(f"Another Tenure process is writing to this store ({found[2]}).")
        pause.wait(1)


def _renew(objects: Any, holder: str, kept: list[str], done: threading.Event, lasts: timedelta) -> None:
    while not done.wait(min(RENEWED, lasts / 3).total_seconds()):
        tag = _put(objects, holder, lasts, kept[0])
        if tag is None:
            kept.clear()  # taken over: there is nothing to give back
            return
        kept[0] = tag


def _read(objects: Any) -> tuple[str, float, str] | None:
    """(its tag, until when, by whom) of the lease; None where there never was one."""
    try:
        found = objects.get(NAME)
    except FileNotFoundError:
        return None
    told = json.loads(bytes(found.bytes()))
    return found.meta["e_tag"], float(told["until"]), str(told["holder"])


def _put(objects: Any, holder: str, lasts: timedelta, tag: str | None) -> str | None:
    """Write the lease over the one with this tag, or as the first; None when somebody else was faster."""
    from obstore.exceptions import AlreadyExistsError, PreconditionError

    until = Clock("UTC").now() + lasts if lasts else None
    text = json.dumps({"holder": holder, "until": until.timestamp() if until else 0}).encode()
    try:
        return str(objects.put(NAME, text, mode="create" if tag is None else {"e_tag": tag})["e_tag"])
    except (AlreadyExistsError, PreconditionError):
        return None
