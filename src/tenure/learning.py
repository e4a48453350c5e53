"""Learning of value, risk and needs in a process of its own, at low priority: it reads, its parent writes.

`python -m tenure.learning WORKSPACE FOLDER` reads what is asked from the folder and lays what it found there. It ends
when its standard input does, so that it never outlives whoever asked.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

import tenure
from tenure.errors import TenureError, UsageError
from tenure.risk import Pulse
from tenure.store import Allowed, Sheet, Sheets, take_in
from tenure.workspace import Workspace, open_workspace

__all__ = ["Asked", "Learner", "LearningEnded", "apart", "learn"]

LOWER = 10  # by which the niceness of the process is raised
FOLDER = "learning"  # inside the store, the only place that DuckDB may touch
ORPHANED = 76


class LearningEnded(TenureError):
    """The process that was learning ended early. Nothing of it was written."""


@dataclass(frozen=True)
class Asked:
    """What is to be learned, as of when (None: now); `pulses` are what colleagues said, for health."""

    what: Literal["value", "risk", "needs"]
    as_of: str | None = None
    refit: bool = False
    days: int | None = None
    pulses: tuple[Pulse, ...] = ()


@dataclass(frozen=True)
class Learned:
    """What a process laid down, and the document of it (JSON) or why it was refused."""

    sheets: tuple[Sheet, ...]
    document: str = "{}"
    refused: str = ""


def learn(shop: Workspace, asked: Asked) -> dict[str, object]:
    """Learn in this process and write it down; the document of what was done. Raises UsageError where it cannot be."""
    if asked.what == "value":
        return shop.value.renew(asked.as_of, asked.refit).document()
    if asked.what == "needs":
        return shop.needs.renew(asked.as_of).document()
    shop.health.renew(asked.as_of, asked.pulses)
    return shop.risk.renew(asked.as_of, asked.refit, asked.days).document()


class Learner:
    """A process that learns. Ask whether it is `done`, then take in what it found."""

    def __init__(self, shop: Workspace, asked: Asked, folder: Path) -> None:
        self._shop, self._what, self._folder = shop, asked.what, folder
        (folder / "asked.json").write_bytes(msgspec.json.encode(asked))
        source = str(Path(tenure.__file__).resolve().parents[1])
        paths = os.pathsep.join(filter(None, (source, os.environ.get("PYTHONPATH"))))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tenure.learning", str(shop.folder), str(folder)],
            stdin=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": paths},
        )

    def done(self) -> bool:
        """Whether the process has ended, well or not."""
        return self.process.poll() is not None

    def taken_in(self, allowed: Allowed | None = None) -> dict[str, object]:
        """Wait for the end and write what was found; the document of it. `allowed` is asked before each table.

        Raises LearningEnded, and writes nothing, where the process ended early; UsageError where there was nothing to
        learn from.
        """
        code = self.process.wait()
        if code:
            raise LearningEnded(
                f"Learning {self._what} ended early (exit code {code}); nothing was written. The worker's log may say"
                " why; -9 means that it was killed, mostly for want of memory."
            )
        found = msgspec.json.decode((self._folder / "learned.json").read_bytes(), type=Learned)
        take_in(self._shop.store, self._shop.clock, self._folder, found.sheets, allowed)
        if found.refused:
            raise UsageError(found.refused)
        told: dict[str, object] = json.loads(found.document)
        return told

    def end(self) -> None:
        """End the process if it still runs."""
        self.process.kill()
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()


@contextmanager
def apart(shop: Workspace, asked: Asked) -> Iterator[Learner]:
    """A process that learns what is asked, as long as the block lasts. For whoever holds the workspace's lock."""
    place = shop.store.root / FOLDER
    shutil.rmtree(place, ignore_errors=True)  # of one that was killed
    place.mkdir(parents=True)
    learner = Learner(shop, asked, Path(tempfile.mkdtemp(dir=place)))
    try:
        yield learner
    finally:
        learner.end()
        shutil.rmtree(place, ignore_errors=True)


def main(words: Sequence[str]) -> int:
    """Learn what the folder asks for and lay it there; the exit code."""
    os.nice(LOWER)
    threading.Thread(target=_end_with_who_asked, daemon=True).start()
    shop, folder = open_workspace(words[0]), Path(words[1])
    asked = msgspec.json.decode((folder / "asked.json").read_bytes(), type=Asked)
    laid = Sheets(shop.store.root, shop.settings, folder)
    shop.store = laid
    try:
        document, refused = json.dumps(learn(shop, asked)), ""
    except TenureError as error:
        document, refused = "{}", str(error)
    (folder / "learned.json").write_bytes(msgspec.json.encode(Learned(tuple(laid.laid), document, refused)))
    return 0


def _end_with_who_asked() -> None:
    while os.read(0, 1):
        pass
    os._exit(ORPHANED)


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))  # all is on the disk; tidying up would only cost time
