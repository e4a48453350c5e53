"""What a kind of feature is: how it is written, what it gives, and its value from a few measures.

A kind says its value once, over the measures of this file. `features` answers these measures twice: as of an instant
(compile.py) and along whole histories (timeline.py); so a new kind is one file here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from tenure.definitions.kinds.window import Window
from tenure.definitions.objects import Feature, Type, Unit, Words

__all__ = ["OF", "Kind", "Measures", "Shape"]

OF = ("amount", "quantity", "order_id", "product", "category", "day", "time")
Grain = Literal["event", "day", "value", "none"]
Shape = tuple[Type, Unit]


class Measures(Protocol):
    """SQL for what a kind is made of, over the events of one feature and its window (or another one)."""

    def count(self, part: str | None = None, window: Window | None = None) -> str:
        """How many events, or how many that fulfil a condition."""

    def total(self, value: str, part: str | None = None, window: Window | None = None) -> str:
        """The sum of a value; NULL when no event has one."""

    def least(self, value: str) -> str:
        """The smallest value."""

    def most(self, value: str) -> str:
        """The largest value."""

    def earliest(self) -> str:
        """The value of the earliest event that has one."""

    def latest(self) -> str:
        """The value of the latest event that has one."""

    def days(self) -> str:
        """On how many days there was an event."""

    def span(self) -> str:
        """The days from the first to the last day with an event."""

    def days_since(self, edge: Literal["first", "last"]) -> str:
        """The days from the first or last day with an event to today."""

    def median_gap(self) -> str:
        """The median of the days between neighbouring days with an event."""

    def different(self) -> str:
        """How many different values."""

    def most_frequent(self) -> str:
        """The value that most events have; of equals the latest."""

    def streak(self, unit: str) -> str:
        """How many periods without a break up to now have an event."""

    def today(self) -> str:
        """The local day."""


@dataclass(frozen=True)
class Kind:
    """A way to compute a feature. `of`: the values it can take, empty if it takes none, besides property:NAME.

    `grain`: what its rows are: events, different days with one, its own values, or nothing (it reads no events).
    """

    key: str
    meaning: Words
    value: Callable[[Feature, Measures], str]
    shape: Callable[[str | None], Shape]
    of: tuple[str, ...] = ()
    of_is_optional: bool = False
    of_property: bool = False
    grain: Grain = "event"
    counted: bool = False
    windows: bool = True
    needs: tuple[str, ...] = ()
    open_type: Callable[[str | None], bool] = lambda of: False
    window_list: Callable[[Feature], tuple[Window, ...]] = lambda feature: (Window.of(feature),)
    example: str = ""

    @property
    def takes_of(self) -> bool:
        """Whether a value can be named."""
        return bool(self.of) or self.of_property
