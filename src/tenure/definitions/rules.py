"""Rules and expressions: one text, one tree, three uses: SQL for everybody, an evaluator for one, words for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal

from tenure.definitions import evaluate, sql, wording
from tenure.definitions.fields import EventFields, Field
from tenure.definitions.located import did_you_mean
from tenure.definitions.objects import Feature
from tenure.definitions.reading import read_condition, read_expression
from tenure.definitions.screening import refuse
from tenure.definitions.tree import (
    And,
    Between,
    Column,
    Compare,
    Condition,
    Constant,
    In,
    IsMissing,
    Node,
    Not,
    Number,
    Or,
    Text,
    Truth,
    Value,
    children,
    columns,
    type_of,
)

__all__ = [
    "Expression",
    "Reason",
    "Rule",
    "fields_of",
    "named_words",
    "parse",
    "parse_event_condition",
    "parse_expression",
]

Row = Mapping[str, Any]
Change = Literal["no", "grows", "falls", "mixed"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One condition of a rule for one customer: what it asks, the values it read, and whether they met it."""

    en: str
    zh: str
    values: tuple[tuple[str, Any], ...]
    met: bool | None

    def text(self, language: str) -> str:
        """The condition in words."""
        return self.zh if language.lower().startswith("zh") else self.en


@dataclass(frozen=True)
class Rule:
    """A checked condition over features. `catalogue` holds the features it was written against."""

    text: str
    tree: Condition
    catalogue: Mapping[str, Feature] = field(repr=False, compare=False)

    @cached_property
    def features(self) -> frozenset[str]:
        """The features the rule reads."""
        return frozenset(column.key for column in columns(self.tree))

    def sql(self, params: list[Any]) -> str:
        """Our own SQL of the condition; literals are appended to `params` in the order of the question marks."""
        return sql.condition_sql(self.tree, params)

    def evaluate(self, row: Row) -> bool | None:
        """True, False or None (unknown) for one row of features; always what the SQL says."""
        return evaluate.truth(self.tree, row)

    def words(self, language: str) -> str:
        """The rule in plain words."""
        return wording.say(self.tree, self.catalogue, language)

    def why(self, row: Row) -> list[Reason]:
        """The conditions the rule is made of, each with the values of this row and whether they met it."""
        return [
            Reason(en, zh, tuple((key, row.get(key)) for key in keys), evaluate.truth(part, row))
            for part, en, zh, keys in self._said
        ]

    def evidence(self, row: Row) -> dict[str, Any]:
        """The values of this row that the rule reads, in the order it reads them."""
        return {key: row.get(key) for _, _, _, keys in self._said for key in keys}

    @cached_property
    def _said(self) -> list[tuple[Condition, str, str, tuple[str, ...]]]:
        """The rule's conditions, each in both languages' words and with the features it reads: put in words once."""
        return [
            (
                part,
                wording.say(part, self.catalogue, "en"),
                wording.say(part, self.catalogue, "zh"),
                tuple(dict.fromkeys(column.key for column in columns(part))),
            )
            for part in _parts(self.tree)
        ]

    def thresholds(self) -> dict[str, tuple[float, ...]]:
        """For each feature the numbers it is compared with directly, sorted."""
        found: dict[str, set[float]] = {}
        for column, numbers in _compared(self.tree):
            found.setdefault(column.key, set()).update(numbers)
        return {key: tuple(sorted(numbers)) for key, numbers in found.items()}

    @cached_property
    def time_simple(self) -> bool:
        """Whether features that grow with the days are only compared with numbers, and no ratio of them is read."""
        changes = {key: _change(self.catalogue, key) for key in self.features}
        if "mixed" in changes.values():
            return False
        direct = [column.key for column, _ in _compared(self.tree)]
        uses = [column.key for column in columns(self.tree)]
        return all(uses.count(key) == direct.count(key) for key, change in changes.items() if change == "grows")


@dataclass(frozen=True)
class Expression:
    """A checked expression over features whose result has the type (and the unit) of the feature it defines."""

    text: str
    tree: Value | Condition
    type: str
    digits: int | None
    catalogue: Mapping[str, Feature] = field(repr=False, compare=False)

    @cached_property
    def features(self) -> frozenset[str]:
        """The features the expression reads."""
        return frozenset(column.key for column in columns(self.tree))

    @cached_property
    def changes_with_time(self) -> Change:
        """Whether the value can change on a day without events: "mixed" if so, else "no"."""
        return "mixed" if any(_change(self.catalogue, key) != "no" for key in self.features) else "no"

    def sql(self, params: list[Any]) -> str:
        """Our own SQL of the value: a DOUBLE that is a number or NULL, a BIGINT, a VARCHAR, a DATE or a BOOLEAN."""
        if _is_condition(self.tree):
            return sql.condition_sql(self.tree, params)  # type: ignore[arg-type]
        tree: Value = self.tree  # type: ignore[assignment]
        written = sql.value_sql(tree, params)
        if type_of(tree) not in ("integer", "float"):
            return written
        if self.type == "integer" and self.digits is None and type_of(tree) == "integer":
            return written
        written = f"CAST({written} AS DOUBLE)"
        return sql.whole_sql(written, self.digits or 0) if self.type == "integer" else sql.finite_sql(written)

    def evaluate(self, row: Row) -> Any:
        """The value for one row of features; always what the SQL says."""
        if _is_condition(self.tree):
            return evaluate.truth(self.tree, row)  # type: ignore[arg-type]
        tree: Value = self.tree  # type: ignore[assignment]
        found = evaluate.value_of(tree, row)
        if type_of(tree) not in ("integer", "float") or found is None:
            return found
        if self.type == "integer" and self.digits is None and type_of(tree) == "integer":
            return found
        number = float(found)
        return evaluate.whole(number, self.digits or 0) if self.type == "integer" else evaluate.finite(number)


