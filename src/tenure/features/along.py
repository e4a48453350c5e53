"""The measures of a feature along whole histories: window functions over a customer's days and moments.

Most are one frame over per-day sums. Different values are counted by steps: one up on the day on which a value is there
first, one down when its last day leaves the window. What neither can tell (the most frequent value within a moving
window) joins each moment with the rows of its window, as an as-of question would.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tenure.definitions import Events, Feature
from tenure.definitions.kinds import Window
from tenure.definitions.kinds.events_sql import condition, of_lines, value_of
from tenure.definitions.kinds.window import index_sql
from tenure.definitions.objects import Since
from tenure.features.here import Here
from tenure.features.marks import Marks

__all__ = ["Along", "Daily"]

OVER = "PARTITION BY customer_key ORDER BY x"
NEWEST = "struct_pack(t := ts, i := ingest_id)"


@dataclass
class Daily:
    """What the features of one query ask of its earlier steps, each thing once.

    `by_column`: the engine takes frames that begin where a column says, row by row (DuckDB does, Spark does not).
    """

    by_column: bool = False

    flags: dict[str, str] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    gaps: list[str] = field(default_factory=list)
    sides: list[str] = field(default_factory=list)
    joined: list[tuple[str, str]] = field(default_factory=list)
    periods: dict[str, str] = field(default_factory=dict)
    epochs: dict[Since, tuple[str, str]] = field(default_factory=dict)
    pairs: list[str] = field(default_factory=list)
    used: dict[str, None] = field(default_factory=dict)
    firsts: dict[str, str] = field(default_factory=dict)
    marking: Marks = field(default_factory=Marks)

    def beside(self) -> Daily:
        """Another query's, over the same table of days."""
        return Daily(self.by_column, self.flags, self.sums, marking=self.marking)

    def flag(self, sql: str) -> str:
        """A yes-or-no column of every event."""
        flag = self.flags.setdefault(sql, f"f{len(self.flags)}")
        self.used[flag] = None
        return flag

    def happened(self) -> str:
        """SQL that is true for days with an event that was asked for."""
        return " OR ".join(f"{self.sum(f'count(*) FILTER (WHERE {flag})')} > 0" for flag in self.used)

    def present(self, events: Events | None) -> str:
        """SQL that is true for days with an event that a selector means."""
        bit = self.marking.bit(events)
        if bit is None:
            return f"{self.count(events)} > 0"
        return f"({self.sum('bit_or(marks)')} & {bit}) <> 0"

    def count(self, events: Events | None) -> str:
        """The day's column of how many such events there were."""
        return self.sum(f"count(*) FILTER (WHERE {self.flag(condition(events))})")

    def sum(self, sql: str) -> str:
        """An aggregate of every day."""
        return self.sums.setdefault(sql, f"c{len(self.sums)}")

    def period(self, unit: str) -> str:
        """The column of the moment's calendar period."""
        return self.periods.setdefault(index_sql(unit, "(x // 2)"), f"p_{unit}")

    def epoch(self, since: Since) -> str:
        """The column that tells windows since an event apart; 0 before the first such event."""
        if since not in self.epochs:
            count = self.sum(f"count(*) FILTER (WHERE {self.flag(condition(since.events))})")
            happened, running = f"CASE WHEN {count} > 0 THEN", f"OVER ({OVER} RANGE UNBOUNDED PRECEDING)"
            number = f"coalesce(sum({happened} 1 END) {running}, 0)"
            if since.which == "first":
                number = f"least({number}, 1)"
            edge = "min" if since.which == "first" else "max"
            self.epochs[since] = number, f"{edge}({happened} d END) {running}"
        return f"e{list(self.epochs).index(since)}"

    def first(self, sql: str) -> str:
        """A column of every moment that frames are cut by."""
        return self.firsts.setdefault(sql, f"first{len(self.firsts)}")

    def add_side(self, sql: str, column: str) -> str:
        """A column of days from a query (customer_key, d, column)."""
        number = len(self.joined)
        self.sides.append(f"new{number} AS ({sql})")
        self.joined.append((f"new{number}", column))
        return column

    def marks(self) -> str:
        return "".join(f", {self.marking.flag(sql)} AS {flag}" for sql, flag in self.flags.items())

    def columns(self) -> str:
        return "".join(f", {sql} AS {column}" for sql, column in self.sums.items())

    def days(self) -> str:
        """The days with events, at their ends, with what else stands on days."""
        gaps = "".join(
            f", CASE WHEN {c} > 0 THEN CAST(d - max(CASE WHEN {c} > 0 THEN d END)"
            " OVER (PARTITION BY customer_key ORDER BY d"
            f" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS DOUBLE) END AS {c}_gap"
            for c in dict.fromkeys(self.gaps)
        )
        joins = "".join(f" LEFT JOIN {table} USING (customer_key, d)" for table, _ in self.joined)
        chosen = "".join(f", {column}" for _, column in self.joined)
        return f"SELECT daily.*{chosen}{gaps}, 2 * d + 1 AS x FROM daily{joins}"

    def cuts(self) -> str:
        """The columns of moments that frames are cut by."""
        found = "".join(f", {sql} AS {column}" for sql, column in (self.periods | self.firsts).items())
        for number, (epoch, day) in enumerate(self.epochs.values()):
            found += f", {epoch} AS e{number}, {day} AS s{number}"
        return found


