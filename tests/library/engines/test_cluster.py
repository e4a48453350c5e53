"""A cluster of a master and two workers: both have a part in the work, and one of them may die in the middle of it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

import tenure
from tenure import pipeline
from tenure.pipeline import Standing
from tenure.samples import Shop, to_store
from tenure.stages import compute_history
from tenure.store import Snapshot
from tenure.workspace import Workspace
from tests.cluster import Cluster
from tests.library.engines.same import assert_same, columns_of

pytestmark = pytest.mark.scale


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A small shop with the built-in definitions."""
    made = tenure.init(tmp_path_factory.mktemp("cluster") / "shop", zone="Asia/Shanghai", clock="2026-01-01",
                       engine="duckdb")  # fmt: skip
    to_store(Shop(customers=150, seed=3), made.store)
    return made


@pytest.fixture(scope="module")
def expected(shop: Workspace) -> Standing:
    """What DuckDB says."""
    return stand(shop, shop.store.snapshot())


def stand(shop: Workspace, snapshot: Snapshot, **more: pipeline.Progress) -> Standing:
    """Everybody's standing on the engine that the snapshot names."""
    return pipeline.stand(snapshot, shop.definitions, shop.clock, shop.clock.as_of(), **more)


def on(shop: Workspace, cluster: Cluster) -> Snapshot:
    """The shop's facts, to be computed on the cluster."""
    settings = shop.settings.changed(engine="spark", spark=cluster.address)
    return replace(shop.store.snapshot(), settings=settings)


def test_both_workers_have_a_part_in_a_run(shop: Workspace, expected: Standing, cluster: Cluster) -> None:
    found = stand(shop, on(shop, cluster))
    assert assert_same(*(columns_of(each.con, "standing") for each in (expected, found))) > 120
    assert min(cluster.tasks()) > 0, cluster.logs()


def test_both_workers_have_a_part_in_a_history(shop: Workspace, expected: Standing, cluster: Cluster) -> None:
    before, snapshot = cluster.tasks(), on(shop, cluster)
    with snapshot.computing() as engine:
        compute_history(engine, shop.definitions, expected.as_of, lifecycles=["growth"])
        found = snapshot.handed_over(engine, ["stays"])
    compute_history(expected.con, shop.definitions, expected.as_of, lifecycles=["growth"])
    assert assert_same(*(columns_of(con, "stays") for con in (expected.con, found))) > 300
    assert all(now > then for now, then in zip(cluster.tasks(), before, strict=True)), cluster.logs()


def test_a_worker_that_is_killed_changes_no_value(shop: Workspace, expected: Standing, cluster: Cluster) -> None:
    """Killed when it has completed a task of this very run and others wait; it is replaced afterwards."""
    before = cluster.tasks()
    done = threading.Event()

    def kill() -> None:
        while not done.is_set() and cluster.tasks()[-1] == before[-1]:
            done.wait(0.02)
        if not done.is_set():
            cluster.kill_worker()
            killed.append(True)

    killed: list[bool] = []
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        found = stand(shop, on(shop, cluster))
    finally:
        done.set()
        killer.join()
        cluster.start_worker()
    assert killed, "the run ended before the worker had done anything"
    assert assert_same(*(columns_of(each.con, "standing") for each in (expected, found))) > 120
