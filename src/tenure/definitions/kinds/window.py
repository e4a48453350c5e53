"""Which local days a feature looks at: all, the last N, those N days before, a calendar period, since an event.

A window is said twice: as a condition on `day` as of one day, and, for histories, as the days on which time alone
makes an event enter or leave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from tenure.definitions.objects import Feature, Since

__all__ = ["PERIODS", "UNITS", "Window", "index_sql", "start_sql"]

UNITS = ("day", "week", "month", "quarter", "year")
PERIODS = tuple(f"{which}_{unit}" for unit in UNITS[1:] for which in ("this", "last"))


@dataclass(frozen=True, slots=True)
class Window:
    """The days from `back` to `until` days before, or one calendar period (`ago` 0: this, 1: last), or since an event.

    Everything None: all days up to the instant.
    """

    back: int | None = None
    until: int = 0
    unit: str | None = None
    ago: int = 0
    since: Since | None = None

    @staticmethod
    def of(feature: Feature) -> Window:
        """The window that a feature declares."""
        if feature.period:
            which, _, unit = feature.period.partition("_")
            return Window(unit=unit, ago=0 if which == "this" else 1)
        return Window(back=feature.within_days, since=feature.since)

    @property
    def before(self) -> Window:
        """The window of the same length that ends where this one begins."""
        return Window(back=2 * (self.back or 0), until=(self.back or 0) + 1)

    @property
    def everything(self) -> bool:
        """Whether all days count."""
        return self == Window()

    def first_day(self, day: date) -> date | None:
        """The first day of the window as of a day; None when it has none."""
        if self.unit:
            return _start(self.unit, day, -self.ago)
        return None if self.back is None else day - timedelta(days=self.back)

    def where(self, day: date) -> str:
        """SQL that is true for the events of the window as of a day; `since` is joined elsewhere."""
        first = self.first_day(day)
        said = [] if first is None else [f"day >= DATE '{first}'"]
        if self.until:
            said.append(f"day <= DATE '{day - timedelta(days=self.until)}'")
        if self.unit and self.ago:
            said.append(f"day < DATE '{_start(self.unit, day, 0)}'")
        return " AND ".join(said)

    def flips(self, column: str) -> list[str]:
        """Queries for (customer_key, s): the days at whose start an event of `daily` (column > 0) enters or leaves."""
        source = f"FROM daily WHERE {column} > 0"
        if self.unit:
            index = index_sql(self.unit, "d")
            return [
                f"SELECT customer_key, {start_sql(self.unit, f'{index} + {step}')} AS s {source}"
                for step in range(1, self.ago + 2)
            ]
        steps = [] if self.back is None else [self.back + 1]
        return [f"SELECT customer_key, d + {step} AS s {source}" for step in steps + [self.until] * bool(self.until)]


def _start(unit: str, day: date, steps: int) -> date:
    """The first day of the period that is so many steps after that of `day`."""
    if unit == "week":
        return day - timedelta(days=day.weekday()) + timedelta(weeks=steps)
    months: Literal[1, 3, 12] = {"month": 1, "quarter": 3, "year": 12}[unit]  # type: ignore[assignment]
    index = (day.year * 12 + day.month - 1) // months * months + steps * months
    return date(index // 12, index % 12 + 1, 1)


def index_sql(unit: str, days: str) -> str:
    """SQL for a number that grows by one from period to period, of days since 1970-01-01. Weeks begin on Monday."""
    if unit == "day":
        return f"({days})"
    if unit == "week":
        return f"(({days} + 3) // 7)"
    local = f"(DATE '1970-01-01' + CAST({days} AS INTEGER))"
    if unit == "year":
        return f"year({local})"
    if unit == "quarter":
        return f"(year({local}) * 4 + quarter({local}) - 1)"
    return f"(year({local}) * 12 + month({local}) - 1)"


def start_sql(unit: str, index: str) -> str:
    """SQL for the first day of a period, in days since 1970-01-01; the other way round than `index_sql`."""
    if unit == "day":
        return f"({index})"
    if unit == "week":
        return f"(({index}) * 7 - 3)"
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = f"({index}) * {months} // 12", f"({index}) * {months} % 12 + 1"
    return f"date_diff('day', DATE '1970-01-01', make_date({year}, {month}, 1))"
