"""The web server and the worker as children: spawned, watched, started again when they die, stopped together.

Children are spawned, never forked from a process that has used the store: delta-rs does not survive a fork.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING

from tenure.errors import UsageError
from tenure_cli.speaking import say, tr

if TYPE_CHECKING:
    from tenure.workspace import Workspace

GRACE = 15.0
LONGEST_PAUSE = 30.0
SETTLED = 10.0
MOST_FAILURES = 6


@dataclass
class Child:
    """One server process and how it fared."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    failures: int = 0

    def start(self, environment: Mapping[str, str]) -> None:
        """Spawn it in a session of its own, so that Ctrl-C reaches it only through us."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tenure_cli.child", *self.command], env=dict(environment), start_new_session=True
        )
        self.started = time.monotonic()


@dataclass
class Servers:
    """The children of `tenure up`. `run` returns when asked to stop, or raises when one of them will not stay up."""

    host: str
    port: int
    children: Sequence[Child]
    environment: Mapping[str, str]
    stopping: bool = field(default=False)

    def answering(self) -> bool:
        """Whether the web server takes connections."""
        near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        try:
            with socket.create_connection((near, self.port), timeout=0.5):
                return True
        except OSError:
            return False

    def start(self) -> None:
        """Start all, and stop them in good order on Ctrl-C and TERM."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked)
        for child in self.children:
            child.start(self.environment)

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def run(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Watch until asked to stop; `meanwhile` is called a few times a second."""
        try:
            while not self.stopping:
                for child in self.children:
                    self._watch(child)
                meanwhile()
                time.sleep(0.2)
        finally:
            self.stop()

    def _watch(self, child: Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                child.start(self.environment)
            return
        code = child.process.poll()
        if code is None:
            if now - child.started > SETTLED:
                child.failures = 0
            return
        child.process, child.failures = None, child.failures + 1
        if child.failures > MOST_FAILURES:
            raise UsageError(tr("{name} will not stay up; what it last said stands above.", name=child.name))
        pause = min(2.0 ** (child.failures - 1), LONGEST_PAUSE)
        child.due = now + pause
        say(
            tr(
                "{name} stopped ({how}); starting it again in {pause:.0f} s.",
                name=child.name,
                how=_how(code),
                pause=pause,
            )
        )

    def stop(self) -> None:
        """Ask all to finish, wait, and end those that do not."""
        running = [child.process for child in self.children if child.process and child.process.poll() is None]
        for process in running:
            process.terminate()
        until = time.monotonic() + GRACE
        for process in running:
            try:
                process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _how(code: int) -> str:
    return tr("exit code {code}", code=code) if code >= 0 else signal.Signals(-code).name


def web_server(host: str, port: int) -> Child:
    """Gunicorn: two processes of four threads each."""
    settings = [
        *("--bind", f"{host}:{port}", "--worker-class", "gthread", "--workers", "2", "--threads", "4"),
        *("--timeout", "120", "--graceful-timeout", "10", "--keep-alive", "30", "--log-level", "warning"),
    ]
    return Child(tr("The web server"), ["gunicorn", "tenure_web.wsgi:application", *settings])


def workers(count: int = 1) -> list[Child]:
    """Load events, run the ring, move journeys on. Of several, one writes facts at a time."""
    if count == 1:
        return [Child(tr("The worker"), ["tenure_web.worker"])]
    return [Child(tr("Worker {number}", number=number + 1), ["tenure_web.worker"]) for number in range(count)]


def check_port(host: str, port: int) -> None:
    """Refuse a port that is not free, in words."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            text = "Port {port} of {host} cannot be used ({why}). Choose another one with --port."
            raise UsageError(tr(text, port=port, host=host, why=error.strerror)) from error


def environment(workspace: "Workspace", hosts: Sequence[str]) -> dict[str, str]:
    """What the children need to know: the workspace, its database, and the names they answer to."""
    found = dict(os.environ)
    found["TENURE_WORKSPACE"] = str(workspace.folder)
    found["DJANGO_SETTINGS_MODULE"] = "tenure_web.configuration"
    if workspace.settings.database:
        found["TENURE_DATABASE_URL"] = workspace.settings.database
    named = found.get("TENURE_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
    found["TENURE_HOSTS"] = ",".join(dict.fromkeys([*named, *hosts]))
    return found
