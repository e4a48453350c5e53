"""Rule text → our tree. sqlglot only reads; an allow-list decides what may be said, and types are checked on the way.

Everything that is not explicitly allowed is refused: tokens, node kinds, optional arguments of a node, functions.
(sqlglot 30 reads `a NOT LIKE 'x'` as Like(negate=True): an argument that is not looked at turns an audience round.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Set
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, cast

from tenure.definitions.calling import checked_call, day_of, did_you_mean, shown
from tenure.definitions.fields import LINE_FIELDS, EventFields, Field, Fields, read_as
from tenure.definitions.screening import FUNCTIONS, refuse, screened
from tenure.definitions.tree import (
    And,
    AnyLine,
    Arithmetic,
    Between,
    Call,
    Case,
    Column,
    Compare,
    Condition,
    Constant,
    Day,
    DaysBetween,
    In,
    IsMissing,
    Like,
    Not,
    Number,
    Or,
    Shift,
    Text,
    Truth,
    Value,
    depth,
    type_of,
)
from tenure.errors import DefinitionError

if TYPE_CHECKING:
    from sqlglot.expressions import Expression as Parsed

__all__ = ["EventFields", "Field", "read_condition", "read_expression"]

MAX_DEPTH = 40
MAX_ITEMS = 150
MAX_NUMBER = 10**15
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_PROPERTY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OPERATORS: dict[str, Literal["=", "<>", "<", "<=", ">", ">="]] = {
    "EQ": "=",
    "NEQ": "<>",
    "LT": "<",
    "LTE": "<=",
    "GT": ">",
    "GTE": ">=",
}
_ARITHMETIC: dict[str, Literal["+", "-", "*", "/"]] = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"}


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
        plain = ("Literal", "Neg", "Null", "Case", "CurrentDate")
        if name in _ARITHMETIC or name in plain or name.lower() in FUNCTIONS:
            return refuse("a condition must be yes or no: compare the value with something.")
        return refuse(f'"{shown(node)}" is not available in rules.')

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
        column = cast(Column, read_as(self._column(node), "boolean"))
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
        first, second = self._comparable([self.value(left), self.value(right)], op not in ("=", "<>"))
        if type_of(first) == "text" and op not in ("=", "<>"):
            raise refuse("texts can only be compared with =, <>, IN and LIKE.")
        if op == "<>":
            return self._unequal(first, second)
        return self._of_lines(Compare(op, first, second))

    def _unequal(self, first: Value, second: Value) -> Condition:
        """<>, which of order lines says that none is it, rather than that some is another."""
        equal = self._of_lines(Compare("=", first, second))
        return Not(equal) if isinstance(equal, AnyLine) else Compare("<>", first, second)

    def _of_lines(self, atom: Compare | In | Like | IsMissing) -> Condition:
        """A condition on product or category of an event is asked of every line of the order."""
        value = atom.left if isinstance(atom, Compare) else atom.value
        line = _on_line(value)
        if not isinstance(self.fields, EventFields) or line == value:
            return atom
        if isinstance(atom, Compare):
            return AnyLine(replace(atom, left=line), atom)
        return AnyLine(replace(atom, value=line), atom)

    def _with_boolean(self, left: Parsed, right: Parsed, op: str) -> Condition:
        side, constant = (left, right) if type(right).__name__ == "Boolean" else (right, left)
        if op not in ("=", "<>") or type(side).__name__ != "Column":
            raise refuse("TRUE and FALSE can only be compared with a yes-or-no feature by = or <>.")
        found = self._truth(side)
        same = bool(self._args(constant, "this")["this"]) == (op == "=")
        return found if same else Not(found)

    def _comparable(self, values: list[Value], ordered: bool = False) -> list[Value]:
        """The values, a text beside a date read as a day, a property as what it stands beside. Raises if none fits."""
        kinds = {type_of(value) for value in values}
        if "open" in kinds:
            values = [read_as(value, _wanted(kinds, values, ordered)) for value in values]
        if any(type_of(value) == "date" for value in values):
            values = [Day(day_of(value.value)) if isinstance(value, Text) else value for value in values]
        found = {"number" if type_of(value) in ("integer", "float") else type_of(value) for value in values}
        if len(found) > 1 or not found & {"number", "text", "date"}:
            raise refuse(f"it compares {' with '.join(sorted(found))}, which cannot be compared.")
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
        return self._of_lines(In(value, literals))

    def _between(self, node: Parsed) -> Condition:
        args = self._args(node, "this", "low", "high")
        parts = self._comparable([self.value(args[name]) for name in ("this", "low", "high")], True)
        if type_of(parts[0]) == "text":
            raise refuse("texts can only be compared with =, <>, IN and LIKE.")
        return Between(*parts)

    def _like(self, node: Parsed) -> Condition:
        args = self._args(node, "this", "expression", "negate")
        value, pattern = read_as(self.value(args["this"]), "text"), self.value(args["expression"])
        if type_of(value) != "text" or not isinstance(pattern, Text):
            raise refuse("LIKE compares a text feature with a written pattern.")
        if "\\" in pattern.value:
            raise refuse("a pattern cannot hold a backslash.")
        found = self._of_lines(Like(value, pattern.value))
        return Not(found) if args.get("negate") else found

    def _is(self, node: Parsed) -> Condition:
        args = self._args(node, "this", "expression")
        if type(args["expression"]).__name__ != "Null":
            raise refuse("IS can only be followed by NULL or NOT NULL.")
        return self._of_lines(IsMissing(read_as(self.value(args["this"], any_type=True), "text")))

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
            return self._arithmetic(node, _ARITHMETIC[name])
        special = {"Cast": self._date, "Case": self._case, "CurrentDate": self._today, "Anonymous": self._own}
        if name in special:
            return special[name](node)
        if name.lower() in FUNCTIONS:
            return self._call(node, name.lower())
        if name == "Null":
            raise refuse("NULL can only stand after IS or IS NOT.")
        if name == "Func" or hasattr(node, "sql_names"):
            raise _no_function(node)
        raise refuse(f'"{shown(node)}" is not available in rules.')

    def _typed(self, column: Column, any_type: bool) -> Column:
        if any_type or column.type not in ("boolean", "time"):
            return column
        if column.type == "time":
            raise refuse(f'"{column.key}" is an instant: only IS NULL can be asked of it. Use a days_since feature.')
        raise refuse(f'"{column.key}" is yes or no: write it alone, or with NOT.')

    def _column(self, node: Parsed) -> Column:
        args = self._args(node, "this", "table")
        identifiers = [args[part] for part in ("table", "this") if args.get(part) is not None]
        if any(type(each).__name__ != "Identifier" for each in identifiers):
            raise refuse(f'"{shown(node)}" is not available in rules.')
        key = ".".join(str(self._args(each, "this")["this"]) for each in identifiers)
        if not isinstance(self.fields, EventFields):
            key = key.lower()
        elif not _PROPERTY.fullmatch(key):
            raise refuse(f'"{key[:40]}" is no property that can be written here; use the form {{property: [values]}}.')
        if key not in self.fields:
            raise refuse(f'unknown feature "{key}".{did_you_mean(key, self.fields)}')
        field = self.fields[key]
        return Column(key, field.type, field.digits, field.source)

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

    def _arithmetic(self, node: Parsed, op: Literal["+", "-", "*", "/"]) -> Value:
        args = self._args(node, "this", "expression")
        left, right = self.value(args["this"]), self.value(args["expression"])
        kinds = (type_of(left), type_of(right))
        if "date" not in kinds:
            return Arithmetic(op, self._numeric(left), self._numeric(right))
        left, right = read_as(left, "date"), read_as(right, "date")
        if op == "-" and type_of(left) == type_of(right) == "date":
            return DaysBetween(left, right)
        if op == "+" and kinds == ("integer", "date"):
            left, right = right, left
        if op not in "+-" or type_of(left) != "date" or type_of(right) != "integer":
            raise refuse("to a date only whole days can be added: last_order_day + 30.")
        return Shift(left, right, op == "-")

    def _today(self, node: Parsed) -> Value:
        self._args(node)
        field = self.fields.get("today")
        if field is None or isinstance(self.fields, EventFields):
            raise refuse("today() is not available here.")
        return Column("today", field.type, None, field.source)

    def _own(self, node: Parsed) -> Value:
        """Functions that sqlglot does not know by name."""
        args = self._args(node, "this", "expressions")
        if str(args["this"]).lower() != "weekday":
            raise _no_function(node)
        return checked_call("weekday", [self.value(each) for each in args.get("expressions") or []], self._comparable)

    def _case(self, node: Parsed) -> Value:
        args = self._args(node, "ifs", "default")
        branches = [self._args(each, "this", "true") for each in args["ifs"]]
        default = args.get("default")
        if type(default).__name__ == "Null":
            default = None
        written = [each["true"] for each in branches] + ([] if default is None else [default])
        values = self._comparable([self.value(each) for each in written])
        whens = [self.condition(each["this"]) for each in branches]
        kind = "float" if any(type_of(value) == "float" for value in values) else type_of(values[0])
        choices = tuple(zip(whens, values[: len(whens)], strict=True))
        return Case(choices, None if default is None else values[-1], kind)

    def _number(self, node: Parsed) -> Value:
        return self._numeric(self.value(node))

    def _numeric(self, value: Value) -> Value:
        value = read_as(value, "float")
        if type_of(value) not in ("integer", "float"):
            raise refuse("only numbers can be added, subtracted, multiplied or divided.")
        return value

    def _date(self, node: Parsed) -> Day:
        args = self._args(node, "this", "to")
        literal, to = args["this"], args["to"]
        if type(literal).__name__ != "Literal" or to.this.name != "DATE" or not literal.is_string:
            raise refuse("CAST is not available. Write a day as DATE '2026-01-31'.")
        return Day(day_of(str(literal.this)))

    def _call(self, node: Parsed, name: str) -> Value:
        args = self._args(node, "this", "expression", "expressions", "decimals", "ignore_nulls")
        given = [args.get("this"), args.get("expression"), *(args.get("expressions") or []), args.get("decimals")]
        return checked_call(name, [self.value(each) for each in given if each is not None], self._comparable)

    def _args(self, node: Parsed, *allowed: str) -> dict[str, Any]:
        """The node's arguments. Raises when one is set that the caller does not understand."""
        given = {name for name, each in node.args.items() if each is not None and each is not False and each != []}
        unknown = given - set(allowed)
        if unknown:
            raise refuse(f'"{shown(node)}" is not available in rules.')
        if "this" in allowed and "this" not in node.args and "expressions" not in node.args:
            raise refuse(f'"{shown(node)}" is not complete.')
        return dict(node.args)


def _on_line(value: Value) -> Value:
    """The value read from a line of the order."""
    if isinstance(value, Column) and value.key in LINE_FIELDS:
        return replace(value, source=f"p.{value.key}")
    if isinstance(value, Call):
        return replace(value, arguments=tuple(_on_line(each) for each in value.arguments))
    return value


def _wanted(kinds: Set[str], values: list[Value], ordered: bool) -> str:
    """What a property is read as beside these values."""
    if kinds & {"integer", "float"}:
        return "float"
    dated = ordered and any(isinstance(value, Text) and _DAY.fullmatch(value.value) for value in values)
    return "date" if "date" in kinds or dated else "text"


def _no_function(node: Parsed) -> DefinitionError:
    return refuse(f'the function in "{shown(node)}" is not available. Available: {", ".join(FUNCTIONS)}, today.')