def fields_of(catalogue: Mapping[str, Feature], digits: int) -> dict[str, Field]:
    """What the reader must know of each feature; `digits` are the decimals of money where a feature has none."""
    decimals = {key: digits if each.digits is None else each.digits for key, each in catalogue.items()}
    return {key: Field(each.type, decimals[key] if each.unit == "money" else None) for key, each in catalogue.items()}


def parse(
    text: str, catalogue: Mapping[str, Feature], digits: int = 2, *, fields: Mapping[str, Field] | None = None
) -> Rule:
    """The rule that a text says. Raises DefinitionError with one plain sentence. `fields` spares working them out."""
    tree = _condition(text, tuple((fields or fields_of(catalogue, digits)).items()))
    for key, word in named_words(tree):
        if catalogue[key].listed and word not in catalogue[key].listed:
            listed = catalogue[key].listed
            hint = did_you_mean(word, listed) or f" It can be {', '.join(listed)}."
            raise refuse(f'"{key}" is never "{word[:40]}".{hint}')
    return Rule(text.strip(), tree, catalogue)


#: Definitions are read again for every draft in the editor, and nearly all of their rules are those of a moment ago.
_KEPT = 256


@lru_cache(_KEPT)
def _condition(text: str, fields: tuple[tuple[str, Field], ...]) -> Condition:
    return read_condition(text, dict(fields))


@lru_cache(_KEPT)
def _expression(text: str, fields: tuple[tuple[str, Field], ...]) -> Node:
    return read_expression(text, dict(fields))


def named_words(node: Node | Condition) -> Iterator[tuple[str, str]]:
    """(column, text) of every text that a column is compared with."""
    match node:
        case Compare(_, Column() as column, Text(word)) | Compare(_, Text(word), Column() as column):
            yield column.key, word
        case In(Column() as column, items):
            yield from ((column.key, item.value) for item in items if isinstance(item, Text))
        case _:
            for child in children(node):
                yield from named_words(child)


def parse_event_condition(text: str, digits: int = 2) -> Condition:
    """The condition on an event that a text says: over its columns and properties. Raises DefinitionError."""
    return read_condition(text, EventFields(digits))


def parse_expression(
    text: str,
    catalogue: Mapping[str, Feature],
    type_: str,
    unit: str = "count",
    digits: int = 2,
    *,
    fields: Mapping[str, Field] | None = None,
) -> Expression:
    """The expression that a text says, for a feature of this type and unit. Raises DefinitionError."""
    tree = _expression(text, tuple((fields or fields_of(catalogue, digits)).items()))
    found = "boolean" if _is_condition(tree) else type_of(tree)  # type: ignore[arg-type]
    numbers = ("integer", "float")
    if found != type_ and not (found in numbers and type_ in numbers):
        raise refuse(f"it gives {found}, but the feature is declared as {type_}.")
    return Expression(text.strip(), tree, type_, digits if unit == "money" else None, catalogue)


def _is_condition(tree: Value | Condition) -> bool:
    return isinstance(tree, Condition)


def _change(catalogue: Mapping[str, Feature], key: str) -> Change:
    return catalogue[key].changes_with_time


def _parts(tree: Condition) -> list[Condition]:
    """The conditions a person would check one by one: AND and OR taken apart, a negation kept with its part."""
    if isinstance(tree, And | Or):
        return [atom for part in tree.parts for atom in _parts(part)]
    if isinstance(tree, Not) and isinstance(tree.part, And | Or):
        return [atom for part in tree.part.parts for atom in _parts(Not(part))]
    return [] if isinstance(tree, Constant) else [tree]


def _compared(node: Any) -> list[tuple[Column, tuple[float, ...]]]:
    """Each direct use of a feature against written numbers (or against nothing: IS NULL)."""
    match node:
        case Compare(_, Column() as column, Number(number)) | Compare(_, Number(number), Column() as column):
            return [(column, (number,))]
        case Between(Column() as column, Number(low), Number(high)):
            return [(column, (low, high))]
        case In(Column() as column, items):
            return [(column, tuple(each.value for each in items if isinstance(each, Number)))]
        case IsMissing(Column() as column) | Truth(column):
            return [(column, ())]
    return [found for child in children(node) for found in _compared(child)]
