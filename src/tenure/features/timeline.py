"""Feature declarations → their values at every moment at which they can change, for whole histories in one query.

A customer's time runs on an integer axis: local day d begins at x = 2·d and ends at x = 2·d + 1. Events of a day stand
at its end. A day's start is asked only where time alone can change something: when an event leaves a window, or when
days-since passes a threshold. "Within N days as of day d" is then RANGE BETWEEN 2·N PRECEDING AND CURRENT ROW at both
moments, so every window of every feature is one ordered pass over the customer's days. Grain: (customer_key, x).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tenure.definitions import Crossings, Definitions, Feature
from tenure.errors import DefinitionError
from tenure.features.compile import Scan, condition, derived_levels, name, value_of

__all__ = ["Timeline"]

OVER = "PARTITION BY customer_key ORDER BY x"


@dataclass
class Timeline:
    """The query for some features' histories; `asked` says on which days time alone can change a rule's answer."""

    definitions: Definitions
    keys: frozenset[str]
    asked: Crossings = field(default_factory=Crossings)
    _flags: dict[str, str] = field(default_factory=dict)
    _daily: dict[str, str] = field(default_factory=dict)
    _sides: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.features = Scan(self.definitions, self.keys | self.asked.features).features()

    def sql(self, customers: str, instant: str, last_day: int, params: list[object]) -> str:
        """The query over the events of `customers` (an SQL condition on customer_key) before `instant` (naive UTC).

        `last_day` is the instant's local day, in days since 1970-01-01.
        """
        plain = [feature for feature in self.features if feature.kind != "derived"]
        columns = ",\n  ".join(f"{self._over(feature)} AS {name(feature.key)}" for feature in plain)
        starts = self._starts(last_day)
        over = f"SELECT customer_key, x,\n  {columns or '0 AS nothing'}\nFROM"
        parts = [
            f"WITH seen AS (SELECT * FROM events WHERE ts < TIMESTAMP '{instant}' AND {customers})",
            "marked AS (SELECT *, date_diff('day', DATE '1970-01-01', day) AS d"
            + "".join(f", {sql} AS {flag}" for sql, flag in self._flags.items())
            + " FROM seen)",
            "daily AS (SELECT customer_key, d"
            + "".join(f", {sql} AS {column}" for sql, column in self._daily.items())
            + " FROM marked GROUP BY customer_key, d)",
            self._grid(starts),
        ]
        if self.asked.linear:
            parts.append(f"tried AS ({over} grid)")
            parts.append(f"crossed AS (SELECT * FROM grid UNION ALL BY NAME ({self._crossings(last_day, params)}))")
        parts.append(f"plain AS ({over} {'crossed' if self.asked.linear else 'grid'})")
        return ",\n".join(parts) + derived_levels(self.features, "plain", params)

    def _flag(self, feature: Feature) -> str:
        return self._flags.setdefault(condition(feature.events), f"f{len(self._flags)}")

    def _column(self, sql: str) -> str:
        return self._daily.setdefault(sql, f"c{len(self._daily)}")

    def _count(self, feature: Feature) -> str:
        return self._column(f"count(*) FILTER (WHERE {self._flag(feature)})")

    def _over(self, feature: Feature) -> str:
        flag = self._flag(feature)
        frame = (
            f"({OVER} RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
            if feature.within_days is None
            else f"({OVER} RANGE BETWEEN {2 * feature.within_days} PRECEDING AND CURRENT ROW)"
        )
        match feature.kind:
            case "count":
                return f"CAST(coalesce(sum({self._count(feature)}) OVER {frame}, 0) AS BIGINT)"
            case "sum":
                column = self._column(f"sum({value_of(feature)}) FILTER (WHERE {flag})")
                kind = "BIGINT" if feature.type == "integer" else "DOUBLE"
                return f"CAST(coalesce(sum({column}) OVER {frame}, 0) AS {kind})"
            case "average":
                total = self._column(f"sum(CAST({value_of(feature)} AS DOUBLE)) FILTER (WHERE {flag})")
                count = self._column(f"count({value_of(feature)}) FILTER (WHERE {flag})")
                return f"sum({total}) OVER {frame} / nullif(CAST(sum({count}) OVER {frame} AS DOUBLE), 0)"
            case "distinct":
                return self._distinct(feature, frame)
            case "days_since_last":
                return f"x // 2 - max(CASE WHEN {self._count(feature)} > 0 THEN d END) OVER {frame}"
            case "days_since_first":
                return f"x // 2 - min(CASE WHEN {self._count(feature)} > 0 THEN d END) OVER {frame}"
            case "median_gap":
                return self._median_gap(feature, frame)
            case "first" | "last":
                return self._edge(feature, flag, frame)
        raise DefinitionError([f'feature "{feature.key}": the kind "{feature.kind}" is not known.'])

    def _edge(self, feature: Feature, flag: str, frame: str) -> str:
        if feature.of in ("time", "day"):
            function, column = ("min" if feature.kind == "first" else "max"), "ts" if feature.of == "time" else "day"
            return f"{function}({self._column(f'{function}({column}) FILTER (WHERE {flag})')}) OVER {frame}"
        function, value = ("arg_min" if feature.kind == "first" else "arg_max"), value_of(feature)
        order = "struct_pack(t := ts, i := ingest_id)"
        column = self._column(f"{function}({value}, {order}) FILTER (WHERE {flag} AND ({value}) IS NOT NULL)")
        edge = "first_value" if feature.kind == "first" else "last_value"
        return f"{edge}({column} IGNORE NULLS) OVER {frame}"

    def _distinct(self, feature: Feature, frame: str) -> str:
        if feature.of == "day":
            return f"CAST(coalesce(sum(CASE WHEN {self._count(feature)} > 0 THEN 1 END) OVER {frame}, 0) AS BIGINT)"
        if feature.within_days is not None:
            raise DefinitionError(
                [f'feature "{feature.key}": a history of different values within days cannot be told; use all time.']
            )
        lines = "product" if feature.of in ("product", "category") else "value"
        value = f"line.{feature.of}" if lines == "product" else f"({value_of(feature)})"
        source = (
            f"SELECT *, unnest(products) AS line FROM marked WHERE {self._flag(feature)}"
            if lines == "product"
            else (f"SELECT * FROM marked WHERE {self._flag(feature)}")
        )
        side, column = f"new{len(self._sides)}", f"n{len(self._sides)}"
        self._sides.append(
            f"{side} AS (SELECT customer_key, d, count(*) AS {column} FROM (SELECT customer_key,"
            f" {value} AS v, min(d) AS d"
            f" FROM ({source}) WHERE {value} IS NOT NULL GROUP BY ALL) GROUP BY customer_key, d)"
        )
        return f"CAST(coalesce(sum({column}) OVER {frame}, 0) AS BIGINT)"

    def _median_gap(self, feature: Feature, frame: str) -> str:
        if feature.within_days is not None:
            raise DefinitionError(
                [f'feature "{feature.key}": a history of gaps within days cannot be told; use all time.']
            )
        return f"median({self._count(feature)}_gap) OVER {frame}"

    def _starts(self, last_day: int) -> str:
        """(customer_key, x) of the days' starts at which time alone may change a value."""
        asked = []
        for feature in self.features:
            column = self._count(feature) if feature.kind != "derived" else ""
            if feature.kind in ("days_since_last", "days_since_first"):
                for days in sorted(
                    {step for at in self.asked.thresholds.get(feature.key, ()) for step in (int(at), int(at) + 1)}
                ):
                    asked.append(_start(column, days, "last" if feature.kind == "days_since_last" else "first"))
            elif feature.within_days is not None and feature.kind != "derived":
                asked.append(_start(column, feature.within_days + 1, "every"))
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
            " AND (later IS NULL OR 2 * (x // 2 + floor(k) + step) < later)"
        )

    def _grid(self, starts: str) -> str:
        """The days with events (at their ends) and the asked starts of days, one row each."""
        gaps = [
            column
            for column in self._daily.values()
            if any(feature.kind == "median_gap" and self._count(feature) == column for feature in self.features)
        ]
        gap_columns = "".join(
            f", CASE WHEN {c} > 0 THEN CAST(d - max(CASE WHEN {c} > 0 THEN d END)"
            " OVER (PARTITION BY customer_key ORDER BY d"
            f" ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS DOUBLE) END AS {c}_gap"
            for c in gaps
        )
        joins = "".join(f" LEFT JOIN new{number} USING (customer_key, d)" for number in range(len(self._sides)))
        chosen = "".join(f", n{number}" for number in range(len(self._sides)))
        days = f"days AS (SELECT daily.*{chosen}{gap_columns}, 2 * d + 1 AS x FROM daily{joins})"
        sides = "".join(f"{side},\n" for side in self._sides)
        if not starts:
            return f"{sides}{days},\ngrid AS (SELECT * FROM days)"
        return f"{sides}{days},\ngrid AS (SELECT * FROM days UNION ALL BY NAME ({starts}))"


def _start(column: str, days: int, which: str) -> str:
    """Day starts `days` after a day with such an event: after every one, the first, or one with no later one before."""
    if which == "first":
        return f"SELECT customer_key, min(d) + {days} AS s FROM daily WHERE {column} > 0 GROUP BY customer_key"
    if which == "every":
        return f"SELECT customer_key, d + {days} AS s FROM daily WHERE {column} > 0"
    return (
        f"SELECT customer_key, d + {days} AS s FROM (SELECT customer_key, d, lead(d) OVER (PARTITION BY customer_key"
        f" ORDER BY d) AS later FROM daily WHERE {column} > 0) WHERE later IS NULL OR later >= d + {days}"
    )
