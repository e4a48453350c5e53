"""Tests in several processes that need not start: one imports and collects everything, then forks.

Each process goes through its own share, file by file, so that what a folder shares is made once; then it takes a file
of the largest share left, or half of the last file, so that all end together. When a process dies, the test it ran has
failed, and another goes on in its place.
What was collected must not have started threads, as stores of DuckDB and delta-rs do: they do not survive a fork.
"""

import fcntl
import multiprocessing
import os
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from itertools import chain, groupby, pairwise
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import pytest

FORK = multiprocessing.get_context("fork")
TASKS = Path("/proc/self/task")
SURVIVES = "jemalloc_bg_thd"  # delta-rs' allocator starts this one again after a fork


@dataclass(frozen=True)
class Part:
    """Tests that need their own kind of process. `inside` is entered in each; the title is said behind their names."""

    tests: Sequence[pytest.Item]
    processes: int = 1
    title: str = ""
    inside: Callable[[], AbstractContextManager[None]] = nullcontext

    def shares(self) -> list[deque[int]]:
        """The numbers of tests for each process, whole files."""
        files = [list(group) for _, group in groupby(range(len(self.tests)), lambda number: self.tests[number].path)]
        bounds = [len(files) * number // self.processes for number in range(self.processes + 1)]
        return [deque(chain.from_iterable(files[first:end])) for first, end in pairwise(bounds)]

    def cut(self, share: deque[int]) -> deque[int]:
        """Take the last file away from a share, or half of it where there is no other."""
        last = sum(1 for number in share if self.tests[number].path == self.tests[share[-1]].path)
        if last == len(share):
            last = (last + 1) // 2
        return deque(reversed([share.pop() for _ in range(last)]))


@dataclass
class Worker:
    """A process as its parent sees it: its share, what it was given and has not done, the test it runs."""

    part: Part
    share: deque[int]
    process: Any
    line: Connection
    given: list[int] = field(default_factory=list)
    running: int | None = None


def together(folders: pytest.TempPathFactory) -> Path:
    """A folder that all processes of these tests see."""
    base = folders.getbasetemp()
    return base.parent if multiprocessing.parent_process() else base


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder or file for all processes of the tests: the first that wants it makes it, the others wait."""
    return once(together(factory) / name, make)


def once(place: Path, make: Callable[[Path], None]) -> Path:
    """A folder or file that whoever comes first makes; the others wait for it."""
    with place.with_name(f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            half = place.with_name(f"{place.name}.half")
            make(half)
            half.rename(place)
    return place


def threads() -> list[str]:
    """The names of threads besides the first, where the system tells."""
    names = ((task / "comm").read_text().strip() for task in TASKS.glob("*") if task.name != str(os.getpid()))
    return [name for name in names if name != SURVIVES]


class Parent:
    """Hands out tests and tells pytest what came of them."""

    def __init__(self, session: pytest.Session, parts: Sequence[Part]) -> None:
        if others := threads():
            raise pytest.UsageError(f"Something imported has started threads, which do not survive a fork: {others}")
        self.session, self.hook = session, session.config.hook
        session.config._tmp_path_factory.getbasetemp()  # made once, for all
        session.testscollected = sum(len(part.tests) for part in parts)
        terminal: Any = session.config.pluginmanager.getplugin("terminalreporter")
        terminal.showfspath = False
        self.started, self.stopping = 0, False
        self.workers = [self._start(part, share) for part in parts for share in part.shares()]

    def run(self) -> None:
        """Until everything is done, or enough has failed."""
        try:
            while self.workers:
                self._turn()
        finally:
            for worker in self.workers:  # after an interruption: whoever waits for more is waited for in vain
                worker.line.close()
        if self.session.shouldfail:
            raise self.session.Failed(self.session.shouldfail)
        if self.session.shouldstop:
            raise self.session.Interrupted(self.session.shouldstop)

    def _turn(self) -> None:
        wait([worker.line for worker in self.workers], timeout=1)
        for worker in [*self.workers]:
            self._listen(worker)
        if (self.session.shouldfail or self.session.shouldstop) and not self.stopping:
            self._stop()

    def _start(self, part: Part, share: deque[int]) -> Worker:
        self.started += 1
        here, there = FORK.Pipe()
        child = Child(self.session, part, there, f"process-{self.started}")
        process = FORK.Process(target=child.run)
        process.start()
        there.close()
        return Worker(part, share, process, here)

    def _stop(self) -> None:
        self.stopping = True
        for worker in self.workers:
            worker.share.clear()
            with suppress(ConnectionError):
                worker.line.send([])

    def _listen(self, worker: Worker) -> None:
        alive = worker.process.is_alive()  # asked before: what it said until it died is still heard
        try:
            while worker.line.poll():
                word, about = worker.line.recv()
                getattr(self, f"_{word}")(worker, about)
        except (EOFError, ConnectionError):
            worker.process.join()
            alive = False
        if not alive:
            self._ended(worker)

    def _more(self, worker: Worker, _: None) -> None:
        longest = max((other.share for other in self.workers if other.part is worker.part), key=len)
        if longest and not worker.share:
            worker.share = worker.part.cut(longest)
        worker.given = [worker.share.popleft()] if worker.share else []
        worker.line.send(worker.given)

    def _began(self, worker: Worker, number: int) -> None:
        worker.running = number
        item = worker.part.tests[number]
        self.hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)

    def _report(self, worker: Worker, data: dict[str, Any]) -> None:
        report = self.hook.pytest_report_from_serializable(config=self.session.config, data=data)
        report.nodeid += worker.part.title
        self.hook.pytest_runtest_logreport(report=report)

    def _done(self, worker: Worker, number: int) -> None:
        worker.running = None
        item = worker.part.tests[number]
        self.hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    def _warning(self, _: Worker, said: dict[str, Any]) -> None:
        told = warnings.WarningMessage(said.pop("text"), said.pop("category"), said.pop("file"), said.pop("line"))
        self.hook.pytest_warning_recorded.call_historic(kwargs={"warning_message": told, **said})

    def _ended(self, worker: Worker) -> None:
        self.workers.remove(worker)
        code, number, left = worker.process.exitcode, worker.running, worker.given
        if code and number is None:
            self.session.shouldfail = f"A process ended outside of its tests, with exit code {code}."
        elif number is not None:
            item = worker.part.tests[number]
            text = f"The process that ran this test died, with exit code {code}."
            died = pytest.TestReport(item.nodeid + worker.part.title, item.location, {}, "failed", text, "call")
            self.hook.pytest_runtest_logreport(report=died)
            if not self.stopping:
                self.workers.append(self._start(worker.part, deque([*left, *worker.share])))


class Child:
    """Runs the tests it is given, in the forked process, and says what came of each."""

    def __init__(self, session: pytest.Session, part: Part, line: Connection, name: str) -> None:
        self.session, self.part, self.line, self.name = session, part, line, name

    def run(self) -> None:
        """Until there are no more, or the parent says stop."""
        self._move_in()
        with suppress(EOFError, ConnectionError), self.part.inside():  # the parent may be gone
            try:
                self._run()
            finally:
                self.session._setupstate.teardown_exact(None)
        self.line.close()

    def _run(self) -> None:
        waiting = self._asked()
        while waiting and not self.line.poll():
            number = waiting.pop(0)
            waiting = waiting or self._asked()
            self.line.send(("began", number))
            following = self.part.tests[waiting[0]] if waiting else None
            item = self.part.tests[number]
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self.line.send(("done", number))

    def _asked(self) -> list[int]:
        self.line.send(("more", None))
        given: list[int] = self.line.recv()
        return given

    def _move_in(self) -> None:
        """Have a folder, captured output and reports of one's own."""
        config: Any = self.session.config
        folders = config._tmp_path_factory
        folders._basetemp = folders.getbasetemp() / self.name
        folders._basetemp.mkdir()
        config.pluginmanager.unregister(name="terminalreporter")
        capture = config.pluginmanager.getplugin("capturemanager")
        capture.stop_global_capturing()
        capture.start_global_capturing()
        capture.suspend_global_capture(in_=True)
        self.listening = False
        config.pluginmanager.register(self)
        self.listening = True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        hook = self.session.config.hook
        self.line.send(("report", hook.pytest_report_to_serializable(config=self.session.config, report=report)))

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: str, nodeid: str, location: Any
    ) -> None:
        if self.listening:  # those before the fork are told once more when this begins to listen
            said = {"text": str(warning_message.message), "category": warning_message.category}
            place = {"file": warning_message.filename, "line": warning_message.lineno}
            self.line.send(("warning", {**said, **place, "when": when, "nodeid": nodeid, "location": location}))
