"""The moments at which conditions over features turn true, false or unknown, along everybody's whole history.

A condition changes its answer far less often than something happens. So conditions are sorted by the events and windows
that they read; each sort has a timeline over just the days on which such events happened (and those on which time alone
can change an answer); of that only the turns are kept, all answers of a moment in one whole number. What compares a
number of days or events with a constant needs no moments at all (`thresholds.py`). Put together they say everything at
few moments. Grain of the result: (customer_key, x), x as in `timeline.py`, from a customer's first day on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from tenure.definitions import Definitions, Feature, Rule, crossings
from tenure.definitions.kinds import Window
from tenure.definitions.kinds.events_sql import condition
from tenure.definitions.tree import And, Column, Condition, Constant, Not, Or, Truth, columns
from tenure.features.along import Daily
from tenure.features.thresholds import Thresholds, is_threshold
from tenure.features.timeline import Timeline, daily_sql, marked_sql

__all__ = ["Turns"]

Source = tuple[str, Window, str]
MOST = 30  # answers of two bits that one whole number holds
BEGUN = 1 << 62  # beyond all answers
NOBODY = -1  # a customer to whom nothing ever happened: what holds before the first event


@dataclass
class _Sort:
    """Conditions that turn at the same moments: their features see the same events through the same windows."""

    atoms: list[Condition]
    features: frozenset[str]
    of_everything: bool
    plain: bool
    daily: Daily = field(default_factory=Daily)
    thresholds: Thresholds | None = None


@dataclass
class Turns:
    """The turns of all conditions that some rules are made of."""

    definitions: Definitions
    rules: Sequence[Rule]

    def __post_init__(self) -> None:
        found = dict.fromkeys(atom for rule in self.rules for atom in _atoms(rule.tree))
        self.numbers = {atom: number for number, atom in enumerate(found)}
        self.words = [f"word{number}" for number in range(-(-len(found) // MOST) or 1)]
        self.sorts = _sorted(found, self.definitions.features)

    def rule(self, rule: Rule) -> Rule:
        """The rule over the answers to its conditions instead of over features."""
        return replace(rule, tree=self._answered(rule.tree))

    def _answered(self, node: Condition, denied: bool = False) -> Condition:
        """A rule is asked whether it is true, so of a condition whether it is, and of a `denied` one whether it is not.

        Unknown is neither. What NOT stands before is turned inside out, that no third answer has to be reckoned with.
        """
        match node:
            case And() | Or():
                parts = tuple(self._answered(part, denied) for part in node.parts)
                return And(parts) if isinstance(node, And) != denied else Or(parts)
            case Not():
                return self._answered(node.part, not denied)
            case Constant():
                return Not(node) if denied else node
        return Truth(Column(f"{'no' if denied else 'yes'}{self.numbers[node]}", "boolean"))

    def compute(self, con: duckdb.DuckDBPyConnection, customers: str, instant: str, last_day: int) -> None:
        """Make the temp table `turned` of all turns of `customers` before `instant`.

        Grain: one row per customer and moment x at which an answer turns: customer_key, x, the whole numbers `words`
        that hold all answers from then on, and `<word>_was`, those just before; 0 in the first row, before which there
        was nothing. Made on the way: `happened`, one row per customer and day with an event.
        """
        shared = Daily(by_column=True)
        queries = [self._sort_query(sort, shared, customers, instant, last_day) for sort in self.sorts]
        for sort in self.sorts:
            sort.daily.happened()  # names its columns, before the table is made
        marked = marked_sql(customers, instant, shared)
        _table(con, "happened", f"WITH {marked} {daily_sql(shared)}", [])
        for number, (sort, (query, params)) in enumerate(zip(self.sorts, queries, strict=True)):
            if sort.thresholds is None:
                days = f"daily AS (SELECT * FROM happened WHERE {sort.daily.happened()})"
                before = [marked_sql(customers, instant, shared)] if sort.daily.sides or sort.daily.pairs else []
                query = "WITH " + ",\n".join([*before, days, query])
            _table(con, f"turns{number}", query, params)
        _table(con, "turned", self._together(), [])
        for number, _ in enumerate(self.sorts):
            con.execute(f"DROP TABLE turns{number}").fetchall()

    def answers(self) -> str:
        """A query of every different set of answers in `turned`: the words, and of each condition whether yes or no."""
        found = "".join(self._answers(atom) for atom in self.numbers)
        return f"SELECT *{found} FROM (SELECT DISTINCT {', '.join(self.words)} FROM turned)"

    def _sort_query(
        self, sort: _Sort, shared: Daily, customers: str, instant: str, last_day: int
    ) -> tuple[str, list[object]]:
        """The turns of one sort, and its parameters: the whole query of thresholds, else that from `daily` on."""
        if sort.plain:
            return self._threshold_query(sort, shared, last_day), []
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

    def _threshold_query(self, sort: _Sort, shared: Daily, last_day: int) -> str:
        catalogue = self.definitions.features
        events = catalogue[min(sort.features)].events
        sort.thresholds = Thresholds.of(sort.atoms, catalogue, self._place, shared.present(events), last_day)
        return sort.thresholds.sql(shared.count(events) if sort.thresholds.events else "")

    def _place(self, atom: Condition) -> tuple[str, int]:
        """The whole number that holds a condition's answer, and by how many bits it is shifted there."""
        word, place = divmod(self.numbers[atom], MOST)
        return f"word{word}", 2 * place

    def _words(self, sort: _Sort, params: list[object]) -> list[tuple[str, str]]:
        """(column, SQL) of the whole numbers that hold the answers: of each 0 for no, 1 for yes, 2 for unknown."""
        bits: dict[str, list[str]] = {}
        for atom in sort.atoms:  # a sort's numbers rise, so that the parameters stand in the order of the text
            word, shift = self._place(atom)
            answer = f"coalesce(CAST({Rule('', atom, {}).sql(params)} AS BIGINT), 2)"
            bits.setdefault(word, []).append(f"{answer} * {1 << shift}")
        return [(word, " + ".join(each)) for word, each in bits.items()]

    def _together(self) -> str:
        """All answers at every turn of any: what nobody answers, and the bits that turned up to the moment.

        The bit BEGUN is in every word from the first moment on.
        """
        sides, nobody = [], {word: [str(BEGUN)] for word in self.words}
        for number, sort in enumerate(self.sorts):
            side, before = self._side(number, sort)
            sides.append(side)
            for word, bits in before.items():
                nobody[word].append(bits)
        first = "".join(f", {' | '.join(each)} AS {word}" for word, each in nobody.items())
        sides.append(f"SELECT customer_key, 2 * min(d) + 1 AS x{first} FROM happened GROUP BY customer_key")
        union = " UNION ALL BY NAME ".join(f"({side})" for side in sides)
        turning = "".join(f", coalesce(bit_xor({word}), 0) AS new_{word}" for word in self.words)
        held = "".join(f", bit_xor(new_{word}) OVER byx AS {word}, new_{word}" for word in self.words)
        words = "".join(f", {word}, xor({word}, new_{word}) AS {word}_was" for word in self.words)
        return (
            f"WITH turning AS (SELECT customer_key, x{turning} FROM ({union}) GROUP BY customer_key, x),"
            f"\nheld AS (SELECT customer_key, x{held} FROM turning WINDOW byx AS"
            " (PARTITION BY customer_key ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))"
            f"\nSELECT customer_key, x{words} FROM held WHERE {self.words[0]} & {BEGUN} <> 0"
        )

    def _side(self, number: int, sort: _Sort) -> tuple[str, dict[str, str]]:
        """SQL for the bits that one sort turns, and of each word what nobody answers."""
        if sort.thresholds is not None:
            return f"SELECT * FROM turns{number}", {word: str(bits) for word, bits in sort.thresholds.nobody.items()}
        words = [word for word, _ in self._words(sort, [])]
        nobody = {word: f"(SELECT {word} FROM turns{number} WHERE customer_key = {NOBODY} AND x = 1)" for word in words}
        turned = "".join(f", xor({word}, coalesce({word}_was, {nobody[word]})) AS {word}" for word in words)
        return f"SELECT customer_key, x{turned} FROM turns{number} WHERE customer_key <> {NOBODY}", nobody

    def _answers(self, atom: Condition) -> str:
        """The columns of one condition: whether its answer is yes, or no."""
        (word, shift), number = self._place(atom), self.numbers[atom]
        return f", ({word} & {1 << shift}) <> 0 AS yes{number}, ({word} & {3 << shift}) = 0 AS no{number}"


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
    """The conditions by what makes them turn, and whether they are thresholds."""
    found: dict[tuple[bool, frozenset[Source]], _Sort] = {}
    for atom in atoms:
        features = frozenset(column.key for column in columns(atom))
        sources = frozenset(source for key in features for source in _sources(catalogue[key], catalogue))
        plain, everything = is_threshold(atom, catalogue), any(each[0] == "true" for each in sources)
        sort = found.setdefault((plain, sources), _Sort([], frozenset(), everything, plain))
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
