"""The turns of comparisons with a number, where they need no moments: of days, events, and days since an event.

"On at least three days within 30" holds from the third of three such days until the first of them leaves, so its turns
follow from a day and its neighbours. One look at the days in their order replaces a grid of all moments, a moving frame
over it, and a second look for what changed. Answers are bits as in `turns.py`, and a turn holds those that change.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tenure.definitions import Feature
from tenure.definitions.kinds import Window
from tenure.definitions.tree import Column, Compare, Condition, Number, Operator

__all__ = ["Thresholds", "is_threshold"]

LARGEST = 100_000  # a number beyond which nothing is worked out here
UNKNOWN = 2
BY_DAY = "WINDOW byd AS (PARTITION BY customer_key ORDER BY d)"
SINCE = ("days_since_first", "days_since_last")

Masks = dict[str, int]  # by column: the bits of the answers that turn
Place = Callable[[Condition], tuple[str, int]]  # a condition's column, and by how many bits its answer is shifted


def is_threshold(atom: Condition, catalogue: Mapping[str, Feature]) -> bool:
    """Whether the turns of a condition can be told here."""
    match atom:
        case Compare(op, Column(key), Number(value)) if abs(value) < LARGEST:
            feature = catalogue[key]
        case _:
            return False
    window = Window.of(feature)
    if feature.given_by or window.unit or window.since:
        return False
    if feature.kind in SINCE:
        return window.everything
    if feature.kind == "count":
        return window.everything or all(level <= 1 for level in _levels(op, value))
    return feature.kind == "distinct" and feature.of == "day"


def _levels(op: Operator, number: float) -> set[int]:
    """The whole numbers at which the answer is another than at the one before."""
    reached, passed = math.ceil(number), math.floor(number) + 1
    if op in ("=", "<>"):
        return {reached, passed} if reached < passed else set()
    return {reached} if op in (">=", "<") else {passed}


@dataclass
class Thresholds:
    """Some comparisons over the same events and window; `happened` is true for days with such an event.

    `nobody` are the answers about somebody to whom nothing happened; `days` and `events` what turns at which number.
    """

    window: Window
    happened: str
    last_day: int
    since: str = ""  # days_since_first or days_since_last, if they are of these
    nobody: Masks = field(default_factory=lambda: defaultdict(int))
    first: Masks = field(default_factory=lambda: defaultdict(int))  # of days since: what the first event turns
    days: dict[int, Masks] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    events: dict[int, Masks] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    @staticmethod
    def of(
        atoms: Iterable[Condition], catalogue: Mapping[str, Feature], place: Place, happened: str, last_day: int
    ) -> Thresholds:
        """The thresholds of some conditions, all of which are such, that read the same events and window."""
        found: Thresholds | None = None
        for atom in atoms:
            match atom:
                case Compare(op, Column(key), Number(value)):
                    feature = catalogue[key]
                    found = found or Thresholds(Window.of(feature), happened, last_day)
                    found._add(feature, op, value, *place(atom))
        if found is None:
            raise ValueError("There is no threshold without a comparison.")
        return found

    def _add(self, feature: Feature, op: Operator, value: float, word: str, shift: int) -> None:
        levels = _levels(op, value)
        at_none = (op in ("<", "<=", "<>")) != bool(len([each for each in levels if each <= 0]) % 2)
        self.nobody[word] ^= (UNKNOWN if feature.kind in SINCE else int(at_none)) << shift
        if feature.kind in SINCE:
            self.since = feature.kind
            self.first[word] ^= (UNKNOWN ^ int(at_none)) << shift
        for level in levels:
            if level > 0:
                counts = feature.kind == "count" and level > 1
                (self.events if counts else self.days)[level][word] ^= 1 << shift

    @property
    def words(self) -> list[str]:
        """The columns that hold answers."""
        return list(self.nobody)

    def sql(self, count: str) -> str:
        """(customer_key, x, and in a column a word the answers that turn there) from the table `happened`.

        `count` is its column of how many events there were, read only if `events` are asked for.
        """
        if self.since:
            return self._first_since() if self.since == "days_since_first" else self._last_since()
        if not self.window.everything:
            return self._moving()
        if set(self.days) | set(self.events) <= {1}:
            first = f"SELECT customer_key, min(d) AS d FROM happened WHERE {self.happened} GROUP BY customer_key"
            return self._turning(f"({first})", "2 * d + 1", {"true": self.days[1]})
        return self._growing(count)

    def _turning(self, source: str, x: str, turned: Mapping[str, Masks], where: str = "") -> str:
        """What turns at `x` of the rows of `source`: of each condition its masks."""
        columns = []
        for word in self.words:
            column = "0"
            for said, masks in turned.items():
                if bits := masks.get(word):
                    column = f"xor({column}, CASE WHEN {said} THEN {bits} ELSE 0 END)"
            columns.append(f"CAST({column} AS BIGINT) AS {word}")
        some = " OR ".join(f"{word} <> 0" for word in self.words)
        rows = f"SELECT customer_key, {x} AS x, {', '.join(columns)} FROM {source}{where and f' WHERE {where}'}"
        return f"SELECT * FROM ({rows}) WHERE {some}"

    def _growing(self, count: str) -> str:
        """Numbers that never fall: the day on which each is reached."""
        listed = ", row_number() OVER byd AS n" if self.days else ""
        if self.events:
            listed += f", {count} AS c, sum({count}) OVER byd AS total"
        rows = f"SELECT customer_key, d{listed} FROM happened WHERE {self.happened} {BY_DAY}"
        reached = {f"n = {level}": masks for level, masks in self.days.items()}
        reached |= {f"(total >= {level} AND total - c < {level})": masks for level, masks in self.events.items()}
        return self._turning(f"({rows})", "2 * d + 1", reached)

    def _moving(self) -> str:
        """At least `level` days within the window: from a day on until the one `level - 1` before it has left."""
        back = self.window.back or 0
        levels = sorted(level for level in self.days if level <= back + 1)
        offsets = sorted({each for level in levels for each in (level - 1, level)} - {0})
        listed = "".join(f", lag(d, {each}) OVER byd AS d{each}" for each in offsets)
        rows = f"SELECT customer_key, d, d AS d0{listed}, lead(d) OVER byd AS later"
        begun = {
            f"(coalesce(d - d{level - 1} <= {back}, false) AND NOT coalesce(d - d{level} <= {back}, false))":
            self.days[level] for level in levels
        }  # fmt: skip
        sides = [self._turning("near", "2 * d + 1", begun)]
        for level in levels:
            end = f"d{level - 1} + {back + 1}"
            over = f"d - d{level - 1} <= {back} AND {end} <= {self.last_day} AND (later IS NULL OR later >= {end})"
            sides.append(self._turning("near", f"2 * ({end})", {"true": self.days[level]}, over))
        return _all_of(f"{rows} FROM happened WHERE {self.happened} {BY_DAY}", sides)

    def _first_since(self) -> str:
        first = f"SELECT customer_key, min(d) AS d FROM happened WHERE {self.happened} GROUP BY customer_key"
        sides = [self._turning("near", "2 * d + 1", {"true": self.first})]
        for level, masks in sorted(self.days.items()):
            sides.append(self._turning("near", f"2 * (d + {level})", {"true": masks}, self._by_now(level)))
        return _all_of(first, sides)

    def _last_since(self) -> str:
        """Days since the last event grow until the next one, which takes back what they had reached."""
        rows = "SELECT customer_key, d, lag(d) OVER byd AS earlier, lead(d) OVER byd AS later FROM happened"
        back = {f"d - earlier >= {level}": masks for level, masks in sorted(self.days.items())}
        sides = [self._turning("near", "2 * d + 1", {"earlier IS NULL": self.first, **back})]
        for level, masks in sorted(self.days.items()):
            over = f"{self._by_now(level)} AND (later IS NULL OR later >= d + {level})"
            sides.append(self._turning("near", f"2 * (d + {level})", {"true": masks}, over))
        return _all_of(f"{rows} WHERE {self.happened} {BY_DAY}", sides)

    def _by_now(self, level: int) -> str:
        return f"d + {level} <= {self.last_day}"


def _all_of(near: str, sides: Iterable[str]) -> str:
    """All that turns at one moment or another of the rows of `near`."""
    return f"WITH near AS ({near})\n" + " UNION ALL ".join(f"({side})" for side in sides)
