"""Where everyone is: a lifecycle's rules as one SQL expression over the features."""

from __future__ import annotations

from tenure.definitions import Lifecycle

__all__ = ["column", "stage_sql"]


def column(lifecycle: str) -> str:
    """The column that holds the stage in a lifecycle."""
    return '"stage_' + lifecycle.replace('"', '""') + '"'


def stage_sql(lifecycle: Lifecycle, params: list[object]) -> str:
    """SQL for the key of a customer's stage: the first rule that is true, in the order rules are tried.

    The stage without a rule takes everybody else, so that the expression is never NULL.
    """
    cases, rest = [], None
    for stage in lifecycle.tried:
        if stage.rule is None:
            rest = stage.key
            break
        cases.append(f"WHEN {stage.rule.sql(params)} THEN {_literal(stage.key)}")
    return f"CASE {' '.join(cases)} ELSE {_literal(rest or lifecycle.stages[0].key)} END"


def _literal(key: str) -> str:
    return "'" + key.replace("'", "''") + "'"
