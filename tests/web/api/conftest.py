"""A write key, and a real server on a loopback port."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.warm import Started, Warm

ROOT = Path(__file__).parents[3]
SERVER = """
import os, sys
os.setsid()
import tenure_web.wsgi  # gunicorn's workers, its forks, need not import it again
from gunicorn.app.wsgiapp import run
run()
"""
WORKER = """
import sys, time, tenure
shop = tenure.open(sys.argv[1])
compacted = time.monotonic()
while True:
    if not shop.collect.drain(20).accepted:
        time.sleep(0.01)
    if time.monotonic() - compacted > 0.5:
        shop.store.compact()
        compacted = time.monotonic()
"""


class Server:
    """gunicorn with the project's WSGI application, which can be killed and started again on the same port."""

    def __init__(self, folder: Path, warm: Warm) -> None:
        self.folder, self.warm = folder, warm
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = found.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: Started | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        words = [
            *("tenure_web.wsgi:application", "--bind", f"127.0.0.1:{self.port}"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--log-level", "error"),
            *("--no-control-socket", "--worker-tmp-dir", str(self.folder / "tmp")),
        ]
        self.process = start(self.warm, self.folder, SERVER, words)
        with httpx.Client(verify=False) as client:  # else each question reads all certificates of the system
            for _ in range(200):
                try:
                    client.get(f"{self.url}/v1/none")
                    return
                except httpx.TransportError:
                    time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """As a power cut would: the master and its workers, at once."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


def environment(folder: Path, **more: str) -> dict[str, str]:
    """What a process of this installation is started with."""
    return {
        **os.environ,
        "TENURE_WORKSPACE": str(folder),
        "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "tenure_web.configuration",
        **more,
    }


def start(warm: Warm, folder: Path, script: str, words: Sequence[str]) -> Started:
    """A script as a process of this installation, which says nothing."""
    file = folder / "tmp" / "script.py"
    file.write_text(script)
    with open(os.devnull, "wb") as nothing:
        return warm.start([str(file), *words], environment(folder), out=nothing.fileno(), err=nothing.fileno())


def start_loader(warm: Warm, folder: Path) -> Started:
    """A process that drains the inbox and compacts the store until it is killed."""
    return start(warm, folder, WORKER, [str(folder)])


@pytest.fixture
def key(workspace: Any) -> str:
    """A write key of Lin's site."""
    return str(workspace.collect.sources.create_key("site", datetime.now(UTC)))


@pytest.fixture
def server(workspace: Any, warm: Warm) -> Iterator[Server]:
    """A running server for the workspace."""
    made = Server(workspace.folder, warm)
    made.start()
    yield made
    made.kill()
