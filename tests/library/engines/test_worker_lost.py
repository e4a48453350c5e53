"""A worker of the cluster dies in the middle of a run: the rest finish it, and the answer is the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tenure import pipeline
from tenure.workspace import Workspace
from tests.cluster import Cluster, why_not
from tests.engine import let_go
from tests.library.engines.conftest import agreed
from tests.library.engines.test_same_values import assert_same, columns_of

pytestmark = pytest.mark.scale


@pytest.fixture
def frail() -> Iterator[Cluster]:
    """A cluster of its own: one of its workers will not come back."""
    if reason := why_not():
        pytest.skip(reason)
    let_go()
    started = Cluster()
    yield started
    started.stop()


def test_a_worker_that_is_killed_changes_no_value(on_duckdb: Workspace, frail: Cluster) -> None:
    settings = on_duckdb.settings.changed(engine="spark", spark=frail.address)
    killer = threading.Thread(target=kill_when_it_works, args=(frail,), daemon=True)

    def progress(_share: float, step: str) -> None:
        if step == "features":
            killer.start()

    moment = on_duckdb.clock.as_of()
    definitions, clock = on_duckdb.definitions, on_duckdb.clock
    expected = pipeline.stand(on_duckdb.store.snapshot(), definitions, clock, moment, outside=agreed(None))
    snapshot = replace(on_duckdb.store.snapshot(), settings=settings)
    found = pipeline.stand(snapshot, definitions, clock, moment, progress=progress, outside=agreed(None))
    killer.join(60)
    assert not killer.is_alive()
    assert frail.killed
    assert assert_same(*(columns_of(each.con, "standing") for each in (expected, found))) > 250


def kill_when_it_works(cluster: Cluster) -> None:
    """Wait until both workers have completed tasks of this run, and end one while there is more to do."""
    while min(cluster.tasks()) == 0:
        threading.Event().wait(0.05)
    cluster.kill_worker()
