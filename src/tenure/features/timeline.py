"""Feature declarations → their values at every moment at which they can change, for whole histories in one query.

A customer's time runs on an integer axis: local day d begins at x = 2·d and ends at x = 2·d + 1. Events of a day stand
at its end. A day's start is asked only where time alone can change something: when an event leaves or enters a window,
when a period ends, or when days-since passes a threshold. "Within N days as of day d" is then RANGE BETWEEN 2·N
PRECEDING AND CURRENT ROW at both moments, so most features are one ordered pass over the customer's days; see
`along.py`. Grain: (customer_key, x).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from tenure.definitions import Crossings, Definitions, Feature
from tenure.definitions.kinds import KINDS
from tenure.definitions.kinds.events_sql import name
from tenure.definitions.kinds.window import index_sql, start_sql
from tenure.features.along import Along, Daily
from tenure.features.companies import company_rows_sql
from tenure.features.compile import Scan, derived_levels, given_by_source, within

__all__ = ["Timeline", "daily_sql", "marked_sql"]


@dataclass
class Timeline:
    """The query for some features' histories; `asked` says on which days time alone can change a rule's answer.

    A score holds from its instant on: from its day's start if it was made for that, else from the day's end.
    """

    definitions: Definitions
    keys: frozenset[str]
    asked: Crossings = field(default_factory=Crossings)
    given: Mapping[str, str] = field(default_factory=dict)  # {source: (customer_key, x, given_<source>)}, if known
    by_column: bool = False  # whether the engine takes frames that a column cuts (see `Daily`)

    def __post_init__(self) -> None:
        self.features = Scan(self.definitions, self.keys | self.asked.features).features()

    def sql(self, customers: str, instant: str, last_day: int, params: list[object], more: str = "") -> str:
        """The query over the events of `customers` (an SQL condition on customer_key) before `instant` (naive UTC).

        `last_day` is the instant's local day, in days since 1970-01-01; `more` as of `parts`.
        """
        daily = Daily(self.by_column)
        parts = self.parts(daily, customers, instant, last_day, params, more)  # it says what is asked of the days
        return ",\n".join(["WITH " + marked_sql(customers, instant, daily), f"daily AS ({daily_sql(daily)})", *parts])

    def parts(
        self, daily: Daily, customers: str, instant: str, last_day: int, params: list[object], more: str = ""
    ) -> list[str]:
        """The query from the CTE `daily` on; `more` are moments (customer_key, x) that are asked besides."""
        plain = [feature for feature in self.features if feature.kind != "derived"]
        columns = {feature.key: self._over(feature, daily) for feature in plain}
        starts = self._starts(daily, last_day)
        source, parts = "grid", [*daily.sides, f"days AS ({daily.days()})"]
        parts.append(f"grid AS (SELECT * FROM days{self._more(starts, instant, customers)}{more})")
        if self.asked.linear:
            read = frozenset().union(*(crossing.features for crossing in self.asked.linear))
            parts += self._stage("tried", {key: sql for key, sql in columns.items() if key in read}, source, daily)
            parts.append(f"crossed AS (SELECT * FROM grid UNION ALL BY NAME ({self._crossings(last_day, params)}))")
            source = "crossed"
        parts += self._stage("plain", columns, source, daily)
        parts[-1] += derived_levels(self.features, "plain", params)
        return parts

    def _stage(self, result: str, columns: Mapping[str, str], source: str, daily: Daily) -> list[str]:
        """Plain features over moments, after what frames are cut by and what needs a join of moments and rows."""
        parts = [f"{result}_ready AS (SELECT *{daily.cuts()} FROM {source})"]
        joins, listed = "", "".join(f",\n  {sql} AS {name(key)}" for key, sql in columns.items())
        for number, pair in enumerate(daily.pairs):
            if re.search(rf"\bw{number}\b", listed):
                parts.append(f"{result}_pair{number} AS ({pair.replace('{moments}', f'{result}_ready')})")
                joins += f" LEFT JOIN {result}_pair{number} USING (customer_key, x)"
        found = f"SELECT customer_key, x{listed or ', 0 AS nothing'}\nFROM {result}_ready{joins}"
        return [*parts, f"{result} AS ({found})"]

    def _over(self, feature: Feature, daily: Daily) -> str:
        along = Along(feature, daily)
        if feature.given_by:
            return along.given(within(feature))
        found = KINDS[feature.kind].value(feature, along)
        if feature.since is not None:
            return f"CASE WHEN {daily.epoch(feature.since)} > 0 THEN {found} END"
        return found

    def _more(self, starts: str, instant: str, customers: str) -> str:
        """The asked starts of days, and the moments at which given features changed."""
        found = f" UNION ALL BY NAME ({starts})" if starts else ""
        for source, members in given_by_source(self.features).items():
            rows = company_rows_sql if source == "company" else partial(_given_rows, source)
            query = self.given.get(source) or rows(members, instant, customers)
            found += f" UNION ALL BY NAME ({query})"
        return found

    def _starts(self, daily: Daily, last_day: int) -> str:
        """(customer_key, x) of the days' starts at which time alone may change a value."""
        asked = [query for feature in self.features for query in self._flips(feature, daily)]
        asked += [_calendar(unit, last_day) for unit in sorted(self.asked.calendar)]
        if self.asked.daily:
            asked.append(
                f"SELECT customer_key, unnest(range(d + 1, least(coalesce(later, {last_day}), {last_day}) + 1)) AS s"
                " FROM (SELECT customer_key, d,"
                " lead(d) OVER (PARTITION BY customer_key ORDER BY d) AS later FROM daily)"
            )
        if not asked:
            return ""
        union = " UNION ".join(dict.fromkeys(asked))
        return f"SELECT customer_key, 2 * s AS x FROM ({union}) WHERE s <= {last_day}"

    def _flips(self, feature: Feature, daily: Daily) -> list[str]:
        if KINDS[feature.kind].grain == "none":
            return []
        column = Along(feature, daily).happened()
        if feature.kind == "streak":
            broken = start_sql(feature.every or "day", f"{index_sql(feature.every or 'day', 'd')} + 2")
            return [f"SELECT customer_key, {broken} AS s FROM daily WHERE {column} > 0"]
        asked = [query for window in KINDS[feature.kind].window_list(feature) for query in window.flips(column)]
        if feature.kind in ("days_since_last", "days_since_first"):
            every = "every" if feature.since or feature.period or feature.within_days else feature.kind[11:]
            if thresholds := sorted(self.asked.thresholds.get(feature.key, ())):
                asked.append(_start(column, thresholds, every))
        return asked

    def _crossings(self, last_day: int, params: list[object]) -> str:
        """(customer_key, x) of the days' starts around which a linear comparison changes its answer.

        Three days are tried: the root may be rounded either way, and "more than" flips a day after "at least".
        """
        asked = [
            "SELECT customer_key, x, lead(x) OVER (PARTITION BY customer_key ORDER BY x) AS later,"
            f" {crossing.sql(params)} AS k FROM tried"
            for crossing in self.asked.linear
        ]
        return (
            "SELECT DISTINCT customer_key, 2 * (x // 2 + CAST(floor(k) AS BIGINT) + step) AS x"
            f" FROM ({' UNION ALL '.join(asked)}), (VALUES (0), (1), (2)) AS steps(step)"
            f" WHERE k >= 0 AND k < 100000 AND x // 2 + floor(k) + step <= {last_day}"
            " AND 2 * (x // 2 + floor(k) + step) > x AND (later IS NULL OR 2 * (x // 2 + floor(k) + step) < later)"
        )


