"""Pages of a long list by key, not by number: page 10,000 costs what page 1 costs, on both databases.

A list is sorted by one column and the customer's key. Rows without a value in the column always come last, as a second
part of the list, so that each part reads an index from end to end and NULL needs no opinion from the database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

FORWARD, BACK = "after", "before"


@dataclass(frozen=True)
class Cursor:
    """A row's place in the list. `value` is None in the part without values."""

    value: Any
    key: int

    def text(self) -> str:
        """For the address."""
        value = self.value.isoformat() if isinstance(self.value, datetime) else "" if self.value is None else self.value
        return f"{self.key}~{value}"


def cursor(text: str, read: Callable[[str], Any]) -> Cursor | None:
    """Read a cursor from the address; None when it is none of ours."""
    key, found, value = text.partition("~")
    try:
        return Cursor(read(value) if value else None, int(key)) if found else None
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True)
class Slice:
    """Rows of one page with the cursors of its neighbours (None at the ends)."""

    rows: list[Any]
    before: Cursor | None
    after: Cursor | None


@dataclass(frozen=True)
class Order:
    """Sort `rows` by `column`, downward if `down`; `key` breaks ties in the same direction."""

    rows: QuerySet[Any]
    column: str
    down: bool
    key: str = "customer_key"
    nullable: bool = True

    def page(self, size: int, at: Cursor | None = None, way: str = FORWARD) -> Slice:
        """The rows after (or before) the cursor, in the list's order."""
        found = self._walk(size + 1, at, back=way == BACK)
        more, found = len(found) > size, found[:size]
        if way == BACK:
            found.reverse()
        first = self._cursor(found[0]) if found and (more if way == BACK else at is not None) else None
        last = self._cursor(found[-1]) if found and (at is not None if way == BACK else more) else None
        return Slice(found, first, last)

    def _cursor(self, row: Any) -> Cursor:
        return Cursor(getattr(row, self.column), getattr(row, self.key))

    def _walk(self, count: int, at: Cursor | None, back: bool) -> list[Any]:
        """Up to `count` rows in walking order: with values, then without; the other way round when going back."""
        found: list[Any] = []
        for empty in (True, False) if back else (False, True):
            if len(found) >= count or (empty and not self.nullable):
                continue
            if at is not None and (at.value is None) != empty and (at.value is None) != back:
                continue  # this part lies behind the cursor
            within = at if at is not None and (at.value is None) == empty else None
            found += self._part(empty, within, back)[: count - len(found)]
        return found

    def _part(self, empty: bool, at: Cursor | None, back: bool) -> QuerySet[Any]:
        down = self.down != back
        sign, compare = ("-", "lt") if down else ("", "gt")
        rows = self.rows.filter(**{f"{self.column}__isnull": empty}) if self.nullable else self.rows
        if at is not None:
            beyond = Q(**{f"{self.key}__{compare}": at.key})
            if not empty:
                same = Q(**{self.column: at.value}) & beyond
                # the first condition is implied by the second; it lets the database use its index
                edge = Q(**{f"{self.column}__{compare}e": at.value})
                beyond = edge & (Q(**{f"{self.column}__{compare}": at.value}) | same)
            rows = rows.filter(beyond)
        columns = [f"{sign}{self.key}"] if empty else [f"{sign}{self.column}", f"{sign}{self.key}"]
        return rows.order_by(*dict.fromkeys(columns))
