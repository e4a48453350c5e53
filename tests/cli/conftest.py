"""Runs of the command on a small simulated shop: a few in a process of their own, the others here, for speed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure.samples import Shop, to_collect, to_files
from tenure_cli.main import main
from tests.warm import Warm

SHOP = Shop(customers=300, seed=4, end=datetime(2026, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Its one JSON document."""
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    """An English terminal and nothing of the tester's own workspace."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TENURE_", "LC_", "LANG"))}
    return {**kept, "LANG": "en_GB.UTF-8", "PYTHONPATH": "src", **more}


@pytest.fixture(scope="session")
def spawn() -> Callable[..., Told]:
    """Run `tenure` with these words as a user does: for tests about how it starts, since that takes a second."""

    def run(*words: object, code: int | None = 0, **more: str) -> Told:
        command = [sys.executable, "-m", "tenure_cli", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment(**more), check=False)
        return _checked(Told(done.returncode, done.stdout, done.stderr), code)

    return run


@pytest.fixture(scope="session")
def apart(warm: Warm) -> Callable[..., Told]:
    """Run `tenure` with these words in a process of its own, which has imported everything already."""

    def run(*words: object, code: int | None = 0, **more: str) -> Told:
        done = warm.run(list(map(str, words)), environment(**more))
        return _checked(Told(done.returncode, done.stdout, done.stderr), code)

    return run


@pytest.fixture
def tell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Run `tenure` with these words in this process: the same command without a second to start it."""

    def run(*words: object, code: int | None = 0, **more: str) -> Told:
        for name in ("LC_ALL", "LC_MESSAGES", "TENURE_WORKSPACE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("LANG", more.pop("LANG", "en_GB.UTF-8"))
        capsys.readouterr()
        try:
            found = main(list(map(str, words)))
        except SystemExit as stopped:
            found = int(stopped.code or 0)
        seen = capsys.readouterr()
        return _checked(Told(found, seen.out, seen.err), code)

    return run


def _checked(told: Told, code: int | None) -> Told:
    if code is not None:
        assert told.code == code, told.err
    return told


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a shop of 300 customers whose clock stands at the first of January 2026. Only for reading."""
    folder = tmp_path_factory.mktemp("cli") / "shop"
    workspace = tenure.init(folder, zone="Asia/Shanghai", currency="CNY", clock="2026-01-01T08:00:00")
    with workspace.writing():
        to_collect(SHOP, workspace.collect)
    return folder


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files that shop could have exported."""
    return to_files(SHOP, tmp_path_factory.mktemp("files"))


@pytest.fixture
def empty(tmp_path: Path, tell: Callable[..., Told]) -> Path:
    """A new workspace."""
    folder = tmp_path / "mine"
    tell("init", folder, "--zone", "Asia/Shanghai", "--currency", "CNY")
    return folder
