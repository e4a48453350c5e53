"""The value segments side by side: size, revenue share, movement over time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils import formats
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from tenure import reports
from tenure.definitions import Definitions, ValueSegment
from tenure_web.customers.labels import label_ids
from tenure_web.customers.models import State
from tenure_web.segments.line import Line
from tenure_web.stages.figures import Figures
from tenure_web.theme.templatetags.look import told


@dataclass(frozen=True)
class Cell:
    """How many went from one segment to another; `weight` is the share of the row's customers, `href` leads to them."""

    customers: int
    weight: float
    stayed: bool
    href: str


@dataclass(frozen=True)
class Matrix:
    """Where the customers of one month's beginning were at the next one's: rows from, columns to."""

    start: date
    end: date
    columns: tuple[ValueSegment, ...]
    rows: tuple[tuple[ValueSegment | None, tuple[Cell, ...]], ...]


def lines(definitions: Definitions, sizes: Sequence[reports.SegmentSize]) -> list[Line]:
    """Every segment in the order of the definitions, as the application database has it now."""
    numbers = {number: key for key, number in label_ids("segment").items()}
    rows = State.objects.values_list("segment").annotate(n=Count("customer_key"), money=Sum("revenue")).order_by()
    now = {numbers[number]: (n, money or 0) for number, n, money in rows if number in numbers}
    people, revenue = sum(n for n, _money in now.values()), sum(money for _n, money in now.values())
    months = sorted({size.month for size in sizes})
    before = {size.segment: size.customers for size in sizes if months and size.month == months[-1]}
    return [
        Line(segment, *now.get(key, (0, 0)), people, revenue, before.get(key, 0) if months else None)
        for key, segment in definitions.value_segments.items()
    ]


def chart(definitions: Definitions, sizes: Sequence[reports.SegmentSize], only: str = "") -> dict[str, Any]:
    """Sizes at the beginning of each month, for charts.js; prospects are left out, they would dwarf the rest."""
    months = sorted({size.month for size in sizes})
    found = {(size.segment, size.month): size.customers for size in sizes}
    keys = [key for key in definitions.value_segments if (key == only if only else key != "prospect")]
    return {
        "x": [formats.date_format(month, _("M Y")) for month in months],
        "unit": "people",
        "total": _("All"),
        "series": [
            {
                "name": told(definitions.value_segments[key].title),
                "colour": f"segment-{key}",
                "values": [found.get((key, month), 0) for month in months],
                "hrefs": [members_href(key, month) for month in months],
            }
            for key in keys
        ],
    }


def members_href(segment: str, day: date) -> str:
    """The address of who was in a segment on a day."""
    return f"{reverse('segment_movers')}?{urlencode({'segment': segment, 'day': day})}"


def matrix(definitions: Definitions, figures: Figures) -> Matrix | None:
    """Moves between the last two months' beginnings; None before there are two."""
    months = sorted({size.month for size in figures.segment_sizes()})[-2:]
    if len(months) < 2:
        return None
    found = {(m.from_segment, m.to_segment): m.customers for m in figures.segment_moves(*months)}
    columns = tuple(definitions.value_segments.values())
    rows: list[tuple[ValueSegment | None, tuple[Cell, ...]]] = []
    for start in (*columns, None):
        key = start.key if start else None
        total = sum(found.get((key, column.key), 0) for column in columns)
        if total:
            cells = (_cell(found.get((key, column.key), 0), total, key, column.key, months) for column in columns)
            rows.append((start, tuple(cells)))
    return Matrix(months[0], months[1], columns, tuple(rows))


def _cell(customers: int, total: int, before: str | None, after: str, months: Sequence[date]) -> Cell:
    asked = urlencode({"from": before or "", "to": after, "start": months[0], "end": months[1]})
    return Cell(customers, customers / total, before == after, f"{reverse('segment_movers')}?{asked}")
