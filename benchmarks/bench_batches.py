"""Many micro-batches: `python -m benchmarks.bench_batches [--batches N] [--each N]`.

Appends so many small batches as a worker does, a retraction with each, and compacts in a thread of its own, while
another process reads over and over. Tells the most files that the store ever had, the size of its logs, what a batch
costs, and whether the reader ever saw anything but a whole state.
"""

import argparse
import json
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from benchmarks import shops
from benchmarks.measure import _cpu
from tenure.settings import Settings
from tenure.store import Store

READER = """
import sys, time
from pathlib import Path
from tenure.settings import Settings
from tenure.store import Store
store, wrong, reads, before = Store(Path(sys.argv[1]), Settings()), [], 0, 0
while not (Path(sys.argv[1]) / "stop").exists():
    total, different, last = store.snapshot().connect().execute(
        "SELECT count(*), count(DISTINCT ingest_id), coalesce(max(ingest_id), 0) FROM events"
    ).fetchall()[0]
    if not total == different == last or total < before:
        wrong.append(f"{before} before, then {total} events, {different} different, last {last}")
    before, reads = total, reads + 1
    time.sleep(0.2)
print(reads, "; ".join(wrong))
"""
EVENT = (
    "SELECT range AS seq, range % 997 + 1 AS source_key, 'track' AS kind, 'Order Completed' AS name,"
    " TIMESTAMP '2023-01-01' + INTERVAL (range) SECOND AS ts, TIMESTAMP '2025-01-01' AS received_at, NULL AS sent_at,"
    " NULL AS original_at, range AS message_hash, 1 AS source_id, NULL AS import_id, 'o' || range AS order_id,"
    " 100 AS amount, 'GBP' AS currency, NULL AS products, '{}' AS properties FROM range"
)


def main() -> None:
    """Append, watch, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=10_000)
    parser.add_argument("--each", type=int, default=20, help="events a batch")
    chosen = parser.parse_args()
    folder = shops.cache() / "batches"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "store").mkdir(parents=True)
    print(json.dumps(_measured(Store(folder / "store", Settings()), chosen.batches, chosen.each), indent=1))
    shutil.rmtree(folder)


def _measured(store: Store, batches: int, each: int) -> dict[str, object]:
    con, stop, most = store.connect(), threading.Event(), {"data": 0, "logs": 0, "log_mb": 0.0}
    store.append_events(con, f"{EVENT}(0, {each})")
    reader = subprocess.Popen([sys.executable, "-c", READER, str(store.root)], stdout=subprocess.PIPE, text=True)
    compactor = threading.Thread(target=_compacting, args=(store, stop))
    compactor.start()
    worst, cpu = 0.0, _cpu()
    for step in range(1, batches):
        begun = time.monotonic()
        with store.guard:
            store.append_events(con, f"{EVENT}({step * each}, {(step + 1) * each})", {"inbox": step})
            store.append("retractions", con, f"SELECT 'event' AS kind, {-step} AS id, '' AS cause, now() AS \"at\"")
        worst = max(worst, time.monotonic() - begun)
        if step % 200 == 0:
            _look(store.root, most)
    cpu = _cpu() - cpu
    stop.set()
    compactor.join()
    store.compact()
    _look(store.root, most)
    (store.root / "stop").touch()
    reads, _, wrong = reader.communicate(timeout=120)[0].partition(" ")
    count = store.snapshot().connect().execute("SELECT count(*), count(DISTINCT ingest_id) FROM events").fetchall()[0]
    return {
        "batches": batches,
        "events": count[0],
        "each_once": count[0] == count[1] == batches * each,
        "cpu_ms_a_batch": round(cpu / batches * 1000, 1),
        "longest_batch_s": round(worst, 2),
        "most_files_on_disk": most["data"],
        "most_log_files": most["logs"],
        "most_log_mb": round(most["log_mb"], 1),
        "live_files_at_the_end": sum(table.files() for table in store.tables.values()),
        "reads": int(reads),
        "wrong_reads": wrong.strip(),
    }


def _compacting(store: Store, stop: threading.Event) -> None:
    while not stop.wait(0.5):
        store.compact_if_needed()


def _look(root: Path, most: dict[str, float]) -> None:
    logs = [path.stat().st_size for path in root.glob("*/_delta_log/*")]
    live = sum(1 for _ in root.rglob("*.parquet")) - sum(1 for _ in root.glob("*/_delta_log/*.parquet"))
    most |= {
        "data": max(most["data"], live),
        "logs": max(most["logs"], len(logs)),
        "log_mb": max(most["log_mb"], sum(logs) / 1e6),
    }


if __name__ == "__main__":
    main()
