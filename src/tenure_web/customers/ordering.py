"""Pages of a long list by key, not by number: page 10,000 costs what page 1 costs, on both databases.

A list is sorted by one column and the customer's key. Rows without a value in the column always come last, as a second
part of the list, so that each part reads an index from end to end and NULL needs no opinion from the database.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from tenure_web.customers import effort

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
    """Sort `rows` by `column`, downward if `down`; `key` breaks ties in the same direction.

    `rare` are the same rows, asked for in the way that suits where they are rare along the column's index.
    """

    rows: QuerySet[Any]
    column: str
    down: bool
    key: str = "customer_key"
    nullable: bool = True
    rare: QuerySet[Any] | None = None

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
            found += self._read(count - len(found), (empty, within, back))
        return found

    def _read(self, count: int, part: tuple[bool, Cursor | None, bool]) -> list[Any]:
        """So many rows of a part: walking along the index or, where they are rare on it, by sorting them all."""
        walked = self._part(self.rows, (self.column, self.key), *part)[:count]
        if self.rare is None:
            return list(walked)
        with suppress(effort.TooLong), effort.bounded(effort.STEPS):
            return list(walked)
        plain = {"sorted_by": effort.Unindexed(F(self.column)), "then_by": effort.Unindexed(F(self.key))}
        return list(self._part(self.rare.alias(**plain), ("sorted_by", "then_by"), *part)[:count])

    def _part(
        self, rows: QuerySet[Any], names: tuple[str, str], empty: bool, at: Cursor | None, back: bool
    ) -> QuerySet[Any]:
        """Sorted rows with or without a value; `names` are those of the column and of the key."""
        column, key = names
        down = self.down != back
        sign, compare = ("-", "lt") if down else ("", "gt")
        rows = rows.filter(**{f"{column}__isnull": empty}) if self.nullable else rows
        if at is not None:
            beyond = Q(**{f"{key}__{compare}": at.key})
            if not empty:
                same = Q(**{column: at.value}) & beyond
                # the first condition is implied by the second; it lets the database use its index
                edge = Q(**{f"{column}__{compare}e": at.value})
                beyond = edge & (Q(**{f"{column}__{compare}": at.value}) | same)
            rows = rows.filter(beyond)
        columns = [f"{sign}{key}"] if empty else [f"{sign}{column}", f"{sign}{key}"]
        return rows.order_by(*dict.fromkeys(columns))
