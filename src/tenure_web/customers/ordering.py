"""Pages of a long list by key, not by number: page 10,000 costs what page 1 costs, on both databases.

A list is sorted by one column and the customer's key. Rows without a value in the column always come last, as a second
part of the list, so that each part reads an index from end to end and NULL needs no opinion from the database.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.lookups import IsNull

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


#: Of a list: whether it is the part without values, and the cursor if it stands in it.
Part = tuple[bool, Cursor | None]


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
        """Up to `count` rows in walking order: with values, then without; the other way round when going back.

        Along the index or, as soon as they turn out to be rare on it, by sorting all that are left.
        """
        found: list[Any] = []
        parts = list(self._parts(at, back))
        for number, (empty, within) in enumerate(parts):
            if len(found) >= count:
                break
            walked = self._along(empty, within, back)[: count - len(found)]
            if self.rare is None:
                found += walked
                continue
            try:
                with effort.bounded(effort.STEPS):
                    found += walked
            except effort.TooLong:
                return found + self._sorted(self.rare, parts[number:], back, count - len(found))
        return found

    def _parts(self, at: Cursor | None, back: bool) -> Iterator[Part]:
        """The parts of the list that do not lie behind the cursor, in walking order."""
        for empty in (True, False) if back else (False, True):
            if empty and not self.nullable:
                continue
            if at is not None and (at.value is None) != empty and (at.value is None) != back:
                continue
            yield empty, at if at is not None and (at.value is None) == empty else None

    def _along(self, empty: bool, at: Cursor | None, back: bool) -> QuerySet[Any]:
        """A part's rows along the column's index."""
        rows = self.rows.filter(**{f"{self.column}__isnull": empty}) if self.nullable else self.rows
        if at is not None:
            rows = rows.filter(self._beyond((self.column, self.key), empty, at, back))
        sign = self._sign(back)
        columns = [f"{sign}{self.key}"] if empty else [f"{sign}{self.column}", f"{sign}{self.key}"]
        return rows.order_by(*dict.fromkeys(columns))

    def _sorted(self, rows: QuerySet[Any], parts: Sequence[Part], back: bool, count: int) -> list[Any]:
        """The first rows of all these parts at once: every row is read, none of an index, and only keys are sorted."""
        names = ("sorted_by", "then_by")
        rows = rows.alias(sorted_by=effort.Unindexed(F(self.column)), then_by=effort.Unindexed(F(self.key)))
        wanted = Q()
        for empty, at in parts:
            part = Q(sorted_by__isnull=empty)
            wanted |= part if at is None else part & self._beyond(names, empty, at, back)
        if all(at is None for _, at in parts) and len(parts) == 1 + self.nullable:
            wanted = Q()  # all there are
        sign, last = self._sign(back), IsNull(F("sorted_by"), True)
        rows = rows.filter(wanted).order_by(last.desc() if back else last.asc(), *(f"{sign}{name}" for name in names))
        keys = list(rows.values_list(self.key, flat=True)[:count])
        whole = {
            getattr(row, self.key): row for row in self.rows.model._default_manager.filter(**{f"{self.key}__in": keys})
        }
        return [whole[key] for key in keys if key in whole]

    def _sign(self, back: bool) -> str:
        return "-" if self.down != back else ""

    def _beyond(self, names: tuple[str, str], empty: bool, at: Cursor, back: bool) -> Q:
        """The rows of the cursor's part that lie beyond it; `names` are those of the column and of the key."""
        column, key = names
        compare = "lt" if self.down != back else "gt"
        beyond = Q(**{f"{key}__{compare}": at.key})
        if empty:
            return beyond
        same = Q(**{column: at.value}) & beyond
        # the first condition is implied by the second; it lets the database use its index
        edge = Q(**{f"{column}__{compare}e": at.value})
        return edge & (Q(**{f"{column}__{compare}": at.value}) | same)
