"""Learning in a process of its own: what is found is the same, and whoever dies leaves nothing behind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure.errors import StoreError, UsageError
from tenure.learning import ORPHANED, Asked, LearningEnded, apart, learn
from tenure.risk import Pulse
from tenure.samples import Shop, to_store
from tenure.store import Sheets, take_in
from tenure.workspace import Workspace

LEARNED = (
    "value", "value_model", "value_scores", "value_history", "health", "health_scores", "health_history", "risk",
    "risk_model", "risk_scores", "risk_history", "next_orders", "recommendations", "replenishments", "products",
    "category_affinities", "product_bundles", "daily_sales", "needs_scores", "needs_history",
    "needs_report",
)  # fmt: skip
VALUED = (
    "SELECT 7 AS customer_key, 1.5 AS purchases, 0.5 AS alive, 300 AS value, 200 AS low, 400 AS high, 'M' AS model,"
    " TIMESTAMP '2026-01-01' AS as_of"
)


def asked(shop: Workspace) -> tuple[Asked, ...]:
    pulses = (Pulse(1, 2, shop.clock.as_of().day),)
    return Asked("value"), Asked("risk", days=45, pulses=pulses), Asked("needs")


def rows(shop: Workspace, table: str) -> list[Any]:
    """All rows of a table, without when a score was made and how long a fit took."""
    columns = "*"
    if table.endswith(("_scores", "_history")):
        columns = "* EXCLUDE (made_at)"
    if table in ("value_model", "risk_model", "needs_report"):
        columns = "* REPLACE (regexp_replace(report, '\"seconds\": ?[0-9.e-]+', '', 'g') AS report)"
    return shop.store.snapshot().connect().execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall()


@pytest.fixture(scope="module")
def bought(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("learning") / "shop"
    made = tenure.init(folder, zone="Asia/Shanghai", clock="2026-01-01T08:00:00", threads=1, currency="CNY")
    to_store(Shop(customers=400), made.store)
    return folder


@pytest.fixture
def shop(bought: Path, tmp_path: Path) -> Workspace:
    return tenure.open(shutil.copytree(bought, tmp_path / "shop"))


@pytest.mark.thorough
def test_what_is_learned_apart_is_what_is_learned_here(shop: Workspace, tmp_path: Path) -> None:
    here = tenure.open(shutil.copytree(shop.folder, tmp_path / "here"))
    for each in asked(here):
        learn(here, each)
    for each in asked(shop):
        with apart(shop, each) as learner:
            learner.taken_in()
    found = {table: rows(shop, table) for table in LEARNED}
    assert [table for table, held in found.items() if not held] == []
    assert found == {table: rows(here, table) for table in LEARNED}
    assert not (shop.store.root / "learning").exists()


@pytest.mark.thorough
def test_one_that_is_killed_writes_nothing_and_the_next_works(shop: Workspace) -> None:
    with apart(shop, Asked("value")) as learner:
        learner.process.kill()
        with pytest.raises(LearningEnded, match=r"Learning value ended early \(exit code -9\); nothing was written"):
            learner.taken_in()
    assert shop.store.tables["value"].version() == shop.store.tables["value_history"].version() == -1
    assert not (shop.store.root / "learning").exists()
    with apart(shop, Asked("value")) as learner:
        assert learner.taken_in()["why"] == "unfitted"
    assert rows(shop, "value")


@pytest.mark.thorough
def test_it_ends_when_whoever_asked_has_ended(shop: Workspace) -> None:
    with apart(shop, Asked("value")) as learner:
        assert learner.process.stdin
        learner.process.stdin.close()  # what the system does with the pipe of a process that is killed
        assert learner.process.wait() == ORPHANED


@pytest.mark.thorough
def test_a_block_that_is_left_ends_it(shop: Workspace) -> None:
    with apart(shop, Asked("value")) as learner:
        assert not learner.done()
    assert learner.done()


@pytest.mark.thorough
def test_a_refusal_is_told_in_the_same_words(tmp_path: Path) -> None:
    empty = tenure.init(tmp_path / "shop", zone="UTC")
    with pytest.raises(UsageError) as here:
        learn(empty, Asked("needs"))
    with apart(empty, Asked("needs")) as learner, pytest.raises(UsageError) as there:
        learner.taken_in()
    assert str(there.value) == str(here.value)


def test_what_is_laid_down_is_written_only_when_it_is_taken_in(tmp_path: Path) -> None:
    made = tenure.init(tmp_path / "lin's shop", zone="UTC")
    folder = made.store.root / "laid"
    folder.mkdir(parents=True)
    laid = Sheets(made.store.root, made.settings, folder)
    con, moment = laid.snapshot().connect(), made.clock.as_of("2026-01-01")
    laid.overwrite("value", con, VALUED)
    laid.keep_scores(con, "value", "SELECT 7 AS customer_key, 300 AS expected, 1.5 AS orders, 0.5 AS alive", moment,
                     made.clock)  # fmt: skip
    with pytest.raises(StoreError, match="only reads cannot append to links"):
        laid.append("links", con, "SELECT 1")
    assert made.store.tables["value"].version() == made.store.tables["value_history"].version() == -1
    asked: list[int] = []
    take_in(made.store, made.clock, folder, laid.laid, lambda: asked.append(made.store.tables["value"].version()))
    assert asked == [-1, 0]  # before each, and nothing is written before
    assert [row[:2] for row in rows(made, "value")] == [(7, 1.5)]
    assert [row[0] for row in rows(made, "value_scores")] == [7]
