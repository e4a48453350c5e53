"""Parts of the reader: functions with their argument types, written days, and what problems say."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, cast

from tenure.definitions.fields import read_as
from tenure.definitions.screening import refuse
from tenure.definitions.tree import Call, FunctionName, Number, Value, ValueType, type_of

if TYPE_CHECKING:
    from sqlglot.expressions import Expression as Parsed

__all__ = ["checked_call", "day_of", "did_you_mean", "shown"]

_OF_DATE = ("year", "quarter", "month", "day", "weekday")
_COUNTS = {"nullif": (2, 2), "round": (1, 2), "abs": (1, 1), "length": (1, 1), "lower": (1, 1)}


def checked_call(name: str, values: list[Value], comparable: Callable[[list[Value]], list[Value]]) -> Call:
    """The call, its arguments checked. Raises DefinitionError with one plain sentence."""
    own = "text" if name in ("length", "lower") else "date" if name in _OF_DATE else "float"
    if name in (*_OF_DATE, "length", "lower", "abs", "round"):
        values = [read_as(value, own) for value in values]
    kinds = [type_of(value) for value in values]
    numbers = all(kind in ("integer", "float") for kind in kinds)
    called = cast(FunctionName, name)
    fewest, most = _COUNTS.get(name, (1, 1) if name in _OF_DATE else (2, 10))
    if not fewest <= len(values) <= most:
        raise refuse(f"{name} takes {fewest if fewest == most else f'{fewest} to {most}'} values.")
    if name in ("length", "lower"):
        if kinds != ["text"]:
            raise refuse(f"{name} needs a text.")
        return Call(called, tuple(values), "integer" if name == "length" else "text")
    if name in _OF_DATE:
        if kinds != ["date"]:
            raise refuse(f"{name} needs a date, such as {name}(today()).")
        return Call(called, tuple(values), "integer")
    if name in ("abs", "round"):
        places = values[1] if len(values) > 1 else Number(0)
        if not numbers or not isinstance(places, Number) or places.value not in range(7):
            raise refuse(f"{name} needs a number{' and 0 to 6 digits' if name == 'round' else ''}.")
        return Call(called, tuple(values), "float")
    values = comparable(values)
    kinds = [type_of(value) for value in values]
    if name in ("least", "greatest") and kinds[0] == "text":
        raise refuse(f"{name} needs numbers or dates.")
    kind: ValueType = "float" if "float" in kinds else type_of(values[0])
    return Call(called, tuple(values), kind)


def day_of(text: str) -> date:
    """The written day. Raises DefinitionError."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise refuse(f"\"{text[:40]}\" is not a day. Write it as '2026-01-31'.")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refuse(f'"{text}" is not a day of the calendar.') from None


def shown(node: Parsed) -> str:
    """The beginning of what the user wrote."""
    try:
        return node.sql(dialect="duckdb")[:60]
    except (RecursionError, ValueError, AttributeError, TypeError, KeyError):
        return type(node).__name__


def did_you_mean(word: str, known: Mapping[str, object]) -> str:
    """A closing question with the nearest known name, or nothing."""
    near = difflib.get_close_matches(word[:60], list(known), n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""
