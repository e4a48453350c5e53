"""Own segments side by side and one by one: size, money, size over time, who came and who left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.utils import formats
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tenure import reports
from tenure.definitions import Segment
from tenure.segments import followed, month_starts
from tenure_web.customers.labels import label_ids
from tenure_web.customers.masking import Person, person
from tenure_web.customers.membership import KIND
from tenure_web.customers.models import Customer, Membership, State
from tenure_web.customers.staging import table
from tenure_web.segments.line import Line
from tenure_web.segments.overview import members_href
from tenure_web.stages.figures import Figures
from tenure_web.stages.kept import remember
from tenure_web.theme.templatetags.look import told

PERIODS = (7, 30, 90, 365)
SHOWN = 30


@dataclass(frozen=True)
class Traffic:
    """Who came into a segment and who left it in the days up to today; `how` is day, month or none."""

    how: str
    days: int
    start: date
    end: date
    entered: int
    left: int
    came: tuple[Person, ...]
    went: tuple[Person, ...]


def own_lines(figures: Figures) -> list[Line]:
    """Every own segment, as the application database has it now."""
    definitions = figures.workspace.definitions
    if not definitions.segments:
        return []
    now, (people, revenue) = _now(), _all()
    return [
        Line(segment, *now.get(key, (0, 0)), people, revenue, _before(figures, segment))
        for key, segment in definitions.segments.items()
    ]


def _now() -> dict[str, tuple[int, int]]:
    """{segment: (customers, their revenue so far)}."""
    names = {number: key for key, number in label_ids(KIND).items()}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT m.segment, count(*), sum(s.revenue) FROM {table(Membership)} AS m"
            f" JOIN {table(State)} AS s ON s.customer_key = m.customer_key GROUP BY m.segment"
        )
        return {names[number]: (n, int(money or 0)) for number, n, money in cursor.fetchall() if number in names}


def _all() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), sum(revenue) FROM {table(State)}")
        people, money = cursor.fetchone()
        return people, int(money or 0)


def sizes(figures: Figures, segment: Segment, days: Sequence[date]) -> tuple[int, ...]:
    """Customers at the end of each of these days, remembered until the history changes."""
    version = figures.snapshot.pins["membership_history"].version
    name = (str(figures.workspace.folder), "member sizes", version, segment.key, tuple(days))
    return remember(name, lambda: reports.member_sizes(figures.con, segment.key, days))


def _before(figures: Figures, segment: Segment) -> int | None:
    """How many there were at the month's first instant."""
    how = followed(figures.workspace.definitions, segment)
    if how == "none" or figures.snapshot.pins["membership_history"].version < 0:
        return None
    month = figures.workspace.clock.as_of().day.replace(day=1)
    return sizes(figures, segment, [month if how == "month" else month - timedelta(days=1)])[0]


def chart(figures: Figures, segment: Segment) -> dict[str, Any]:
    """Size over time for charts.js: by week where every day is known, else by month."""
    how, today = followed(figures.workspace.definitions, segment), figures.workspace.clock.as_of().day
    if how == "day":
        days = [today - timedelta(days=7 * back) for back in range(26, -1, -1)]
        x = [formats.date_format(day, _("j M")) for day in days]
    else:
        days = month_starts(today, 13)
        x = [formats.date_format(day, _("M Y")) for day in days]
    found = () if how == "none" else sizes(figures, segment, days)
    hrefs = [members_href(segment.key, day) for day in days]
    series = [{"name": told(segment.title), "colour": "stage-3", "values": list(found), "hrefs": hrefs}]
    return {"x": x if any(found) else [], "unit": "people", "total": _("All"), "series": series}


def traffic(figures: Figures, segment: Segment, days: int, user: Any) -> Traffic:
    """Between the end of the day `days` ago and that of today; a few of them are named as this user may see them."""
    how, end = followed(figures.workspace.definitions, segment), figures.workspace.clock.as_of().day
    start = end - timedelta(days=days)
    if how == "none":
        return Traffic(how, days, start, end, 0, 0, (), ())
    found = changes(figures, segment, days)
    assert found is not None
    came, went = (_people(keys[:SHOWN], user) for keys in (found.entered, found.left))
    return Traffic(how, days, start, end, len(found.entered), len(found.left), came, went)


def changes(figures: Figures, segment: Segment, days: int) -> reports.MemberChanges | None:
    """Who is in it today and was not `days` ago, and the other way round; None where there is no history of it."""
    if followed(figures.workspace.definitions, segment) == "none":
        return None
    end = figures.workspace.clock.as_of().day
    start = end - timedelta(days=days)
    version = figures.snapshot.pins["membership_history"].version
    name = (str(figures.workspace.folder), "member changes", version, segment.key, start, end)
    return remember(name, lambda: reports.member_changes(figures.con, segment.key, start, end))


def _people(keys: Sequence[int], user: Any) -> tuple[Person, ...]:
    held = Customer.objects.in_bulk(list(keys))
    return tuple(person(held[key], user) for key in keys if key in held)


def rule_words(segment: Segment) -> tuple[str, str]:
    """The rule and the exclusion in the reader's language."""
    return segment.words(get_language() or "en")
