"""What other cut points would do: everybody's value segment beside today's, and the scores in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import floor
from typing import Any

import duckdb
from django.utils.translation import gettext as _

from tenure.definitions import Definitions, value_segment_few
from tenure.reports.trial import LifecycleTrial, try_value_segments
from tenure.segments import Cuts, Learned
from tenure_web.definitions.places import Line, Moved, names
from tenure_web.theme.templatetags.look import money, number, told

__all__ = ["Scores", "tried"]


@dataclass(frozen=True)
class Scores:
    """What decides: rows of (score, last order, orders, revenue), or with few repeat customers of (days, segments).

    `own` tells whether the cut points of days, orders and revenue are the company's own.
    """

    repeat_customers: int
    few_customers: int
    own: tuple[bool, bool, bool] = (False, False, False)
    rows: tuple[tuple[int, str, str, str], ...] = ()
    few_rows: tuple[tuple[str, tuple[tuple[str, Any], ...]], ...] = ()


def tried(
    con: duckdb.DuckDBPyConnection, drafted: Definitions, present: Definitions, learned: Learned, user: Any
) -> dict[str, Any]:
    """What the pane shows of a draft, counted on the view `basis`."""
    cuts = learned.cuts(drafted.rfm)
    found = try_value_segments(con, cuts, learned.cuts(present.rfm), list(drafted.value_segments))
    return {
        "customers": found.customers,
        "shifted": found.shifted,
        "lines": tuple(_lines(drafted, found)),
        "moved": tuple(_moved(drafted, found, user)),
        "scores": _scores(cuts, drafted),
    }


def _lines(drafted: Definitions, found: LifecycleTrial) -> list[Line]:
    before = found.before or {}
    share = 1 / found.customers if found.customers else 0.0
    return [
        Line(told(each.title), key, found.after[key], before.get(key, 0), found.after[key] * share)
        for key, each in drafted.value_segments.items()
    ]


def _moved(drafted: Definitions, found: LifecycleTrial, user: Any) -> list[Moved]:
    people = names({key for shift in found.shifts for key in shift.examples}, user)
    titles = {key: told(each.title) for key, each in drafted.value_segments.items()}
    return [
        Moved(
            titles[shift.before],
            shift.before,
            titles[shift.after],
            shift.after,
            shift.customers,
            tuple((key, people[key]) for key in shift.examples if key in people),
        )
        for shift in found.shifts
    ]


def _scores(cuts: Cuts, drafted: Definitions) -> Scores:
    given = drafted.rfm
    own = (bool(given.days), bool(given.orders), bool(given.revenue))
    counts = (cuts.repeat_customers, given.few_customers, own)
    if cuts.few:
        return Scores(*counts, few_rows=tuple(_few_rows(cuts, drafted)))
    days = [_days(*span) for span in _spans(cuts.days, 0)]
    orders = [_orders(*span) for span in _spans(cuts.orders, 1)][::-1]
    revenue = [_revenue(*span) for span in _spans(cuts.revenue, None)][::-1] if cuts.priced else orders
    return Scores(*counts, rows=tuple(zip((5, 4, 3, 2, 1), days, orders, revenue, strict=True)))


def _spans(points: Sequence[float], least: int | None) -> list[tuple[int | None, int | None]]:
    """(first, last) whole number of each of the five scores, lowest values first; None: without end."""
    ends = [floor(point) for point in points]
    return [*zip([least, *(end + 1 for end in ends)], [*ends, None], strict=True)]


def _empty(first: int | None, last: int | None) -> bool:
    return first is not None and last is not None and first > last


def _days(first: int | None, last: int | None) -> str:
    if _empty(first, last):
        return "–"
    if last is None:
        return _("%(n)s days ago or longer") % {"n": number(first)}
    if not first:
        return _("up to %(n)s days ago") % {"n": number(last)}
    return _("%(a)s–%(b)s days ago") % {"a": number(first), "b": number(last)}


def _orders(first: int | None, last: int | None) -> str:
    if _empty(first, last):
        return "–"
    if last is None:
        return _("%(n)s or more") % {"n": number(first)}
    return number(first) if first == last else f"{number(first)}–{number(last)}"


def _revenue(first: int | None, last: int | None) -> str:
    if _empty(first, last):
        return "–"
    if last is None:
        return _("over %(n)s") % {"n": money((first or 0) - 1)}
    return _("up to %(n)s") % {"n": money(last)}


def _few_rows(cuts: Cuts, drafted: Definitions) -> list[tuple[str, tuple[tuple[str, Any], ...]]]:
    """Each span of days with the segments it can lead to, by orders and by how high they are."""
    spans = _spans([each - 1 for each in cuts.few_days], 0)
    rows = []
    for first, last in spans:
        if not _empty(first, last):
            keys = (value_segment_few(first, *kind, cuts.few_days) for kind in product((2, 1), (True, False)))
            found = dict.fromkeys(keys)
            rows.append((_days(first, last), tuple((key, drafted.value_segments[key].title) for key in found)))
    return rows
