"""A file much larger than the memory that may be taken for it: bounded, exact, and whole after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

import tenure

ROWS, EVERY = 2_000_000, 400  # every so many rows there is one without a time
LIMIT = "800MB"  # of which a file gets 150; the lines of this one take 176 before anything is made of them
_CHILD = """
import resource, sys, tenure
from tenure.collect.files import load
load.AT_ONCE = 250_000
shop = tenure.open(sys.argv[1])
with shop.writing(wait=True):
    found = shop.collect.load_events(sys.argv[2], {"name": "event", "time": "time", "customer": "customer"})
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print("taken", found.accepted + found.duplicates, found.refused, most)
"""


@pytest.mark.soak
def test_a_file_larger_than_memory_is_taken_in_exactly_though_a_kill_came_between(
    workspace: Any, tmp_path: Path
) -> None:
    workspace.save_settings(workspace.settings.changed(memory_limit=LIMIT))
    path = tmp_path / "events.csv"
    plain = duckdb.connect()
    plain.execute(
        f"""COPY (SELECT 'C' || n * 7919 % 50_000 AS customer, 'Seen ' || n % 5 AS event, n % 1000 AS price,
            CASE WHEN n % {EVERY} = 0 THEN '' ELSE CAST(TIMESTAMP '2024-01-01' + to_seconds(n * 7) AS VARCHAR) END
            AS time FROM range({ROWS}) AS rows(n)) TO '{path}' (HEADER)"""
    )
    command = [sys.executable, "-c", _CHILD, str(workspace.folder), str(path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(tenure.__file__).resolve().parents[1])}
    killed = subprocess.run(command, env={**environment, "TENURE_FAILPOINT": "loader.indexed"}, check=False)
    assert killed.returncode == -signal.SIGKILL
    ended = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    taken, refused, most = map(int, ended.stdout.partition("taken ")[2].split()[:3])
    shop = tenure.open(workspace.folder)
    assert (taken, refused) == (ROWS - ROWS // EVERY, ROWS // EVERY)
    assert [(each.import_id, each.state) for each in shop.collect.files.log.list()] == [(1, "done")]
    assert shop.collect.files.refused.count(1) == ROWS // EVERY
    counted = "count(*), count(DISTINCT {}), sum(CAST({} AS INTEGER))"
    asked = counted.format("customer", "price")
    expected = plain.execute(f"SELECT {asked} FROM read_csv('{path}', all_varchar = true) WHERE time <> ''").fetchall()
    con = shop.store.snapshot().connect()
    asked = counted.format("customer_key", "json_extract_string(properties, '$.price')")
    assert con.execute(f"SELECT {asked} FROM events").fetchall() == expected
    assert most < 700
