"""The moments at which conditions over features turn true, false or unknown, along everybody's whole history.

A condition changes its answer far less often than something happens. So conditions are sorted by the events and windows
that they read; each sort has a timeline over just the days on which such events happened (and those on which time alone
can change an answer); of that only the turns are kept, all answers of a moment in one whole number. Put together they
say everything at few moments. Grain of the result: (customer_key, x), x as in `timeline.py`, from a customer's first
day on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from tenure.definitions import Definitions, Feature, Rule, crossings
from tenure.definitions.kinds import Window
from tenure.definitions.kinds.events_sql import condition
from tenure.definitions.tree import And, Column, Condition, Constant, Not, Or, Truth, columns
from tenure.features.along import Daily
from tenure.features.timeline import Timeline, daily_sql, marked_sql

__all__ = ["Turns"]

Source = tuple[str, Window, str]
MOST = 30  # answers of two bits that one whole number holds
NOBODY = -1  # a customer to whom nothing ever happened: what holds before the first event


@dataclass
class _Sort:
    """Conditions that turn at the same moments: their features see the same events through the same windows."""

    atoms: list[Condition]
    features: frozenset[str]
    of_everything: bool
    daily: Daily = field(default_factory=Daily)


@dataclass
class Turns:
    """The turns of all conditions that some rules are made of."""

    definitions: Definitions
    rules: Sequence[Rule]

    def __post_init__(self) -> None:
        found = dict.fromkeys(atom for rule in self.rules for atom in _atoms(rule.tree))
        self.numbers = {atom: number for number, atom in enumerate(found)}
        self.sorts = _sorted(found, self.definitions.features)

    def rule(self, rule: Rule, before: bool = False) -> Rule:
        """The rule over the answers to its conditions, at a turn or just `before` it, instead of over features."""
        return replace(rule, tree=self._answered(rule.tree, "_was" if before else ""))

    def _answered(self, node: Condition, when: str, denied: bool = False) -> Condition:
        """A rule is asked whether it is true, so of a condition whether it is, and of a `denied` one whether it is not.

        Unknown is neither. What NOT stands before is turned inside out, that no third answer has to be reckoned with.
        """
        match node:
            case And() | Or():
                parts = tuple(self._answered(part, when, denied) for part in node.parts)
                return And(parts) if isinstance(node, And) != denied else Or(parts)
            case Not():
                return self._answered(node.part, when, not denied)
            case Constant():
                return Not(node) if denied else node
        return Truth(Column(f"{'no' if denied else 'yes'}{self.numbers[node]}{when}", "boolean"))

    def compute(self, con: duckdb.DuckDBPyConnection, customers: str, instant: str, last_day: int) -> str:
        """A query of the turns of `customers` before `instant`: customer_key, x, every answer now and just before, and
        whether it is the customer's `first` moment, before which there was nothing.

        It reads temp tables that are made here and stay until the next call: `happened`, one row per customer and day
        with an event that any condition reads, and `turns…`, one row per customer and turn of one sort.
        """
        shared = Daily(by_column=True)
        queries = [self._sort_query(sort, shared, customers, instant, last_day) for sort in self.sorts]
        marked = marked_sql(customers, instant, shared)
        for sort in self.sorts:
            sort.daily.happened()  # names its columns, before the table is made
        _table(con, "happened", f"WITH {marked} {daily_sql(shared)}", [])
        for number, (sort, (query, params)) in enumerate(zip(self.sorts, queries, strict=True)):
            days = f"daily AS (SELECT * FROM happened WHERE {sort.daily.happened()})"
            before = [marked_sql(customers, instant, shared)] if sort.daily.sides or sort.daily.pairs else []
            _table(con, f"turns{number}", "WITH " + ",\n".join([*before, days, query]), params)
        return self._together()

    def _sort_query(
        self, sort: _Sort, shared: Daily, customers: str, instant: str, last_day: int
    ) -> tuple[str, list[object]]:
        """The turns of one sort from the CTE `daily` on, and its parameters."""
        params: list[object] = []
        catalogue = self.definitions.features
        asked = crossings([Rule("", atom, catalogue) for atom in sort.atoms], catalogue)
        sort.daily = shared.beside()
        if sort.of_everything or asked.daily or asked.calendar:  # it may turn before anything happened that it reads
            sort.daily.flag("true")
        nobody = f" UNION ALL BY NAME (SELECT {NOBODY} AS customer_key, 1 AS x)"
        timeline = Timeline(self.definitions, sort.features, asked)
        parts = timeline.parts(sort.daily, customers, instant, last_day, params, nobody)
        tail, _, found = parts[-1].rpartition("\nSELECT * FROM ")
        codes: list[object] = []
        words = self._words(sort, codes)
        listed = ", ".join(f"{sql} AS {word}" for word, sql in words)
        was = ", ".join(f"lag({word}) OVER byx AS {word}_was" for word, _ in words)
        turned = " OR ".join(f"{word}_was IS NULL OR {word}_was <> {word}" for word, _ in words)
        text = (
            f",\ncoded AS (SELECT customer_key, x, {listed} FROM {found})"
            f"\nSELECT * FROM (SELECT *, {was} FROM coded"
            f" WINDOW byx AS (PARTITION BY customer_key ORDER BY x)) WHERE {turned}"
        )
        return ",\n".join([*parts[:-1], tail + text]), [*params, *codes]

    def _words(self, sort: _Sort, params: list[object]) -> list[tuple[str, str]]:
        """(column, SQL) of the whole numbers that hold the answers: of each 0 for no, 1 for yes, 2 for unknown."""
        bits: dict[str, list[str]] = {}
        for atom in sort.atoms:  # a sort's numbers rise, so that the parameters stand in the order of the text
            word, place = divmod(self.numbers[atom], MOST)
            answer = f"coalesce(CAST({Rule('', atom, {}).sql(params)} AS BIGINT), 2)"
            bits.setdefault(f"word{word}", []).append(f"{answer} * {4**place}")
        return [(word, " + ".join(each)) for word, each in bits.items()]

    def _together(self) -> str:
        """All answers at every turn of any: what nobody answers, and all changes to that up to the moment added up."""
        sides, nobody = [], defaultdict[str, list[str]](list)
        for number, sort in enumerate(self.sorts):
            changes = ""
            for word, _ in self._words(sort, []):
                before = f"(SELECT {word} FROM turns{number} WHERE customer_key = {NOBODY} AND x = 1)"
                nobody[word].append(before)
                changes += f", {word} - coalesce({word}_was, {before}) AS {word}"
            sides.append(f"SELECT customer_key, x{changes} FROM turns{number} WHERE customer_key <> {NOBODY}")
        first = "".join(f", {' + '.join(each)} AS {word}" for word, each in nobody.items())
        sides.append(f"SELECT customer_key, 2 * min(d) + 1 AS x, 1 AS one{first} FROM happened GROUP BY customer_key")
        added = "".join(f", CAST(sum({word}) AS BIGINT) AS {word}" for word in nobody)
        held = "".join(
            f", CAST(sum({word}) OVER byx AS BIGINT) AS {word}, coalesce({word}, 0) AS new_{word}" for word in nobody
        )
        union = " UNION ALL BY NAME ".join(f"({side})" for side in sides)
        answers = "".join(map(_answers, self.numbers.values()))
        return (
            f"WITH changed AS (SELECT customer_key, x, count(one) > 0 AS first{added} FROM ({union})"
            " GROUP BY customer_key, x),"
            f"\nheld AS (SELECT customer_key, x, first{held} FROM changed WINDOW byx AS"
            " (PARTITION BY customer_key ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))"
            f"\nSELECT customer_key, x, first{answers} FROM held"
        )


def _answers(number: int) -> str:
    """The columns of one condition: whether its answer is yes, or no, at a turn and before what is new at it."""
    word, place = divmod(number, MOST)
    now, before = f"word{word}", f"(word{word} - new_word{word})"
    return "".join(
        f", ({held} & {4**place}) <> 0 AS yes{number}{when}, ({held} & {3 * 4**place}) = 0 AS no{number}{when}"
        for held, when in ((now, ""), (before, "_was"))
    )


def _atoms(node: Condition) -> Iterable[Condition]:
    """The conditions that a rule combines."""
    match node:
        case And() | Or():
            for part in node.parts:
                yield from _atoms(part)
        case Not():
            yield from _atoms(node.part)
        case Constant():
            return
        case _:
            yield node


def _sorted(atoms: Iterable[Condition], catalogue: Mapping[str, Feature]) -> list[_Sort]:
    """The conditions by what makes them turn."""
    found: dict[frozenset[Source], _Sort] = {}
    for atom in atoms:
        features = frozenset(column.key for column in columns(atom))
        sources = frozenset(source for key in features for source in _sources(catalogue[key], catalogue))
        sort = found.setdefault(sources, _Sort([], frozenset(), any(each[0] == "true" for each in sources)))
        sort.atoms.append(atom)
        sort.features |= features
    return list(found.values())


def _sources(feature: Feature, catalogue: Mapping[str, Feature]) -> Iterable[Source]:
    """The events that a feature is made from and the window it sees them through; features of time stand alone."""
    if feature.expression is not None:
        for key in feature.expression.features:
            yield from _sources(catalogue[key], catalogue)
        return
    alone = "" if feature.changes_with_time in ("no", "falls") else feature.key
    yield condition(feature.events), Window.of(feature), alone


def _table(con: duckdb.DuckDBPyConnection, name: str, query: str, params: list[object]) -> None:
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}", params).fetchall()
