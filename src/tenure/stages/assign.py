"""Where everyone is: a lifecycle's rules as one SQL expression over the features."""

from __future__ import annotations

from collections.abc import Callable

from tenure.definitions import Lifecycle, Stage

__all__ = ["column", "position_sql", "since_column", "stage_sql"]


def column(lifecycle: str) -> str:
    """The column that holds the stage in a lifecycle."""
    return '"stage_' + lifecycle.replace('"', '""') + '"'


def since_column(lifecycle: str) -> str:
    """The column that holds the day the present stay began, in a lifecycle that looks back."""
    return '"since_' + lifecycle.replace('"', '""') + '"'


def stage_sql(lifecycle: Lifecycle, params: list[object]) -> str:
    """SQL for the key of the stage that the rules want: the first rule that is true, in the order rules are tried.

    The stage without a rule takes everybody else, so that the expression is never NULL. Where a lifecycle has options
    that look back, this is what the rules say of the moment alone.
    """
    return _first_match(lifecycle, params, lambda stage: _literal(stage.key))


def position_sql(lifecycle: Lifecycle, params: list[object]) -> str:
    """The same as the stage's position in the lifecycle, from 0."""
    return _first_match(lifecycle, params, lambda stage: str(lifecycle.position(stage.key)))


def _first_match(lifecycle: Lifecycle, params: list[object], written: Callable[[Stage], str]) -> str:
    cases, rest = [], lifecycle.stages[0]
    for stage in lifecycle.tried:
        if stage.rule is None:
            rest = stage
            break
        cases.append(f"WHEN {stage.rule.sql(params)} THEN {written(stage)}")
    return f"CASE {' '.join(cases)} ELSE {written(rest)} END"


def _literal(key: str) -> str:
    return "'" + key.replace("'", "''") + "'"
