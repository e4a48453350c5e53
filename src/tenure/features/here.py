"""The measures of a feature as of one instant: aggregates over its rows, which are grouped by customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from tenure.definitions import Feature
from tenure.definitions.kinds import Window
from tenure.definitions.kinds.events_sql import of_lines
from tenure.definitions.kinds.window import index_sql

__all__ = ["Here"]


@dataclass(frozen=True)
class Here:
    """SQL as of `day`. `in_where`: the rows are those of the window already; `flag`: what is true for the own ones."""

    feature: Feature
    day: date
    in_where: bool = False
    flag: str | None = None

    def _filter(self, part: str | None = None, window: Window | None = None) -> str:
        chosen = "" if self.in_where else (window or Window.of(self.feature)).where(self.day)
        said = " AND ".join(each for each in (self.flag, chosen, part) if each)
        return f" FILTER (WHERE {said})" if said else ""

    def count(self, part: str | None = None, window: Window | None = None) -> str:
        return f"count(*){self._filter(part, window)}"

    def total(self, value: str, part: str | None = None, window: Window | None = None) -> str:
        return f"sum({value}){self._filter(part, window)}"

    def least(self, value: str) -> str:
        return f"min({value}){self._filter()}"

    def most(self, value: str) -> str:
        return f"max({value}){self._filter()}"

    def earliest(self) -> str:
        return f"arg_min(v, {self._place()})"

    def latest(self) -> str:
        return f"arg_max(v, {self._place()})"

    def _place(self) -> str:
        """Lines of one order are equal in time; the text decides between them, the same on every engine."""
        return f"struct_pack(t := ts, i := ingest_id{', v := v' if of_lines(self.feature) else ''})"

    def days(self) -> str:
        return f"count(*){self._filter()}"

    def span(self) -> str:
        return f"date_diff('day', min(day){self._filter()}, max(day){self._filter()})"

    def days_since(self, edge: Literal["first", "last"]) -> str:
        function = "min" if edge == "first" else "max"
        return f"date_diff('day', {function}(day){self._filter()}, DATE '{self.day}')"

    def median_gap(self) -> str:
        return "median(gap)"

    def different(self) -> str:
        column = f"line.{self.feature.of}" if self.feature.of in ("product", "category") else "v"
        return f"count(DISTINCT {column})"

    def most_frequent(self) -> str:
        return "arg_max(v, struct_pack(n := n, t := l.t, i := l.i, v := v))"

    def streak(self, unit: str) -> str:
        now = index_sql(unit, f"date_diff('day', DATE '1970-01-01', DATE '{self.day}')")
        return f"CASE WHEN {now} - max(p) <= 1 THEN arg_max(k, p) ELSE 0 END"

    def today(self) -> str:
        return f"DATE '{self.day}'"

    @staticmethod
    def islands(feature: Feature, source: str) -> str:
        """(customer_key, p, k): each period with an event, and the how manieth of its unbroken row it is."""
        index = index_sql(feature.every or "day", "date_diff('day', DATE '1970-01-01', day)")
        periods = f"SELECT DISTINCT customer_key, {index} AS p FROM {source}"
        return (
            "(SELECT customer_key, p, row_number() OVER (PARTITION BY customer_key, island ORDER BY p) AS k FROM"
            " (SELECT customer_key, p, p - row_number() OVER (PARTITION BY customer_key ORDER BY p) AS island"
            f" FROM ({periods})))"
        )
