"""Rule text → our tree. sqlglot only reads; an allow-list decides what may be said, and types are checked on the way.

Everything that is not explicitly allowed is refused: tokens, node kinds, optional arguments of a node, functions.
(sqlglot 30 reads `a NOT LIKE 'x'` as Like(negate=True): an argument that is not looked at turns an audience round.)
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, cast

from tenure.definitions.screening import FUNCTIONS, refuse, screened
from tenure.definitions.tree import (
    And,
    Arithmetic,
    Between,
    Call,
    Column,
    Compare,
    Condition,
    Constant,
    Day,
    In,
    IsMissing,
    Like,
    Not,
    Number,
    Or,
    Text,
    Truth,
    Value,
    ValueType,
    depth,
    type_of,
)
from tenure.errors import DefinitionError

if TYPE_CHECKING:
    from sqlglot.expressions import Expression as Parsed

__all__ = ["Field", "read_condition", "read_expression"]

MAX_DEPTH = 40
MAX_ITEMS = 150
MAX_NUMBER = 10**15
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_OPERATORS: dict[str, Literal["=", "<>", "<", "<=", ">", ">="]] = {
    "EQ": "=",
    "NEQ": "<>",
    "LT": "<",
    "LTE": "<=",
    "GT": ">",
    "GTE": ">=",
}
_ARITHMETIC: dict[str, Literal["+", "-", "*", "/"]] = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"}


@dataclass(frozen=True, slots=True)
class Field:
    """What a rule must know of a feature: its type, and the digits of its currency if it is money."""

    type: ValueType
    digits: int | None = None


Fields = Mapping[str, Field]


def read_condition(text: str, fields: Fields) -> Condition:
    """The condition that the text says. Raises DefinitionError with one plain sentence."""
    return cast(Condition, _read(text, fields, _Reader.condition))


def read_expression(text: str, fields: Fields) -> Value | Condition:
    """The value (or yes-or-no) that the text says. Raises DefinitionError with one plain sentence."""
    return cast("Value | Condition", _read(text, fields, _Reader.either))


def _read(text: str, fields: Fields, how: Callable[[_Reader, Any], Any]) -> Any:
    try:
        parsed = screened(text, fields)
        tree = how(_Reader(fields), parsed)
        if depth(tree) > MAX_DEPTH:
            raise refuse("it is nested too deeply. Split it into several features.")
        return tree
    except RecursionError:
        raise refuse("it is nested too deeply. Split it into several features.") from None


class _Reader:
    """Walks one sqlglot tree. Each method names the arguments it understands; any other that is set is refused."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields

    # conditions
    def condition(self, node: Parsed) -> Condition:
        name = type(node).__name__
        if name == "Paren":
            return self.condition(self._args(node, "this")["this"])
        if name in ("And", "Or"):
            return self._joined(node, name)
        if name == "Not":
            return Not(self.condition(self._args(node, "this")["this"]))
        if name == "Boolean":
            return Constant(bool(self._args(node, "this")["this"]))
        if name == "Column":
            return self._truth(node)
        if name in _OPERATORS:
            return self._compare(node, _OPERATORS[name])
        simple = {"In": self._in, "Between": self._between, "Like": self._like, "Is": self._is}
        if name not in simple:
            raise self._no_condition(node, name)
        return simple[name](node)

    def _no_condition(self, node: Parsed, name: str) -> DefinitionError:
        if name in _ARITHMETIC or name in ("Literal", "Neg", "Null") or name.lower() in FUNCTIONS:
            return refuse("a condition must be yes or no: compare the value with something.")
        return refuse(f'"{_shown(node)}" is not available in rules.')

    def _joined(self, node: Parsed, name: str) -> Condition:
        parts: list[Condition] = []
        pending = [node]
        while pending:
            each = pending.pop()
            if type(each).__name__ == name:
                args = self._args(each, "this", "expression")
                pending += [args["expression"], args["this"]]
            else:
                parts.append(self.condition(each))
        return And(tuple(parts)) if name == "And" else Or(tuple(parts))

    def _truth(self, node: Parsed) -> Condition:
        column = self._column(node)
        if column.type != "boolean":
            raise refuse(f'"{column.key}" is not yes or no by itself: compare it, such as {column.key} >= 1.')
        return Truth(column)

    def _compare(self, node: Parsed, op: Literal["=", "<>", "<", "<=", ">", ">="]) -> Condition:
        args = self._args(node, "this", "expression")
        left, right = args["this"], args["expression"]
        if "Null" in (type(left).__name__, type(right).__name__):
            raise refuse("nothing equals NULL. Write IS NULL or IS NOT NULL.")
        if "Boolean" in (type(left).__name__, type(right).__name__):
            return self._with_boolean(left, right, op)
        first, second = self._comparable([self.value(left), self.value(right)])
        if type_of(first) == "text" and op not in ("=", "<>"):
            raise refuse("texts can only be compared with =, <>, IN and LIKE.")
        return Compare(op, first, second)

    def _with_boolean(self, left: Parsed, right: Parsed, op: str) -> Condition:
        side, constant = (left, right) if type(right).__name__ == "Boolean" else (right, left)
        if op not in ("=", "<>") or type(side).__name__ != "Column":
            raise refuse("TRUE and FALSE can only be compared with a yes-or-no feature by = or <>.")
        found = self._truth(side)
        same = bool(self._args(constant, "this")["this"]) == (op == "=")
        return found if same else Not(found)

    def _comparable(self, values: list[Value]) -> list[Value]:
        """The values, a text beside a date read as a day. Raises unless all can be compared."""
        if any(type_of(value) == "date" for value in values):
            values = [Day(_day(value.value)) if isinstance(value, Text) else value for value in values]
        kinds = {"number" if type_of(value) in ("integer", "float") else type_of(value) for value in values}
        if len(kinds) > 1 or not kinds & {"number", "text", "date"}:
            raise refuse(f"it compares {' with '.join(sorted(kinds))}, which cannot be compared.")
        return values

    def _in(self, node: Parsed) -> Condition:
        args = self._args(node, "this", "expressions")
        items = args.get("expressions") or []
        if not items:
            raise refuse("IN needs a list of values in parentheses.")
        if len(items) > MAX_ITEMS:
            raise refuse(f"IN lists {len(items)} values; at most {MAX_ITEMS} are allowed.")
        value, *listed = self._comparable([self.value(args["this"]), *(self.value(item) for item in items)])
        literals = tuple(item for item in listed if isinstance(item, Number | Text | Day))
        if len(literals) != len(items):
            raise refuse("IN can only list written values.")
        return In(value, literals)

    def _between(self, node: Parsed) -> Condition:
        args = self._args(node, "this", "low", "high")
        parts = self._comparable([self.value(args[name]) for name in ("this", "low", "high")])
        if type_of(parts[0]) == "text":
            raise refuse("texts can only be compared with =, <>, IN and LIKE.")
        return Between(*parts)

    def _like(self, node: Parsed) -> Condition:
        args = self._args(node, "this", "expression", "negate")
        value, pattern = self.value(args["this"]), self.value(args["expression"])
        if type_of(value) != "text" or not isinstance(pattern, Text):
            raise refuse("LIKE compares a text feature with a written pattern.")
        if "\\" in pattern.value:
            raise refuse("a pattern cannot hold a backslash.")
        found = Like(value, pattern.value)
        return Not(found) if args.get("negate") else found

    def _is(self, node: Parsed) -> Condition:
        args = self._args(node, "this", "expression")
        if type(args["expression"]).__name__ != "Null":
            raise refuse("IS can only be followed by NULL or NOT NULL.")
        return IsMissing(self.value(args["this"], any_type=True))

    # values
    def either(self, node: Parsed) -> Value | Condition:
        inner = node
        while type(inner).__name__ == "Paren":
            inner = self._args(inner, "this")["this"]
        name = type(inner).__name__
        if name in ("And", "Or", "Not", "Boolean", "In", "Between", "Like", "Is", *_OPERATORS):
            return self.condition(inner)
        return self.value(inner, any_type=True)

    def value(self, node: Parsed, any_type: bool = False) -> Value:
        """A value. Yes-or-no features and instants are only let through where `any_type`."""
        name = type(node).__name__
        if name == "Paren":
            return self.value(self._args(node, "this")["this"], any_type)
        if name == "Column":
            return self._typed(self._column(node), any_type)
        if name == "Literal":
            return self._literal(node)
        if name == "Neg":
            return self._negative(node)
        if name in _ARITHMETIC:
            args = self._args(node, "this", "expression")
            return Arithmetic(_ARITHMETIC[name], self._number(args["this"]), self._number(args["expression"]))
        if name == "Cast":
            return self._date(node)
        if name.lower() in FUNCTIONS:
            return self._call(node, name.lower())
        if name == "Null":
            raise refuse("NULL can only stand after IS or IS NOT.")
        if name in ("Anonymous", "Func") or hasattr(node, "sql_names"):
            raise refuse(f'the function in "{_shown(node)}" is not available. Available: {", ".join(FUNCTIONS)}.')
        raise refuse(f'"{_shown(node)}" is not available in rules.')

    def _typed(self, column: Column, any_type: bool) -> Column:
        if any_type or column.type not in ("boolean", "time"):
            return column
        if column.type == "time":
            raise refuse(f'"{column.key}" is an instant: only IS NULL can be asked of it. Use a days_since feature.')
        raise refuse(f'"{column.key}" is yes or no: write it alone, or with NOT.')

    def _column(self, node: Parsed) -> Column:
        identifier = self._args(node, "this")["this"]
        if type(identifier).__name__ != "Identifier":
            raise refuse(f'"{_shown(node)}" is not available in rules.')
        key = str(self._args(identifier, "this")["this"]).lower()
        field = self.fields.get(key)
        if field is None:
            raise refuse(f'unknown feature "{key}".{_did_you_mean(key, self.fields)}')
        return Column(key, field.type, field.digits)

    def _literal(self, node: Parsed) -> Number | Text:
        args = self._args(node, "this", "is_string")
        written = str(args["this"])
        if args.get("is_string"):
            return Text(written)
        if not _NUMBER.fullmatch(written) or float(written) > MAX_NUMBER:
            raise refuse(f'"{written[:40]}" is not a number from 0 to {MAX_NUMBER:,} written with digits.')
        return Number(float(written) if "." in written else int(written))

    def _negative(self, node: Parsed) -> Value:
        inner = self._number(self._args(node, "this")["this"])
        if isinstance(inner, Number):
            return Number(-inner.value)
        return Arithmetic("-", Number(0), inner)

    def _number(self, node: Parsed) -> Value:
        value = self.value(node)
        if type_of(value) not in ("integer", "float"):
            raise refuse("only numbers can be added, subtracted, multiplied or divided.")
        return value

    def _date(self, node: Parsed) -> Day:
        args = self._args(node, "this", "to")
        literal, to = args["this"], args["to"]
        if type(literal).__name__ != "Literal" or to.this.name != "DATE" or not literal.is_string:
            raise refuse("CAST is not available. Write a day as DATE '2026-01-31'.")
        return Day(_day(str(literal.this)))

    def _call(self, node: Parsed, name: str) -> Value:
        args = self._args(node, "this", "expression", "expressions", "decimals", "ignore_nulls")
        given = [args.get("this"), args.get("expression"), *(args.get("expressions") or []), args.get("decimals")]
        return _checked_call(name, [self.value(each) for each in given if each is not None], self._comparable)

    def _args(self, node: Parsed, *allowed: str) -> dict[str, Any]:
        """The node's arguments. Raises when one is set that the caller does not understand."""
        given = {name for name, each in node.args.items() if each is not None and each is not False and each != []}
        unknown = given - set(allowed)
        if unknown:
            raise refuse(f'"{_shown(node)}" is not available in rules.')
        if "this" in allowed and "this" not in node.args:
            raise refuse(f'"{_shown(node)}" is not complete.')
        return dict(node.args)


