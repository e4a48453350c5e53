"""From an event to what the pages show: `python -m benchmarks.bench_live [--customers N] [--rate R] [--seconds S]`.

Starts the real servers on a copy of a simulated shop, sends events over HTTP at a steady rate, and measures for each
how long it takes from the moment it is sent until the customer's row shows it; and what the worker costs meanwhile.
The day's own work (everybody brought up to date, scores learned) is over before; --at-once sends while it goes on.
"""

import argparse
import json
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil

import tenure
from benchmarks import shops

BATCH = 10
PATIENCE = 120.0
QUANTILES = (0.5, 0.9, 0.99, 1.0)


@dataclass
class Watch:
    """Events on their way, by customer, and how long the others took."""

    waiting: dict[int, tuple[str, float]] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def sent(self, key: int, at: str) -> None:
        """An event of this customer, dated `at`, leaves now. One at a time is followed a customer."""
        with self.guard:
            self.waiting.setdefault(key, (at, time.monotonic()))

    def look(self, database: sqlite3.Connection) -> None:
        """See who of those waited for is shown with the event."""
        with self.guard:
            asked = list(self.waiting)
        for start in range(0, len(asked), 500):
            part = asked[start : start + 500]
            marks = ", ".join("?" * len(part))
            rows = database.execute(
                f"SELECT customer_key, last_seen_at FROM customers_state WHERE customer_key IN ({marks})", part
            ).fetchall()
            now = time.monotonic()
            with self.guard:
                for key, seen in rows:
                    at, left = self.waiting[key]
                    if seen is not None and seen[:19] >= at:
                        self.took.append(now - left)
                        del self.waiting[key]


def main() -> None:
    """Prepare, start, send, watch, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rate", type=float, default=200.0, help="events a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--at-once", action="store_true", help="send while the day's own work goes on")
    chosen = parser.parse_args()
    folder = copied(chosen.customers)
    workspace = tenure.open(folder)
    workspace.save_settings(workspace.settings.changed(clock=""))
    people, key = _people(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tenure_cli", "up", "--workspace", str(folder), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        print(json.dumps(_measured(server, port, folder, people, key, chosen), indent=1))
    finally:
        server.terminate()
        server.wait(60)
    shutil.rmtree(folder)


def copied(customers: int) -> Path:
    """A copy of a prepared shop whose pages show everybody."""
    made = shops.prepared(customers)
    if not (made / "shown").exists():
        _shown(made)
        (made / "shown").touch()
    folder = Path(shops.cache() / f"live-{os.getpid()}")
    shutil.copytree(made, folder)
    return folder


def _shown(folder: Path) -> None:
    """Fill the application's database, in a process of its own."""
    code = (
        "import sys, tenure; from tenure_cli import options, run; w = tenure.open(sys.argv[1]); run.bring_up(w, print)"
    )
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, stdout=subprocess.DEVNULL)


def _people(folder: Path) -> tuple[list[tuple[int, str]], str]:
    """(customer key, id) of up to 20,000 customers, and a write key."""
    workspace = tenure.open(folder)
    con = workspace.store.snapshot().connect()
    people = con.execute(
        "SELECT customer_key, external_id FROM customers WHERE external_id IS NOT NULL"
        " ORDER BY hash(customer_key) LIMIT 20000"
    ).fetchall()
    con.close()
    return people, workspace.collect.sources.create_key("bench", datetime.now(UTC))


def _until_idle(worker: psutil.Process, span: float = 5.0) -> None:
    """Wait until the worker, and who learns for it, have next to nothing to do."""
    while True:
        before = _cpu(worker)
        time.sleep(span)
        if _cpu(worker) - before < 0.05 * span:
            return


def _measured(
    server: subprocess.Popen[bytes],
    port: int,
    folder: Path,
    people: list[tuple[int, str]],
    key: str,
    chosen: argparse.Namespace,
) -> dict[str, object]:
    database = sqlite3.connect(f"file:{folder / 'app.sqlite3'}?mode=ro", uri=True)
    _until_ready(port, database)
    worker = next(p for p in psutil.Process(server.pid).children() if "tenure_web.worker" in " ".join(p.cmdline()))
    if not chosen.at_once:
        _until_idle(worker)
    watch, done = Watch(), threading.Event()
    before, begun = _cpu(worker), time.monotonic()
    sender = threading.Thread(target=_send, args=(watch, people, key, port, chosen.rate, chosen.seconds, done))
    sender.start()
    while not done.is_set() or (watch.waiting and time.monotonic() < begun + chosen.seconds + PATIENCE):
        watch.look(database)
        time.sleep(0.05)
    sender.join()
    took = sorted(watch.took)
    return {
        "customers": chosen.customers,
        "events_per_second": chosen.rate,
        "seconds": chosen.seconds,
        "followed": len(took),
        "never_shown": len(watch.waiting),
        "until_shown": {f"p{share:.0%}": round(took[min(int(len(took) * share), len(took) - 1)], 2)
                        for share in QUANTILES} if took else {},
        "worker_cores": round((_cpu(worker) - before) / (time.monotonic() - begun), 2),
        "worker_mb": worker.memory_info().rss >> 20,
        "machine_load": os.getloadavg()[0],
    }  # fmt: skip


def _cpu(process: psutil.Process) -> float:
    """CPU seconds of a process and of its living children."""
    used = 0.0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            used += times.user + times.system
    return used


def _until_ready(port: int, database: sqlite3.Connection) -> None:
    """The web answers, and the worker has brought everybody up to today."""
    for _ in range(12_000):
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=5, trust_env=False)
            day = database.execute("SELECT day FROM customers_syncmark").fetchone()
            if day and day[0] and day[0] >= datetime.now(UTC).date().isoformat():
                return
        except (httpx.TransportError, sqlite3.Error):
            pass
        time.sleep(0.2)
    raise SystemExit("The servers do not become ready.")


def _send(
    watch: Watch,
    people: list[tuple[int, str]],
    key: str,
    port: int,
    rate: float,
    seconds: float,
    done: threading.Event,
) -> None:
    chance, begun, sent = random.Random(1), time.monotonic(), 0
    with httpx.Client(auth=(key, ""), timeout=30, trust_env=False) as client:
        while time.monotonic() - begun < seconds:
            now, calls, keys = datetime.now(UTC), [], []
            for customer, name in chance.sample(people, BATCH):
                calls.append(_call(chance, name, now, f"live-{sent}-{customer}"))
                keys.append(customer)
                sent += 1
            for customer in keys:
                watch.sent(customer, now.strftime("%Y-%m-%d %H:%M:%S"))
            client.post(f"http://127.0.0.1:{port}/v1/batch", json={"batch": calls}).raise_for_status()
            time.sleep(max(0.0, begun + sent / rate - time.monotonic()))
    done.set()


def _call(chance: random.Random, name: str, now: datetime, mark: str) -> dict[str, object]:
    """A page view, or every fifth time an order."""
    call = {"userId": name, "messageId": mark, "timestamp": now.isoformat()}
    if chance.random() < 0.8:
        return {**call, "type": "page", "name": "Home"}
    properties = {"order_id": mark, "revenue": chance.randint(20, 400), "currency": "CNY"}
    return {**call, "type": "track", "event": "Order Completed", "properties": properties}


if __name__ == "__main__":
    main()