@dataclass(frozen=True)
class Along:
    """SQL at every moment of a history."""

    feature: Feature
    daily: Daily

    def happened(self, part: str | None = None) -> str:
        """The day's column of how many events there were."""
        return self.daily.sum(f"count(*) FILTER (WHERE {self._flag(part)})")

    def _flag(self, part: str | None = None) -> str:
        chosen = condition(self.feature.events)
        return self.daily.flag(chosen if part is None else f"({chosen} AND {part})")

    def _frame(self, window: Window | None = None) -> str:
        window = window or Window.of(self.feature)
        everything = "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"
        if window.unit:
            period = self.daily.period(window.unit)
            if window.ago:
                return f"(PARTITION BY customer_key ORDER BY {period} RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING)"
            return f"(PARTITION BY customer_key, {period} ORDER BY x {everything})"
        if window.since is not None:
            return f"(PARTITION BY customer_key, {self.daily.epoch(window.since)} ORDER BY x {everything})"
        if window.back is None:
            return f"({OVER} {everything})"
        until = f"{2 * window.until - 1} PRECEDING" if window.until else "CURRENT ROW"
        return f"({OVER} RANGE BETWEEN {2 * window.back} PRECEDING AND {until})"

    def _day(self) -> str:
        return f"CASE WHEN {self.happened()} > 0 THEN d END"

    def count(self, part: str | None = None, window: Window | None = None) -> str:
        return f"CAST(coalesce(sum({self.happened(part)}) OVER {self._frame(window)}, 0) AS BIGINT)"

    def total(self, value: str, part: str | None = None, window: Window | None = None) -> str:
        column = self.daily.sum(f"sum({value}) FILTER (WHERE {self._flag(part)})")
        return f"sum({column}) OVER {self._frame(window)}"

    def least(self, value: str) -> str:
        return f"min({self.daily.sum(f'min({value}) FILTER (WHERE {self._flag()})')}) OVER {self._frame()}"

    def most(self, value: str) -> str:
        return f"max({self.daily.sum(f'max({value}) FILTER (WHERE {self._flag()})')}) OVER {self._frame()}"

    def earliest(self) -> str:
        return self._edge("arg_min", "first_value")

    def latest(self) -> str:
        return self._edge("arg_max", "last_value")

    def _edge(self, function: str, picked: str) -> str:
        value, flag = value_of(self.feature), self._flag()
        if of_lines(self.feature):
            order = "struct_pack(t := ts, i := ingest_id, v := v)"
            column = self.daily.add_side(
                f"SELECT customer_key, d, {function}(v, {order}) AS v{len(self.daily.joined)}"
                f" FROM (SELECT *, {value} AS v FROM (SELECT *, unnest(products) AS line FROM marked WHERE {flag}))"
                " WHERE v IS NOT NULL GROUP BY customer_key, d",
                f"v{len(self.daily.joined)}",
            )
        else:
            column = self.daily.sum(f"{function}({value}, {NEWEST}) FILTER (WHERE {flag} AND ({value}) IS NOT NULL)")
        window = Window.of(self.feature)
        if window.unit and window.ago:  # all of a past period are peers in its frame, so it has no order of its own
            return f"{function}({column}, CASE WHEN {column} IS NOT NULL THEN x END) OVER {self._frame()}"
        return f"{picked}({column} IGNORE NULLS) OVER {self._frame()}"

    def days(self) -> str:
        happened = f"CASE WHEN {self.happened()} > 0 THEN 1 END"
        return f"CAST(coalesce(sum({happened}) OVER {self._frame()}, 0) AS BIGINT)"

    def span(self) -> str:
        return f"(max({self._day()}) OVER {self._frame()} - min({self._day()}) OVER {self._frame()})"

    def days_since(self, edge: Literal["first", "last"]) -> str:
        function = "min" if edge == "first" else "max"
        return f"x // 2 - {function}({self._day()}) OVER {self._frame()}"

    def median_gap(self) -> str:
        if Window.of(self.feature).everything:
            self.daily.gaps.append(self.happened())
            return f"median({self.happened()}_gap) OVER {self._frame()}"
        if self.daily.by_column and Window.of(self.feature).back is not None:
            return self._median_inside()
        before = "lag(d) OVER (PARTITION BY customer_key ORDER BY d)"
        days = f"SELECT DISTINCT customer_key, d FROM marked WHERE {self._flag()}"
        rows = f"SELECT customer_key, d, {before} AS earlier FROM ({days})"
        return self._pair(rows, "median(CAST(r.d - r.earlier AS DOUBLE))", "r.earlier")

    def _median_inside(self) -> str:
        """The gaps behind the days of the window, but for that of its first day, which began before it."""
        self.daily.gaps.append(self.happened())
        first = self.daily.first(f"min({self._day()}) OVER {self._frame()}")
        since = f"coalesce(greatest(x - 2 * {first} - 2, 0), 0)"
        inside = f"({OVER} RANGE BETWEEN {since} PRECEDING AND CURRENT ROW)"
        return f"CASE WHEN x // 2 > {first} THEN median({self.happened()}_gap) OVER {inside} END"

    def different(self) -> str:
        if Window.of(self.feature).everything:
            number = len(self.daily.joined)
            first = f"SELECT customer_key, v, min(d) AS d FROM ({self._valued()}) GROUP BY customer_key, v"
            column = self.daily.add_side(
                f"SELECT customer_key, d, count(*) AS n{number} FROM ({first}) GROUP BY customer_key, d", f"n{number}"
            )
            return f"CAST(coalesce(sum({column}) OVER {self._frame()}, 0) AS BIGINT)"
        rows = f"SELECT DISTINCT customer_key, d, v FROM ({self._valued()})"
        window = Window.of(self.feature)
        if window.unit and window.ago:
            found = self._pair(rows, "count(DISTINCT r.v)")
        elif window.unit:
            found = self._first_seen(rows, self.daily.period(window.unit))
        elif window.since is not None:
            found = self._first_seen(rows, self.daily.epoch(window.since))
        else:
            found = self._running(_spells(rows, window.back or 0))
        return f"coalesce({found}, 0)"

    def _first_seen(self, rows: str, key: str) -> str:
        """How many values were seen in the present period, or since the event: the moments that have one `key`."""
        return self._running(
            f"SELECT m.customer_key, m.{key}, 2 * min(r.d) + 1 AS x, 1 AS step FROM {{moments}} AS m JOIN ({rows}) AS r"
            f" ON r.customer_key = m.customer_key AND m.x = 2 * r.d + 1 GROUP BY m.customer_key, m.{key}, r.v",
            key,
        )

    def _running(self, steps: str, key: str = "") -> str:
        """The sum, at every moment, of all steps (customer_key, x, step) up to it that have the moment's `key`."""
        number, within = len(self.daily.pairs), f", {key}" if key else ""
        self.daily.pairs.append(
            f"SELECT customer_key, x, w{number} FROM (SELECT customer_key, x, asked, CAST(sum(step) OVER (PARTITION BY"
            f" customer_key{within} ORDER BY x RANGE UNBOUNDED PRECEDING) AS BIGINT) AS w{number} FROM"
            f" (SELECT customer_key{within}, x, 0 AS step, true AS asked FROM {{moments}} UNION ALL"
            f" SELECT customer_key{within}, x, step, false AS asked FROM ({steps}))) WHERE asked"
        )
        return f"w{number}"

    def _valued(self) -> str:
        """(customer_key, d, ts, ingest_id, v) of the events or order lines that have a value."""
        source = f"SELECT * FROM marked WHERE {self._flag()}"
        if of_lines(self.feature):
            source = f"SELECT *, unnest(products) AS line FROM marked WHERE {self._flag()}"
        rows = f"SELECT customer_key, d, ts, ingest_id, {value_of(self.feature)} AS v FROM ({source})"
        return f"SELECT * FROM ({rows}) WHERE v IS NOT NULL"

    def most_frequent(self) -> str:
        rows = (
            f"SELECT customer_key, d, v, count(*) AS n, max({NEWEST}) AS l FROM ({self._valued()})"
            " GROUP BY customer_key, d, v"
        )
        latest = "struct_pack(n := n, t := l.t, i := l.i, v := v)"
        return self._pair(rows, f"arg_max(v, {latest})", by_value=True)

    def _pair(self, rows: str, value: str, earliest: str = "r.d", by_value: bool = False) -> str:
        """A value at every moment from the rows that its window holds; NULL where it holds none."""
        number = len(self.daily.pairs)
        inside = f"r.customer_key = m.customer_key AND 2 * r.d + 1 <= m.x{self._inside(earliest)}"
        source = f"{{moments}} AS m JOIN ({rows}) AS r ON {inside}"
        if by_value:
            each = "SELECT m.customer_key, m.x, r.v, sum(r.n) AS n, max(r.l) AS l"
            counted = f"{each} FROM {source} GROUP BY m.customer_key, m.x, r.v"
            query = f"SELECT customer_key, x, {value} AS w{number} FROM ({counted}) GROUP BY customer_key, x"
        else:
            query = f"SELECT m.customer_key, m.x, {value} AS w{number} FROM {source} GROUP BY m.customer_key, m.x"
        self.daily.pairs.append(query)
        return f"w{number}"

    def _inside(self, earliest: str) -> str:
        window = Window.of(self.feature)
        if window.unit:
            now, then = f"m.{self.daily.period(window.unit)}", index_sql(window.unit, "r.d")
            old = f" AND {index_sql(window.unit, earliest)} = {now} - {window.ago}" if earliest != "r.d" else ""
            return f" AND {then} = {now} - {window.ago}{old}"
        if window.since is not None:
            self.daily.epoch(window.since)
            return f" AND {earliest} >= m.s{list(self.daily.epochs).index(window.since)}"
        return "" if window.back is None else f" AND {earliest} >= m.x // 2 - {window.back}"

    def streak(self, unit: str) -> str:
        number = len(self.daily.joined)
        islands = Here.islands(self.feature, f"marked WHERE {self._flag()}")
        days = f"SELECT DISTINCT customer_key, d, {index_sql(unit, 'd')} AS p FROM marked WHERE {self._flag()}"
        column = self.daily.add_side(
            f"SELECT customer_key, d, k AS k{number} FROM ({days}) JOIN {islands} USING (customer_key, p)", f"k{number}"
        )
        last = f"max({self._day()}) OVER {self._frame()}"
        held = f"{index_sql(unit, '(x // 2)')} - {index_sql(unit, f'({last})')} <= 1"
        return f"CASE WHEN {held} THEN last_value({column} IGNORE NULLS) OVER {self._frame()} ELSE 0 END"

    def today(self) -> str:
        return "(DATE '1970-01-01' + CAST(x // 2 AS INTEGER))"

    def given(self, column: str) -> str:
        """The latest value that another room gave."""
        if self.feature.events is not None:
            self.happened()  # else nothing would say which days there are
        newest = f"last_value(given_{self.feature.given_by} IGNORE NULLS) OVER ({OVER} RANGE UNBOUNDED PRECEDING)"
        return f"({newest}).{column}"


def _spells(rows: str, days: int) -> str:
    """Steps from rows (customer_key, d, v): a value enters with its day and leaves when it was not seen for `days`."""
    seen = (
        "SELECT customer_key, d, lag(d) OVER byv AS earlier, lead(d) OVER byv AS later"
        f" FROM ({rows}) WINDOW byv AS (PARTITION BY customer_key, v ORDER BY d)"
    )
    return (
        f"SELECT customer_key, CASE WHEN step > 0 THEN 2 * d + 1 ELSE 2 * (d + {days + 1}) END AS x, step"
        f" FROM ({seen}), (VALUES (1), (-1)) AS steps(step) WHERE CASE WHEN step > 0"
        f" THEN earlier IS NULL OR d - earlier > {days} ELSE later IS NULL OR later - d > {days} END"
    )