def _checked_call(name: str, values: list[Value], comparable: Callable[[list[Value]], list[Value]]) -> Call:
    kinds = [type_of(value) for value in values]
    numbers = all(kind in ("integer", "float") for kind in kinds)
    least_many = {"nullif": (2, 2), "round": (1, 2), "abs": (1, 1), "length": (1, 1), "lower": (1, 1)}
    fewest, most = least_many.get(name, (2, 10))
    if not fewest <= len(values) <= most:
        raise refuse(f"{name} takes {fewest if fewest == most else f'{fewest} to {most}'} values.")
    if name in ("length", "lower"):
        if kinds != ["text"]:
            raise refuse(f"{name} needs a text.")
        return Call(name, tuple(values), "integer" if name == "length" else "text")  # type: ignore[arg-type]
    if name in ("abs", "round"):
        places = values[1] if len(values) > 1 else Number(0)
        if not numbers or not isinstance(places, Number) or places.value not in range(7):
            raise refuse(f"{name} needs a number{' and 0 to 6 digits' if name == 'round' else ''}.")
        return Call(name, tuple(values), "float")  # type: ignore[arg-type]
    values = comparable(values)
    if name in ("least", "greatest") and kinds[0] == "text":
        raise refuse(f"{name} needs numbers or dates.")
    kind: ValueType = "float" if "float" in kinds else type_of(values[0])
    return Call(name, tuple(values), kind)  # type: ignore[arg-type]


def _day(text: str) -> date:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise refuse(f"\"{text[:40]}\" is not a day. Write it as '2026-01-31'.")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refuse(f'"{text}" is not a day of the calendar.') from None


def _shown(node: Parsed) -> str:
    try:
        return node.sql(dialect="duckdb")[:60]
    except (RecursionError, ValueError, AttributeError, TypeError, KeyError):
        return type(node).__name__


def _did_you_mean(word: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(word[:60], list(known), n=1, cutoff=0.6)
    return f' Did you mean "{near[0]}"?' if near else ""
