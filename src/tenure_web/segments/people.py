"""The customers behind the moves between segments, and behind who came into an own segment and who left it."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure import reports
from tenure.reports import Behind
from tenure_web.accounts.rights import right
from tenure_web.reports.people import listed, part
from tenure_web.segments.own import PERIODS, changes
from tenure_web.stages.figures import Figures
from tenure_web.theme.days import day_of
from tenure_web.theme.templatetags.look import day, told
from tenure_web.worker import workspace


@require_GET
@right("segments.view")
def movers(request: HttpRequest) -> HttpResponse:
    """Who was in one value segment (none: not known) at the first of a month, and in another at that of a later one.

    With `segment` and `day`: who was in that segment, value or own, on that day.
    """
    shop, asked = workspace.current(), request.GET
    if "segment" in asked:
        return _members(request, asked["segment"], day_of(asked.get("day", "")))
    segments, before = shop.definitions.value_segments, asked.get("from") or None
    start, end = day_of(asked.get("start", "")), day_of(asked.get("end", ""))
    if asked.get("to") not in segments or before not in (None, *segments) or start is None or end is None:
        raise Http404
    con = shop.store.snapshot().connect()
    try:
        found = reports.segment_movers(con, before, asked["to"], start, end, **part(request))
    finally:
        con.close()
    names = (told(segments[before].title) if before else _("new"), told(segments[asked["to"]].title))
    title = _("%(a)s → %(b)s, %(start)s to %(end)s") % {
        "a": names[0], "b": names[1], "start": day(start), "end": day(end)
    }  # fmt: skip
    return listed(request, title, found, reverse("segments"), _("Segments"))


def _members(request: HttpRequest, key: str, on: date | None) -> HttpResponse:
    """Who was in a value segment at the first instant of a month, or in an own one at the end of a day."""
    shop = workspace.current()
    value, own = shop.definitions.value_segments.get(key), shop.definitions.segments.get(key)
    if on is None or not (value or own):
        raise Http404
    con = shop.store.snapshot().connect()
    try:
        found = (
            reports.segment_members(con, [key], on, **part(request))
            if value
            else reports.member_customers(con, key, on, **part(request))
        )
    finally:
        con.close()
    segment = value or own
    assert segment is not None
    title = _("%(segment)s on %(day)s") % {"segment": told(segment.title), "day": day(on)}
    return listed(request, title, found, reverse("segment", args=[key]), _("Segments"))


@require_GET
@right("segments.view")
def changed(request: HttpRequest, key: str, which: str) -> HttpResponse:
    """Who came into an own segment in the last days, or who left it."""
    shop = workspace.current()
    segment = shop.definitions.segments.get(key)
    text = request.GET.get("days", "30")
    if segment is None or text not in map(str, PERIODS):
        raise Http404
    figures = Figures(shop)
    try:
        found = changes(figures, segment, int(text))
    finally:
        figures.close()
    keys = (found.entered if which == "came" else found.left) if found else ()
    page = part(request)
    behind = Behind(len(keys), tuple(keys[page["offset"] : page["offset"] + page["limit"]]))
    words = _("Came into “%(segment)s” in %(n)s days") if which == "came" else _("Left “%(segment)s” in %(n)s days")
    title = words % {"segment": told(segment.title), "n": text}
    return listed(request, title, behind, f"{reverse('segment', args=[key])}?days={text}", _("Segments"))
