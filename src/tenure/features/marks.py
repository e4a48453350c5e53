"""Which of many selectors an event is meant by, as the bits of one whole number: one look at it, not one a selector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tenure.definitions import Events
from tenure.definitions.kinds.events_sql import condition, quoted

__all__ = ["MARKS", "Marks"]

MARKS = 62  # selectors that one whole number holds


@dataclass
class Marks:
    """The selectors asked for, and their bits. A condition that NULL answers marks no event."""

    chosen: dict[str, tuple[Events | None, int]] = field(default_factory=dict)

    def bit(self, events: Events | None) -> int | None:
        """The bit of a selector; None when there is no room for it any more."""
        text = condition(events)
        if text not in self.chosen and len(self.chosen) < MARKS:
            self.chosen[text] = events, 1 << len(self.chosen)
        return self.chosen[text][1] if text in self.chosen else None

    def flag(self, text: str) -> str:
        """SQL that is true for the events of a condition, by their marks if it has a bit."""
        return f"(marks & {self.chosen[text][1]}) <> 0" if text in self.chosen else text

    def sql(self) -> str:
        """SQL for an event's marks. Names and kinds are looked up in lists, which costs nothing where texts repeat."""
        names, kinds, rest = dict[str, int](), dict[str, int](), list[str]()
        for text, (events, bit) in self.chosen.items():
            if text == "true":
                rest.append(str(bit))
            elif events is None or events.where or events.condition is not None:
                rest.append(f"CASE WHEN {text} THEN {bit} ELSE 0 END")
            else:
                _add(names, events.names, bit)
                _add(kinds, events.kinds, bit)
        if names:
            rest.append(f"CASE WHEN kind = 'track' THEN {_looked_up('name', names)} ELSE 0 END")
        if kinds:
            rest.append(_looked_up("kind", kinds))
        return f"CAST({' | '.join(f'({part})' for part in rest)} AS BIGINT)"


def _add(bits: dict[str, int], words: Iterable[str], bit: int) -> None:
    for word in words:
        bits[word] = bits.get(word, 0) | bit


def _looked_up(column: str, bits: Mapping[str, int]) -> str:
    """The bits of a column's word, 0 for any other."""
    words = ", ".join(map(quoted, bits))
    found = ", ".join(map(str, [0, *bits.values()]))
    return f"([{found}])[1 + coalesce(list_position([{words}], {column}), 0)]"
