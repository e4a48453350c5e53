"""The list of what may be sent to Spark is exactly what the samples of the comparison make use of."""

from __future__ import annotations

from typing import Any, get_args

import duckdb
import pytest

import tenure
from tenure import pipeline
from tenure.definitions.kinds import KINDS
from tenure.definitions.tree import FunctionName, Node, children
from tenure.features import odd_values
from tenure.segments import compute_membership_history, compute_segment_history
from tenure.stages import compute_history, moves_between
from tenure.store.engines.rewrites import PROVED, functions_of
from tenure.store.engines.statements import Statement
from tenure.store.tables import TABLES
from tenure.workspace import Workspace
from tests.library.engines.catalogue import EXPRESSIONS, SAMPLES, kinds
from tests.library.engines.conftest import agreed, define

pytestmark = pytest.mark.thorough


class Recorder:
    """A DuckDB connection that remembers which functions the statements call."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con, self.functions = con, set[str]()

    def execute(self, query: str, parameters: Any = None) -> Any:
        statement = Statement.read(query, parameters)
        if statement.query is not None:
            self.functions |= set(functions_of(statement.query))
        return self.con.execute(query, parameters) if parameters else self.con.execute(query)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The definitions that are compared, over no events: the statements are the same."""
    made = tenure.init(tmp_path_factory.mktemp("proved") / "shop", clock="2026-01-01", engine="duckdb")
    define(made.folder / "definitions")
    return made


@pytest.fixture(scope="module")
def used(shop: Workspace) -> set[str]:
    """The functions of every statement that a run sends to an engine."""
    snapshot, moment, definitions = shop.store.snapshot(), shop.clock.as_of(), shop.definitions
    recorder = Recorder(duckdb.connect())
    for name, spec in TABLES.items():
        typed = ", ".join(f'"{column}" {kind}' for column, kind in spec.columns.items())
        recorder.con.execute(f"CREATE TABLE files_{name} ({typed})").fetchall()
    snapshot.attach_files(recorder)
    run = pipeline._Run(snapshot, definitions, shop.clock, moment, recorder, outside=agreed(None))
    for _name, step in pipeline.STEPS:
        step(run)
    compute_history(recorder, definitions, moment)
    moves_between(recorder, shop.lifecycle(), moment.day, moment.day, True)
    compute_segment_history(recorder, definitions, shop.clock, moment, months=1)
    compute_membership_history(recorder, definitions, shop.clock, moment, months=1)
    odd_values(recorder, definitions, moment, "standing")
    return recorder.functions


def test_what_is_listed_is_what_the_samples_use(used: set[str]) -> None:
    assert used - PROVED == set(), "used by a sample, but not listed in PROVED"
    assert PROVED - used == set(), "listed in PROVED, but no sample uses it"


def test_every_kind_of_feature_has_a_sample() -> None:
    assert {str(each["kind"]) for each in SAMPLES.values()} == kinds()
    assert kinds() | {"given"} == set(KINDS)


def test_every_word_of_the_rule_language_has_a_sample(shop: Workspace) -> None:
    found: set[type[Any]] = set()
    calls: set[str] = set()

    def walk(node: Any) -> None:
        found.add(type(node))
        calls.update([node.name] if hasattr(node, "arguments") else [])
        for child in children(node):
            walk(child)

    for lifecycle in shop.definitions.lifecycles.values():
        for stage in lifecycle.stages:
            for rule in stage.rules:
                walk(rule.tree)
    for feature in shop.definitions.features.values():
        read = (
            feature.expression and feature.expression.tree,
            feature.part,
            feature.events and feature.events.condition,
        )
        for tree in filter(None, read):
            walk(tree)
    wanted = {each for part in get_args(Node) for each in (get_args(part) or (part,))}
    assert {each.__name__ for each in wanted - found} == set()
    assert set(get_args(FunctionName)) - calls == set()
    assert len(EXPRESSIONS) > 15