def marked_sql(customers: str, instant: str, daily: Daily) -> str:
    """The CTEs `seen` and `marked`: the events of `customers` before an instant, with what is asked of each."""
    marks = f"SELECT *, date_diff('day', DATE '1970-01-01', day) AS d{daily.marks()} FROM seen"
    known = f", {daily.marking.sql()} AS marks" if daily.marking.chosen else ""
    seen = f"SELECT *{known} FROM events WHERE ts < TIMESTAMP '{instant}' AND {customers}"
    return f"seen AS ({seen}),\nmarked AS ({marks})"


def daily_sql(daily: Daily) -> str:
    """One row per customer and day with an event, from `marked`."""
    return f"SELECT customer_key, d{daily.columns()} FROM marked GROUP BY customer_key, d"


def _given_rows(source: str, members: list[Feature], instant: str, customers: str) -> str:
    """Scores on the axis; what was known before a customer's first event stands beside it.

    All scores of a row are one value, so that one that became unknown is not taken for one that stayed.
    """
    known = "(SELECT customer_key, min(d) AS f FROM daily GROUP BY customer_key)"
    packed = ", ".join(f"{within(each)} := {within(each)}" for each in members)
    newest = "struct_pack(t := as_of, o := own, m := made_at)"
    at = "2 * date_diff('day', DATE '1970-01-01', day) + CASE WHEN inside THEN 1 ELSE 0 END"
    rows = (
        f"SELECT *, {at} AS m FROM {source}_history JOIN {known} USING (customer_key)"
        f" WHERE as_of <= TIMESTAMP '{instant}' AND {customers}"
    )
    return (
        f"SELECT customer_key, greatest(m, 2 * f + 1) AS x, arg_max(struct_pack({packed}), {newest}) AS"
        f" given_{source} FROM ({rows}) GROUP BY customer_key, greatest(m, 2 * f + 1)"
    )


def _start(column: str, thresholds: Sequence[int], which: str) -> str:
    """Day starts so many days after a day with such an event: any one, the first, or one with no later one before."""
    steps = f"(VALUES {', '.join(f'({days})' for days in thresholds)}) AS steps(step)"
    if which == "first":
        first = f"SELECT customer_key, min(d) AS d FROM daily WHERE {column} > 0 GROUP BY customer_key"
        return f"SELECT customer_key, d + step AS s FROM ({first}), {steps}"
    if which == "every":
        return f"SELECT customer_key, d + step AS s FROM daily, {steps} WHERE {column} > 0"
    later = "lead(d) OVER (PARTITION BY customer_key ORDER BY d) AS later"
    return (
        f"SELECT customer_key, d + step AS s FROM (SELECT customer_key, d, {later} FROM daily WHERE {column} > 0),"
        f" {steps} WHERE later IS NULL OR later >= d + step"
    )


def _calendar(unit: str, last_day: int) -> str:
    """The start of every period of the calendar in a customer's time."""
    first, last = index_sql(unit, "min(d)"), index_sql(unit, str(last_day))
    periods = f"SELECT customer_key, unnest(range({first} + 1, {last} + 1)) AS p FROM daily GROUP BY customer_key"
    return f"SELECT customer_key, {start_sql(unit, 'p')} AS s FROM ({periods})"
