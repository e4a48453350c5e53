"""Which column of a file means what: as a person says, checked, or guessed from names and values in both languages."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import yaml

from tenure.collect.files.reading import Table
from tenure.errors import UsageError

__all__ = [
    "COST_FIELDS",
    "CUSTOMER_FIELDS",
    "EVENT_FIELDS",
    "KIND_FIELDS",
    "ORDER_FIELDS",
    "Columns",
    "check_columns",
    "guess_columns",
]


@dataclass(frozen=True)
class Field:
    """Something a column can mean: words it is called by (lower case), and a test its values should pass."""

    key: str
    names: tuple[str, ...]
    like: Callable[[str], bool] | None


def _like(pattern: str) -> Callable[[str], bool]:
    return lambda value: re.fullmatch(pattern, value.strip()) is not None


_NAMES: dict[str, str] = yaml.safe_load(files(__package__).joinpath("columns.yml").read_text("utf-8"))
_DAY = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}.*|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}.*|(19|20)\d{6}(\d{6})?"
_LIKE = {
    "time": _like(_DAY + r"|\d{10}|\d{13}|\d{1,2}[- ][A-Za-z]{3}.*"),
    "number": _like(r"[(+-]?\s*([¥￥$£€₹]|[A-Z]{3})?\s*[+-]?\d[\d.,' ]*\)?\s*([¥￥$£€₹元]|[A-Z]{3})?-?"),
    "email": _like(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "phone": _like(r"\+?[\d\s().-]{7,20}"),
    "currency": _like(r"[A-Za-z]{3}"),
}


def _field(key: str, like: str = "", words: str = "") -> Field:
    return Field(key, tuple(name.strip() for name in _NAMES[words or key].split(",")), _LIKE.get(like))


_PERSON = (_field("email", "email"), _field("phone", "phone"))
_PLACE = (_field("country"), _field("channel"))

ORDER_FIELDS: tuple[Field, ...] = (
    _field("customer"),
    _field("time", "time"),
    _field("order"),
    _field("amount", "number"),
    _field("price", "number"),
    _field("quantity", "number"),
    _field("product"),
    _field("product_name"),
    _field("category"),
    _field("currency", "currency"),
    _field("person", words="buyer"),
    *_PERSON,
    *_PLACE,
    _field("coupon"),
    _field("store"),
)
EVENT_FIELDS: tuple[Field, ...] = (
    _field("name", words="event"),
    _field("time", "time"),
    _field("customer"),
    _field("anonymous"),
    _field("message"),
    *_PERSON,
)
CUSTOMER_FIELDS: tuple[Field, ...] = (
    _field("customer"),
    _field("name", words="person"),
    *_PERSON,
    *_PLACE,
    _field("time", "time", words="joined"),
)
COST_FIELDS: tuple[Field, ...] = (
    _field("time", "time", words="spent"),
    _field("from", "time"),
    _field("to", "time", words="until"),
    _field("channel"),
    _field("kind"),
    _field("amount", "number", words="cost"),
    _field("currency", "currency"),
    _field("persona"),
    _field("segment"),
)
#: What the columns of a file of each kind can mean.
KIND_FIELDS = {"orders": ORDER_FIELDS, "events": EVENT_FIELDS, "customers": CUSTOMER_FIELDS, "costs": COST_FIELDS}
PROPERTY = "property."


@dataclass(frozen=True)
class Columns:
    """Checked: position (from 0) of each known field, and of each further property by its name."""

    fields: Mapping[str, int]
    properties: Mapping[str, int]
    by_number: bool

    def __contains__(self, field: str) -> bool:
        return field in self.fields


def check_columns(
    chosen: Mapping[str, str | int], table: Table, known: Sequence[Field], needs: Sequence[Sequence[str]]
) -> Columns:
    """The positions of the chosen columns. `needs`: groups of fields of which one must be there. Raises UsageError."""
    keys = [field.key for field in known]
    fields: dict[str, int] = {}
    properties: dict[str, int] = {}
    for key, column in chosen.items():
        if column in ("", None):
            continue
        if key in keys:
            fields[key] = _position(column, table)
        elif key.startswith(PROPERTY) and re.fullmatch(r"[\w .-]{1,60}", key[len(PROPERTY) :]):
            properties[key[len(PROPERTY) :]] = _position(column, table)
        else:
            raise UsageError(
                _unknown(f'A column cannot mean "{key}".', key, keys, "Known meanings: {listed}.", "property.<name>")
            )
    for group in needs:
        if not any(set(choice.split("+")) <= fields.keys() for choice in group):
            raise UsageError(
                f"Say which column is the {' or '.join(group)}. {table.path.name} has: {_listed(table.names)}."
            )
    by_number = all(str(column).isdigit() and str(column) not in (table.header or ()) for column in chosen.values())
    return Columns(fields, properties, by_number)


def _position(column: str | int, table: Table) -> int:
    text = str(column).strip()
    folded = [_folded(name).replace(" ", "") for name in table.names]
    wanted = _folded(text).replace(" ", "")
    if text in table.names:
        return table.names.index(text)
    if folded.count(wanted) == 1:
        return folded.index(wanted)
    if text.isdigit():
        if 1 <= int(text) <= table.width:
            return int(text) - 1
        raise UsageError(f"{table.path.name} has {table.width} columns; there is no column {text}.")
    raise UsageError(_unknown(f'{table.path.name} has no column "{text}".', text, table.names, "It has: {listed}."))


def _unknown(start: str, word: str, names: Iterable[str], known: str, more: str = "") -> str:
    listed = list(names)
    near = difflib.get_close_matches(word, listed, 1)
    guess = f' Did you mean "{near[0]}"?' if near else ""
    return f"{start}{guess} {known.format(listed=_listed([*listed, more] if more else listed))}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:30]) + (" …" if len(names) > 30 else "")


def _folded(name: str) -> str:
    return re.sub(r"[\s_\-./:：()（）]+", " ", name).strip().lower()


def guess_columns(table: Table, known: Sequence[Field]) -> dict[str, str]:
    """The likeliest column for each field, by its name and checked against its values; empty where none fits."""
    values = [[row[at] for row in table.sample[:200] if at < len(row) and row[at].strip()] for at in range(table.width)]
    scores = sorted(
        ((_score(field, name, values[at]), -at, field.key) for field in known for at, name in enumerate(table.names)),
        key=lambda score: (-score[0], -score[1]),
    )
    found: dict[str, str] = {}
    used: set[int] = set()
    for score, minus_at, key in scores:
        if score > 0 and key not in found and -minus_at not in used:
            found[key] = table.names[-minus_at]
            used.add(-minus_at)
    return {field.key: found[field.key] for field in known if field.key in found}


def _score(field: Field, name: str, values: Sequence[str]) -> float:
    """Exact name 3, name contained 1.5, values alone (what cannot be mistaken) 1; 0 when the values do not fit."""
    fits = sum(map(field.like, values)) / len(values) if field.like and values else 1.0
    if fits < 0.7:
        return 0
    folded = _folded(name)
    plain = folded.replace(" ", "")
    rank = next((place for place, known in enumerate(field.names) if plain == known.replace(" ", "")), None)
    if rank is not None:
        return 3 - rank / 100
    if any(len(known) > 2 and (known in folded if known.isascii() else known in plain) for known in field.names[:6]):
        return 1.5
    return 1.0 if field.key in ("email", "time") and field.like and values and fits > 0.95 else 0
