"""One piece of work in a process of its own: wall and CPU seconds, peak memory, and what it returned.

`python -m benchmarks.measure MODULE FUNCTION ARGUMENT…` prints one JSON document. The function does its preparation,
then calls `watch()` around what counts.
"""

import importlib
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_seen: dict[str, float] = {}


@dataclass(frozen=True)
class Measured:
    """What a piece of work cost. `answer` is a small value by which two ways of doing it can be compared."""

    wall: float
    cpu: float
    peak_mb: float
    answer: Any


@contextmanager
def watch() -> Iterator[None]:
    """Count the time spent inside."""
    wall, cpu = time.perf_counter(), _cpu()
    yield
    _seen["wall"] = time.perf_counter() - wall
    _seen["cpu"] = _cpu() - cpu


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(module: str, function: str, *arguments: object) -> Measured:
    """Run it in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.measure", module, function, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{module}.{function} failed; see above.")
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Inside the fresh process."""
    module, function, *arguments = sys.argv[1:]
    # `benchmarks.measure` runs as __main__; the pieces import it by its name and must meet the same dictionary.
    sys.modules["benchmarks.measure"] = sys.modules["__main__"]
    answer = getattr(importlib.import_module(f"benchmarks.{module}"), function)(*arguments)
    cost = Measured(_seen.get("wall", 0.0), _seen.get("cpu", 0.0), _peak(), answer)
    print(json.dumps(asdict(cost), default=str))


def _peak() -> float:
    """The most memory held, MB. Linux counts what the parent held into ru_maxrss, so its own figure is taken there."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
