"""Commands without the second that each needs to start: a process that has imported everything forks for each.

A command still has a process of its own, with its own folder, environment, streams and exit code. What a fork cannot
show is how a command starts: tests about that start `python -m tenure_cli`, and `--soak` runs the documents so.
The process has read definitions but has neither opened a store nor set Django up: delta-rs does not survive a fork.
With `--processes` it is itself a fork of pytest, made before Django is set up, and serves the tests of all processes.
In the quick suite a new SQLite database begins with a copy of what migrations once made, for commands or for tests, and
DuckDBs are made for ten rows, as those of the tests are (tests/databases.py).
"""

import gc
import json
import os
import runpy
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core import management

from tests import databases
from tests.processes import once

ROOT = Path(__file__).parents[1]
IMPORTED = (
    "tenure.workspace tenure.collect tenure.samples tenure.store.backup tenure.reports tenure.journeys tenure.messages "
    "tenure_cli.main tenure_cli.handing tenure_cli.demo tenure_cli.run tenure_cli.up tenure.value.room "
    "tenure.risk.room smtplib sqlglot.dialects.duckdb numpy openpyxl deltalake duckdb httpx liquid tqdm.auto "
    "scipy.optimize scipy.stats sklearn.ensemble sklearn.linear_model holidays "
    "django.core.management.commands.migrate django.db.backends.sqlite3.base django.db.models.sql.compiler "
    "django.forms django.db.migrations.executor django.template.response django.views.generic django.urls "
    "django.contrib.messages django.contrib.auth.hashers django.test.client django.core.mail "
    "django.views.decorators.http csp.middleware whitenoise.middleware django_htmx.middleware"
).split()
STAYING = ("up", "demo")  # servers, which get signals and have children: always started as users start them
SHIM = '''#!{python} -IS
"""Stands in for `{program}` in documents: hands the command to the process that has imported everything."""
import os, socket, sys
if {program!r} == "tenure" and (set(sys.argv[1:2]) & {staying!r} or "--help" in sys.argv):
    os.execv({python!r}, [{python!r}, "-m", "tenure_cli", *sys.argv[1:]])
import json
asked = {{"program": {program!r}, "words": sys.argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}}
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    socket.send_fds(line, [json.dumps(asked).encode() + b"\\n"], [0, 1, 2])
    told = b""
    while told.count(b"\\n") < 2 and (part := line.recv(64)):
        told += part
sys.exit(int(told.split()[1]) if told.count(b"\\n") == 2 else 137)
'''


