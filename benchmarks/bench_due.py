"""From an instant at which time alone moves customers until lists and board show it: `python -m benchmarks.bench_due`.

Nothing happens; the clock moves on. At midnight of the company's zone days are counted anew, so everybody's rules are
asked; within a day only events that were dated ahead come due. The worker looks every few seconds, which is added. The
work runs in a process of its own on a copy of a simulated shop whose pages show everybody.
"""

import argparse
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.bench_live import copied
from benchmarks.measure import Measured, measured, watch

AHEAD = 1_000  # customers of whom an event was dated a minute ahead


def main() -> None:
    """Prepare, measure both instants, tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_due", description=__doc__)
    parser.add_argument("--customers", type=int, default=50_000)
    chosen = parser.parse_args()
    for name in ("midnight", "dated_ahead"):
        folder = copied(chosen.customers)
        cost: Measured = measured("bench_due", name, str(folder))
        shutil.rmtree(folder)
        said = {"wall": cost.wall, "cpu": cost.cpu, "peak_mb": cost.peak_mb, "load": os.getloadavg()[0]}
        print(json.dumps({"instant": name, "customers": chosen.customers, **cost.answer, **said}), flush=True)


def midnight(folder: str) -> dict[str, Any]:
    """Everybody's answers a few seconds after a local midnight, by a worker that has been through one before."""
    workspace = _served(folder)
    from tenure_web.worker import ring

    ring.load(datetime.now(UTC))
    _next_day(workspace)
    with watch():
        movers, everybody = _next_day(workspace)
    return {"every": _every("everyone"), "who_moves": asdict(movers), "places_of_everybody": asdict(everybody)}


@dataclass(frozen=True)
class Shown:
    """How long it took until so many moves stood in the lists."""

    wall: float
    cpu: float
    moves: int


def _next_day(workspace: Any) -> tuple[Shown, Shown]:
    """What is shown when those likely to move were asked (and some others), and when everybody's place is written."""
    from tenure_web.customers import sync
    from tenure_web.customers.models import ObservedMove

    day = workspace.clock.as_of().day + timedelta(days=1)
    workspace.save_settings(workspace.settings.changed(clock=f"{day}T00:00:05"))
    begun, used, shown = time.perf_counter(), time.process_time(), list[Shown]()

    def progress(share: float) -> None:
        """Places and moves are the first third of the work as it counts it."""
        if not shown or (share > 0.33 and len(shown) == 1):
            moves = ObservedMove.objects.filter(at__gte=workspace.clock.now()).count()
            shown.append(Shown(time.perf_counter() - begun, time.process_time() - used, moves))

    sync.everyone(workspace, workspace.clock.now(), "time", progress=progress, people=False)
    return shown[0], shown[1]


def dated_ahead(folder: str) -> dict[str, Any]:
    """Events that were dated a minute ahead, when their time has come."""
    workspace = _served(folder)
    from tenure_web.customers.models import State
    from tenure_web.worker import ring

    due = workspace.clock.now() + timedelta(minutes=1)
    while ring.load(datetime.now(UTC)):
        pass
    _send(workspace, due)
    while ring.load(datetime.now(UTC)):
        pass
    seen = State.objects.filter(last_seen_at__gte=due).count
    before = seen()
    workspace.save_settings(workspace.settings.changed(clock=(due + timedelta(seconds=1)).isoformat()))
    with watch():
        ring.load(datetime.now(UTC))
    return {"came_due": AHEAD, "shown": seen() - before, "every": _every("load")}


def _every(name: str) -> float:
    """How often, in seconds, the worker looks."""
    from tenure_web.worker import loop

    return next(each.every for each in loop.claimers() if each.name == name)


def _served(folder: str) -> Any:
    """The workspace, as the worker opens it."""
    os.environ["TENURE_WORKSPACE"] = folder
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure_web.configuration")
    import django

    django.setup()
    from tenure_web.worker.workspace import current

    return current()


def _send(workspace: Any, at: datetime) -> None:
    """A page view of each of some customers, dated `at`."""
    con = workspace.store.snapshot().connect()
    people = con.execute(
        "SELECT external_id FROM customers WHERE external_id IS NOT NULL ORDER BY hash(customer_key) LIMIT ?", [AHEAD]
    ).fetchall()
    key = workspace.collect.sources.create_key("bench", datetime.now(UTC))
    calls = [
        {"type": "page", "name": "Home", "userId": name, "messageId": f"due-{name}", "timestamp": at.isoformat()}
        for (name,) in people
    ]
    workspace.collect.accept("batch", json.dumps({"batch": calls}).encode(), [key], workspace.clock.now())


if __name__ == "__main__":
    main()
