"""Our own tree of a rule: a closed set of small frozen nodes with static types. What is not here cannot be said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

__all__ = [
    "And",
    "AnyLine",
    "Arithmetic",
    "Between",
    "Call",
    "Case",
    "Column",
    "Compare",
    "Condition",
    "Constant",
    "Day",
    "DaysBetween",
    "In",
    "IsMissing",
    "Like",
    "Not",
    "Number",
    "Or",
    "Shift",
    "Text",
    "Truth",
    "Value",
    "children",
    "columns",
    "depth",
    "type_of",
]

ValueType = Literal["integer", "float", "text", "date", "boolean", "time", "open"]
Operator = Literal["=", "<>", "<", "<=", ">", ">="]
FunctionName = Literal[
    "abs", "coalesce", "greatest", "least", "length", "lower", "nullif", "round", "year", "quarter", "month", "day",
    "weekday",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """A feature. `digits` is not None for money, which is stored in minor units and read in whole units.

    `source` is the SQL that gives it where it is no column of its name: a property of an event.
    """

    key: str
    type: ValueType
    digits: int | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A number written in the rule."""

    value: int | float


@dataclass(frozen=True, slots=True)
class Text:
    """A text written in the rule."""

    value: str


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day written in the rule."""

    value: date


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A sum, difference, product or quotient, always in double precision; division by zero is unknown."""

    op: Literal["+", "-", "*", "/"]
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the allow-list, arguments of one type."""

    name: FunctionName
    arguments: tuple[Value, ...]
    type: ValueType


@dataclass(frozen=True, slots=True)
class Shift:
    """A day so many whole days later (or earlier); unknown outside the years 1 to 9999."""

    value: Value
    days: Value
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class DaysBetween:
    """The days from the second day to the first."""

    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Case:
    """The value of the first condition that is true, else the last value (None: unknown)."""

    choices: tuple[tuple[Condition, Value], ...]
    otherwise: Value | None
    type: ValueType


Value = Column | Number | Text | Day | Arithmetic | Call | Shift | DaysBetween | Case


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values of comparable types."""

    op: Operator
    left: Value
    right: Value


@dataclass(frozen=True, slots=True)
class Between:
    """low ≤ value ≤ high."""

    value: Value
    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class In:
    """A value is one of the literals."""

    value: Value
    items: tuple[Number | Text | Day, ...]


@dataclass(frozen=True, slots=True)
class Like:
    """A text matches a pattern of % and _."""

    value: Value
    pattern: str


@dataclass(frozen=True, slots=True)
class IsMissing:
    """A value is unknown (SQL's IS NULL): the only question that never has an unknown answer."""

    value: Value


@dataclass(frozen=True, slots=True)
class Truth:
    """A yes-or-no feature is yes."""

    value: Column


@dataclass(frozen=True, slots=True)
class Constant:
    """TRUE or FALSE written in the rule."""

    value: bool


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; the opposite of unknown is unknown."""

    part: Condition


@dataclass(frozen=True, slots=True)
class And:
    """All parts."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any part."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyLine:
    """Some line of the event's order fulfils the part; an event without lines is asked for its own property."""

    part: Condition
    own: Condition


Condition = Compare | Between | In | Like | IsMissing | Truth | Constant | Not | And | Or | AnyLine
Node = Value | Condition


def type_of(value: Value) -> ValueType:
    """The static type of a value. Money is a float: whole units with a fraction."""
    match value:
        case Column(digits=None) | Call() | Case():
            return value.type
        case DaysBetween():
            return "integer"
        case Shift():
            return "date"
        case Column() | Arithmetic():
            return "float"
        case Number():
            return "integer" if isinstance(value.value, int) else "float"
        case Text():
            return "text"
        case Day():
            return "date"


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case And() | Or():
            return node.parts
        case Not():
            return (node.part,)
        case AnyLine():
            return (node.own,)
        case Shift():
            return (node.value, node.days)
        case Case():
            pairs = [each for choice in node.choices for each in choice]
            return (*pairs, *(() if node.otherwise is None else (node.otherwise,)))
        case Compare() | Arithmetic() | DaysBetween():
            return (node.left, node.right)
        case Between():
            return (node.value, node.low, node.high)
        case In():
            return (node.value, *node.items)
        case Like() | IsMissing() | Truth():
            return (node.value,)
        case Call():
            return node.arguments
        case _:
            return ()


def columns(node: Node) -> Iterator[Column]:
    """Every use of a feature, from left to right."""
    if isinstance(node, Column):
        yield node
    for child in children(node):
        yield from columns(child)


def depth(node: Node) -> int:
    """How many nodes lie one below the other."""
    return 1 + max((depth(child) for child in children(node)), default=0)
