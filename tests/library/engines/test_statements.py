"""Statements on their way to Spark: whose value is whose."""

from __future__ import annotations

import pytest
from sqlglot import exp

from tenure.errors import StoreError
from tenure.store.engines.statements import Statement


def test_values_belong_to_question_marks_in_the_order_of_the_text() -> None:
    statement = Statement.read("WITH a AS (SELECT ? AS x, '?' AS q) SELECT x, ? AS y FROM a", ["first", "second"])
    assert statement.query is not None
    inner = statement.query.args["with_"].expressions[0].this
    assert [mark.name for mark in inner.find_all(exp.Placeholder)] == ["p0"]
    assert statement.values == {"p0": "first", "p1": "second"}


def test_a_value_too_few_is_refused() -> None:
    with pytest.raises(StoreError, match="2 question marks, but 1 values"):
        Statement.read("SELECT ?, ?", [1])


def test_a_table_is_renamed() -> None:
    statement = Statement.read("ALTER TABLE with_members RENAME TO standing", None)
    assert (statement.kind, statement.name, statement.named) == ("rename", "with_members", "standing")
