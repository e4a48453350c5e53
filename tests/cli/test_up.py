"""The servers: they answer, share work with commands, come back when they die, and go when asked."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import environment

PATIENCE = 90


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(empty: Path, port: int, tmp_path: Path) -> Iterator[tuple[Any, Path]]:
    """`tenure up` on an empty workspace, with what it says in a file."""
    said = tmp_path / "said"
    command = [sys.executable, "-m", "tenure_cli", "up", "--workspace", str(empty), "--port", str(port)]
    with said.open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment())
    yield process, said
    if process.poll() is None:
        process.kill()
        process.wait()


def until(what: Callable[[], Any]) -> Any:
    """Wait for something to become true."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.2)
    raise AssertionError("waited in vain")


def children(process: Any) -> dict[str, int]:
    """The pids of web and worker."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(process.pid)], capture_output=True, text=True
    )
    rows = [line.split(maxsplit=1) for line in listed.stdout.splitlines()]
    return {("worker" if "tenure_web.worker" in args else "web"): int(pid) for pid, args in rows}


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.thorough
def test_up_serves_takes_work_survives_a_death_and_stops(
    server: tuple[Any, Path], empty: Path, port: int, apart: Any, files: dict[str, Path]
) -> None:
    process, said = server
    link = until(lambda: re.search(r"http://localhost:\d+/start/\S+", said.read_text()))[0]
    assert status(link.replace("localhost", "127.0.0.1")) == 200
    until(lambda: "working" in said.read_text())
    columns = "customer=customer,time=time,order=order,price=price,quantity=quantity"
    words = ("import", "orders", files["orders"], "--columns", columns, "--json", "--workspace", empty)
    assert apart(*words).document["accepted"] > 100, "the worker did it: the lock is held"
    assert "already running" in apart("up", "--workspace", empty, code=1).err
    former = until(lambda: children(process).get("worker"))
    assert "starting it again" not in said.read_text(), said.read_text()
    os.kill(former, signal.SIGKILL)
    until(lambda: children(process).get("worker", former) != former)
    assert "The worker stopped (SIGKILL); starting it again in 1 s." in said.read_text()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    assert said.read_text().rstrip().endswith("Stopped.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def test_a_taken_port_is_said_at_once(tell: Any, empty: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        told = tell("up", "--workspace", empty, "--port", port, code=1)
    assert told.err.startswith(f"tenure: Port {port} of 127.0.0.1 cannot be used (Address already in use).")
