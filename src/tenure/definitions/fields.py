"""What names mean in a rule: features of the catalogue, or columns and properties of an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from tenure.definitions.sql import finite_sql
from tenure.definitions.tree import Column, Value, ValueType

__all__ = ["EventFields", "Field", "Fields", "read_as"]

LINE_FIELDS = ("product", "category")


@dataclass(frozen=True, slots=True)
class Field:
    """What a rule must know of a name: its type, and the digits of its currency if it is money.

    Type `open`: a property of an event, which is read as what it is compared with. `source` is its SQL.
    """

    type: ValueType
    digits: int | None = None
    source: str | None = None


Fields = Mapping[str, Field]


class EventFields(dict[str, Field]):
    """The names in a condition on events: amount, quantity, order_id, day, and any property by its own name."""

    def __init__(self, digits: int) -> None:
        quantity = "list_sum(list_transform(products, lambda p: p.quantity))"
        super().__init__(
            amount=Field("integer", digits),
            quantity=Field("float", None, quantity),
            order_id=Field("text"),
            day=Field("date"),
        )

    def __contains__(self, key: object) -> bool:
        return True

    def __missing__(self, key: str) -> Field:
        return Field("open", None, property_sql(key))  # a property's own capitals count


def property_sql(name: str) -> str:
    """The text of an event's property, whose name is a plain word."""
    return f"json_extract_string(properties, '$.\"{name}\"')"


_CASTS: dict[str, str] = {"float": "DOUBLE", "date": "DATE", "boolean": "BOOLEAN"}


def read_as(value: Value, wanted: str) -> Value:
    """The value; a property that may be anything becomes one of the wanted type, unknown where it is none."""
    if not isinstance(value, Column) or value.type != "open":
        return value
    source = value.source or ""
    if wanted in _CASTS:
        source = f"TRY_CAST({source} AS {_CASTS[wanted]})"
    return replace(value, type=cast(ValueType, wanted), source=finite_sql(source) if wanted == "float" else source)
