"""The audit: read, filter, check the chain, export."""

import csv
import json
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_POST

from tenure.collect.files.kept import safe_cell
from tenure_web.accounts.rights import right
from tenure_web.audit.models import Entry
from tenure_web.audit.record import record, verify
from tenure_web.audit.words import GROUPS, NAMES, VALUES, in_group, words
from tenure_web.theme.days import day_of
from tenure_web.theme.templatetags.look import address_with

PAGE = 50


@right("audit.view")
@require_GET
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what to whom, newest first; `before` pages, the filters are in the address."""
    found = _filtered(request.GET)
    before = request.GET.get("before", "")
    rows = list((found.filter(number__lt=int(before)) if before.isdigit() else found)[: PAGE + 1])
    more = rows[PAGE - 1].number if len(rows) > PAGE else None
    for row in rows:
        row.words, row.told = words(row.verb), _detail(row.detail)
    context = {
        "rows": rows[:PAGE],
        "after": address_with(request, before=more) if more else "",
        "first": address_with(request, before=None) if before else "",
        "groups": GROUPS,
        "people": Entry.objects.exclude(actor="").order_by("actor").values_list("actor", flat=True).distinct()[:200],
        "chosen": request.GET,
        "finding": verify() if request.GET.get("check") else None,
    }
    return render(request, "audit/audit.html", context)


def _filtered(query: Any) -> QuerySet[Entry]:
    found = Entry.objects.order_by("-number")
    if query.get("who"):
        found = found.filter(actor=query["who"])
    if query.get("what") in GROUPS:
        found = found.filter(verb__in=in_group(query["what"]))
    if query.get("about"):
        found = found.filter(target__icontains=query["about"][:200])
    start, end = _day(query.get("from")), _day(query.get("to"))
    if start:
        found = found.filter(at__gte=start)
    if end:
        found = found.filter(at__lt=end + timedelta(days=1))
    return found


def _day(text: str | None) -> datetime | None:
    """The first instant of a day in the workspace's zone; None for what is no day."""
    day = day_of(text or "")
    return timezone.make_aware(datetime.combine(day, time())) if day else None


def _detail(detail: dict[str, Any]) -> str:
    return pgettext("audit", ", ").join(_told(name, value) for name, value in sorted(detail.items()))


def _told(name: str, value: Any) -> str:
    return pgettext("audit", "%(name)s: %(value)s") % {"name": NAMES.get(name, name), "value": _value(name, value)}


def _value(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(_told(each, item) for each, item in value.items())
    if isinstance(value, list):
        return " ".join(_value(name, item) for item in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "–" if value is None else str(VALUES.get(name, {}).get(value, value))


@right("audit.view")
@require_POST
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The filtered rows as CSV, with their seals."""
    found = _filtered(request.POST)
    record(request, "export.audit", "", {"rows": found.count()})
    response = StreamingHttpResponse(_lines(found), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response


class _Echo:
    def write(self, text: str) -> str:
        return text


def _lines(found: QuerySet[Entry]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(["number", "at", "who", "what", "about", "detail", "seal"])
    for row in found.order_by("number").iterator(chunk_size=2000):
        detail = json.dumps(row.detail, ensure_ascii=False) if row.detail else ""
        cells = [row.number, row.at.isoformat(), row.actor, row.verb, row.target, detail, row.seal]
        yield writer.writerow([safe_cell(str(cell)) for cell in cells])
