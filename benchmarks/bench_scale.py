"""Everybody's standing and stays on DuckDB, on Spark on this machine alone, and on a cluster of two workers.

`python -m benchmarks.bench_scale [--customers 100000] [--on duckdb local cluster]`. CPU is that of all processes that
take part (driver, master, workers, executors), the start of Java included in `start`; the load says how busy the
machine was beside it. Needs what `./run scale` installs.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import shops
from tenure import pipeline
from tenure.stages import compute_history
from tests.cluster import Cluster

LOCAL = "local[2]"
MEMORY = "--driver-memory 3g pyspark-shell"


def main() -> None:
    """Measure each engine once and print one JSON line for each."""
    chosen = argparse.ArgumentParser(description=__doc__)
    chosen.add_argument("--customers", type=int, default=100_000)
    chosen.add_argument("--on", nargs="+", choices=["duckdb", "local", "cluster"], default=["duckdb", "local"])
    asked = chosen.parse_args()
    folder = shops.prepared(asked.customers)
    for name in asked.on:
        print(json.dumps({"on": name, "customers": asked.customers, **_on(name, folder)}), flush=True)


def _on(name: str, folder: Path) -> dict[str, Any]:
    if name != "cluster":
        os.environ["PYSPARK_SUBMIT_ARGS"] = MEMORY
        with _configured():
            return _measured(folder, *(("duckdb", "") if name == "duckdb" else ("spark", LOCAL)))
    cluster = Cluster()
    try:
        return _measured(folder, "spark", cluster.address)
    finally:
        cluster.stop()


@contextmanager
def _configured() -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "log4j2.properties").write_text("rootLogger.level = error\n")
        os.environ["SPARK_CONF_DIR"] = folder
        yield
        del os.environ["SPARK_CONF_DIR"]


def _measured(folder: Path, engine: str, address: str) -> dict[str, Any]:
    shop = shops.opened(str(folder))
    settings = shop.settings.changed(engine=engine, spark=address or "local[*]")
    snapshot, moment = replace(shop.store.snapshot(), settings=settings), shop.clock.as_of()
    found: dict[str, Any] = {"load": os.getloadavg()[0]}
    with _watched(found, "start"), snapshot.computing() as con:
        con.execute("SELECT count(*) FROM customers").fetchall()
    with _watched(found, "standing"):
        standing = pipeline.stand(snapshot, shop.definitions, shop.clock, moment)
        found["customers"] = standing.customers
        found["steps"] = {each.step: round(each.seconds, 1) for each in standing.timings}
    with _watched(found, "stays"), snapshot.computing() as con:
        compute_history(con, shop.definitions, moment)
        stays = snapshot.handed_over(con, ("stays",)).execute("SELECT count(*) FROM stays").fetchall()
        found["rows"] = stays[0][0]
    return found


@contextmanager
def _watched(found: dict[str, Any], name: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), _cpu()
    yield
    found[name] = {"wall": round(time.perf_counter() - wall, 1), "cpu": round(_cpu() - cpu, 1)}


def _cpu() -> float:
    """CPU seconds of this process and of all that come from it and still live."""
    parents, used = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            parents[int(entry.name)], used[int(entry.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    family = {os.getpid()}
    while grown := {child for child, parent in parents.items() if parent in family} - family:
        family |= grown
    return sum(used.get(each, 0) for each in family) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