class Forked:
    """The process as a fork of this one, which imports what commands need. `address` is where it listens.

    `migrated` is the SQLite database after all migrations, for commands and tests, made while pytest collects.
    """

    def __init__(self, quick: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tenure-warm-"))
        self.address, self.migrated = str(self.folder / "line"), self.folder / "migrated"
        prepare()
        listening = listen(self.address)
        self.process = os.fork()
        if self.process == 0:
            gc.enable()
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            _migrate_meanwhile(self.migrated)
            if quick:
                management.call_command = partial(_migrated_once, management.call_command, self.migrated)
                databases.plainly()
            serve(listening)
            os._exit(0)
        listening.close()

    def stop(self) -> None:
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        shutil.rmtree(self.folder)


FORKED = pytest.StashKey[Forked]()  # where pytest's options keep it


class Started:
    """A running command: its process id, and of Popen's methods those that tests need."""

    def __init__(self, line: socket.socket) -> None:
        self.line, self.told = line, b""
        self._hear(1)
        self.pid = int(self.told.split()[0])

    def _hear(self, lines: int) -> None:
        while self.told.count(b"\n") < lines and (part := self.line.recv(64)):
            self.told += part

    def wait(self) -> int:
        """Its exit code when it has ended; -9 when it was killed."""
        if self.line.fileno() >= 0:  # else it was asked before
            self._hear(2)
            self.line.close()
        return int(self.told.split()[1]) if self.told.count(b"\n") == 2 else -9

    def poll(self) -> int | None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, 0)
            return None
        return self.wait()

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Warm:
    """The process. `run` runs a command in a fork of it; `shims` makes programs that do."""

    def __init__(self, address: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tenure-warm-"))
        self.address = address or str(self.folder / "line")
        self.process = None if address else self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.warm", self.address]
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("TENURE_", "DJANGO_"))}
        said = {**clean, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "OPENBLAS_NUM_THREADS": "1"}
        process = subprocess.Popen(command, cwd=ROOT, env=said, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n", "the process for commands did not start"
        return process

    def run(
        self, words: Sequence[str], environment: Mapping[str, str], program: str = "tenure"
    ) -> subprocess.CompletedProcess[str]:
        """Run `tenure` (or `python`, a script) with these words in a process of its own."""
        out, err = self.folder / "out", self.folder / "err"
        with out.open("wb") as one, err.open("wb") as other:
            code = self.start(words, environment, program, one.fileno(), other.fileno()).wait()
        return subprocess.CompletedProcess(words, code, out.read_text(), err.read_text())

    def start(
        self, words: Sequence[str], environment: Mapping[str, str], program: str = "python", out: int = 1, err: int = 2
    ) -> Started:
        """Start a command, or a script that runs until it is killed, without waiting for its end."""
        asked = {"program": program, "words": [*words], "folder": os.getcwd(), "environment": {**environment}}
        line = self._line()
        with open(os.devnull) as nothing:
            socket.send_fds(line, [json.dumps(asked).encode() + b"\n"], [nothing.fileno(), out, err])
        return Started(line)

    def shims(self, folder: Path) -> None:
        """Put programs named tenure and python-warm into a folder."""
        for name, program in (("tenure", "tenure"), ("python-warm", "python")):
            values = {"python": sys.executable, "program": program, "staying": {*STAYING}, "address": self.address}
            (folder / name).write_text(SHIM.format(**values))
            (folder / name).chmod(0o755)

    def _line(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.connect(self.address)
        return line

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder)


def prepare() -> None:
    """Import what commands need, and read the definitions that come with Tenure."""
    for name in IMPORTED:
        import_module(name)
    assert not import_module("django.conf").settings.configured, "an import has read Django's settings"
    import_module("tenure.definitions").load()


def _migrate_meanwhile(kept: Path) -> None:
    """Begin to migrate in a process of its own: pytest collects on one core, and the other is idle."""
    if os.fork() == 0:
        try:
            once(kept, _migrate)
        finally:
            os._exit(0)  # should it have failed, whoever needs the database first tries again, and tells


def _migrate(new: Path) -> None:
    """Make a SQLite database with all migrations."""
    import django
    from django.conf import settings
    from django.db import connection

    said = {"TENURE_WORKSPACE": str(new.parent), "DJANGO_SETTINGS_MODULE": "tenure_web.configuration"}
    os.environ.update({**said, "TENURE_DATABASE_URL": ""})
    settings.DATABASES["default"]["NAME"] = new
    django.setup()
    management.call_command("migrate", verbosity=0, interactive=False)
    connection.close()


def _migrated_once(call_command: Callable[..., Any], kept: Path, name: str, *words: str, **options: Any) -> Any:
    """In place of Django's `call_command`: to migrate a new SQLite database takes longer than many a command does."""
    from django.db import connection

    file = Path(str(connection.settings_dict["NAME"]))
    if name != "migrate" or connection.vendor != "sqlite" or file.exists():
        return call_command(name, *words, **options)

    def migrate(half: Path) -> None:
        call_command(name, *words, **options)
        with closing(sqlite3.connect(half)) as copy:
            connection.connection.backup(copy)

    once(kept, migrate)
    if not file.exists():
        shutil.copyfile(kept, file)
    return None


def listen(address: str) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(16)
    listening.settimeout(1)
    return listening


def serve(listening: socket.socket) -> None:
    """Fork for every command that comes; it answers with its exit code itself, so nobody waits here."""
    parent = os.getppid()
    while os.getppid() == parent:
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        with suppress(TimeoutError):
            line, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                signal.signal(signal.SIGINT, signal.default_int_handler)
                _answer(line)
            line.close()


def _answer(line: socket.socket) -> None:
    line.settimeout(None)
    text, streams, _, _ = socket.recv_fds(line, 1 << 20, 3)
    while not text.endswith(b"\n"):
        text += line.recv(1 << 20)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    line.sendall(f"{os.getpid()}\n".encode())
    code = _done(json.loads(text))
    line.sendall(f"{code}\n".encode())
    os._exit(code)


def _done(asked: Mapping[str, Any]) -> int:
    """Be the command, in this process."""
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    os.chdir(asked["folder"])
    try:
        if asked["program"] == "python":
            sys.argv, sys.path[:0] = asked["words"], [asked["folder"]]
            runpy.run_path(asked["words"][0], run_name="__main__")
            return 0
        sys.argv = ["tenure", *asked["words"]]
        return int(import_module("tenure_cli.main").main(asked["words"]) or 0)
    except SystemExit as stopped:
        if isinstance(stopped.code, str):
            print(stopped.code, file=sys.stderr)
        return stopped.code if isinstance(stopped.code, int) else int(bool(stopped.code))
    except BaseException:
        import_module("traceback").print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    prepare()
    waiting = listen(sys.argv[1])
    os.write(1, b"ready\n")
    serve(waiting)
