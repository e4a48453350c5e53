"""The loop of the worker: each claimer is asked for work at its own pace; one that fails is told and tried again."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import close_old_connections
from django.db.models import F, Sum
from django.utils import timezone

from tenure_web.worker.models import Beat

log = logging.getLogger("tenure.worker")

Claim = Callable[[datetime], int]
SLOWEST = 5.0
IDLE = 0.5


@dataclass(frozen=True)
class Claimer:
    """One kind of recurring work: `claim(now)` does some and returns how much."""

    name: str
    claim: Claim
    every: float
    counted: bool = False

    def work(self, now: datetime) -> int:
        """Do some, and count it where that is wanted.

        The first turn of a process counts: who worked before may have died. One that failed counts too: it may have
        written some of what it wanted.
        """
        found, first = -1, self.name not in _began
        try:
            found = self.claim(now)
        finally:
            if self.counted and (found or first):
                _began.add(self.name)
                Beat.objects.get_or_create(name=self.name, defaults={"at": now})
                Beat.objects.filter(name=self.name).update(worked=F("worked") + 1)
        return found


_began: set[str] = set()
_CLAIMERS: dict[str, Claimer] = {}


def register(name: str, claim: Claim, every: float = 1.0, counted: bool = False) -> None:
    """Have `claim(now)` called every so many seconds, and at once again while it finds work.

    With `counted`, how often it found work is known to `worked`.
    """
    _CLAIMERS[name] = Claimer(name, claim, every, counted)


def worked(*names: str) -> int:
    """How often these parts found work, over all workers: where it stands still, nothing they write has changed."""
    return Beat.objects.filter(name__in=names).aggregate(all=Sum("worked"))["all"] or 0


def claimers() -> list[Claimer]:
    """Everything registered."""
    return list(_CLAIMERS.values())


def once(now: datetime) -> int:
    """Ask every claimer once (for tests and for `tenure run`)."""
    return sum(claimer.work(now) for claimer in claimers())


def turn(
    names: list[Claimer],
    stop: threading.Event,
    now: Callable[[], datetime] = timezone.now,
    may: Callable[[], bool] = lambda: True,
) -> None:
    """Ask these claimers in turn until `stop` is set, while they `may` work.

    A failure waits longer each time, up to a minute.
    """
    due = {claimer.name: 0.0 for claimer in names}
    failures: dict[str, int] = {}
    while not stop.is_set():
        if not may():
            stop.wait(IDLE)
            continue
        for claimer in names:
            if due[claimer.name] <= time.monotonic() and not stop.is_set() and may():
                due[claimer.name] = time.monotonic() + _ask(claimer, failures, now())
        stop.wait(max(0.01, min(min(due.values()) - time.monotonic(), SLOWEST)))
    close_old_connections()


def _ask(claimer: Claimer, failures: dict[str, int], now: datetime) -> float:
    """Ask one claimer; returns the seconds until it wants to be asked again."""
    start, error = time.perf_counter(), ""
    try:
        close_old_connections()
        found = claimer.work(now)
        failures.pop(claimer.name, None)
    except Exception as problem:
        log.exception("%s failed", claimer.name)
        found, error = 0, f"{type(problem).__name__}: {problem}"[:500]
        failures[claimer.name] = failures.get(claimer.name, 0) + 1
    _beat(claimer.name, time.perf_counter() - start, error)
    if error:
        return float(min(2 ** failures[claimer.name], 60))
    return 0.0 if found else claimer.every


_last_beat: dict[str, float] = {}


def _beat(name: str, seconds: float, error: str) -> None:
    """Say now and then that this part lives, and always when it failed."""
    if not error and time.monotonic() - _last_beat.get(name, -60) < 10:
        return
    _last_beat[name] = time.monotonic()
    try:
        Beat.objects.update_or_create(name=name, defaults={"at": timezone.now(), "seconds": seconds, "error": error})
    except Exception:
        log.exception("cannot record that %s lives", name)
