"""Which of several workers writes facts: the one that holds the lease, a row in PostgreSQL that it renews.

Each time the lease changes hands its token rises. What a writer commits to the application's database is checked
against the token in the same transaction (`fence`), so that one that was stopped and goes on after its lease has
passed to another commits nothing; it then ends itself and starts anew. With SQLite there is one worker, which holds
the workspace's lock file, and no lease is asked for.
"""

import logging
import os
import threading
import time
import uuid

from django.db import connection, transaction

from tenure.errors import TenureError
from tenure_web.worker.models import Lease

__all__ = ["LASTS", "Fenced", "Writer", "fence", "keep_on", "serving", "still_ours"]

log = logging.getLogger("tenure.worker")

LASTS = 15.0  # seconds without a renewal after which another worker may write
EVERY = 3.0
NAME = "writer"
FENCED = 75


class Fenced(TenureError):
    """Another worker writes now; nothing was committed."""


class Writer:
    """This process's claim to be the one that writes. `keep` must be called every few seconds."""

    def __init__(self) -> None:
        self.holder = f"{os.getpid()}-{uuid.uuid4().hex[:16]}"
        self.token: int | None = None
        self._renewed = 0.0

    @property
    def writes(self) -> bool:
        """Whether the lease is ours for certain; a process that was stopped knows at once that it is not."""
        return self.token is not None and time.monotonic() - self._renewed < LASTS * 0.8

    def keep(self) -> bool:
        """Renew the lease or try to take it; returns whether we write. Raises Fenced when it was ours and is not."""
        asked = time.monotonic()
        if self.token is None:
            self.token = _take(self.holder)
        elif not _renew(self.token):
            raise Fenced("Another worker has taken over the writing of this workspace.")
        if self.token is not None:
            self._renewed = asked
        return self.token is not None

    def release(self) -> None:
        """Let another worker write at once."""
        if self.token is not None:
            _run("UPDATE worker_lease SET until = now() WHERE name = %s AND token = %s", [NAME, self.token])
            self.token = None


def _run(statement: str, values: list[object]) -> list[tuple[int]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else [(cursor.rowcount,)]


def _take(holder: str) -> int | None:
    """The new token if nobody holds the lease. The database's clock decides, so that machines need not agree."""
    Lease.objects.get_or_create(name=NAME)
    found = _run(
        "UPDATE worker_lease SET holder = %s, token = token + 1, until = clock_timestamp() + make_interval(secs => %s)"
        " WHERE name = %s AND (until IS NULL OR until < clock_timestamp()) RETURNING token",
        [holder, LASTS, NAME],
    )
    return found[0][0] if found else None


def _renew(token: int) -> bool:
    found = _run(
        "UPDATE worker_lease SET until = clock_timestamp() + make_interval(secs => %s) WHERE name = %s AND token = %s",
        [LASTS, NAME, token],
    )
    return found[0][0] == 1


_mine: Writer | None = None


def serving(writer: Writer | None) -> None:
    """What this process commits is from now on fenced by this writer's lease (None: by nothing)."""
    global _mine
    _mine = writer


def fence() -> None:
    """Call it last in a transaction that shows computed facts: it stops those of a writer that is none any more.

    The row is locked until the commit, so the lease cannot change hands in between.
    """
    if _mine is None:
        return
    held = Lease.objects.select_for_update().filter(name=NAME, token=_mine.token or -1)
    if not held.exists():
        raise Fenced("Another worker has taken over the writing of this workspace.")


def still_ours() -> None:
    """Ask it before a table of facts is written. Raises Fenced in a writer that is none any more.

    The row is not held while the table is written: that may take longer than the lease lasts without a renewal. What
    takes over in that time commits to the table, and Delta refuses the commit that has not seen it.
    """
    if _mine is not None:
        with transaction.atomic():
            fence()


def keep_on(writer: Writer, stop: threading.Event) -> None:
    """Hold or await the lease until stopped. A worker that lost it ends at once: what it had begun must not go on."""
    while True:
        had = writer.token
        try:
            if writer.keep() and had is None:
                log.info("this worker writes")
        except Fenced as lost:
            log.error("%s This one ends and starts anew.", lost)
            os._exit(FENCED)
        except Exception:
            log.exception("the lease cannot be asked for")
            connection.close()
        if stop.wait(EVERY):
            return
