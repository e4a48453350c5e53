"""The segments, value and own, and one of them."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from tenure.definitions import Segment, ValueSegment
from tenure_web.accounts.rights import right
from tenure_web.audit.record import record
from tenure_web.customers.labels import known_label
from tenure_web.customers.membership import KIND
from tenure_web.customers.models import Customer, Membership, State
from tenure_web.segments import audience as hashes
from tenure_web.segments import own, profiles
from tenure_web.segments.overview import Cell, Matrix, chart, lines, matrix
from tenure_web.stages.figures import Figures
from tenure_web.worker import workspace


@require_GET
@right("segments.view")
def listing(request: HttpRequest) -> HttpResponse:
    """All segments side by side."""
    shop = workspace.current()
    figures = Figures(shop)
    try:
        sizes = figures.segment_sizes()
        found = lines(shop.definitions, sizes)
        context = {
            "lines": [line for line in found if line.segment.key != "prospect"],
            "prospects": next((line for line in found if line.segment.key == "prospect"), None),
            "chart": chart(shop.definitions, sizes),
            "matrix": matrix(shop.definitions, figures),
            "own": own.own_lines(figures),
            "profiles": profiles.grid(shop.definitions),
            "nobody": not any(line.customers for line in found),
        }
    finally:
        figures.close()
    return render(request, "segments/list.html", context)


@require_GET
@right("segments.view")
def show(request: HttpRequest, key: str) -> HttpResponse:
    """One segment: who they are, what works for them, where they came from and went."""
    shop = workspace.current()
    if key in shop.definitions.segments:
        return _own(request, shop.definitions.segments[key])
    segment = shop.definitions.value_segments.get(key)
    if segment is None:
        raise Http404
    figures = Figures(shop)
    try:
        sizes = figures.segment_sizes()
        moves = matrix(shop.definitions, figures)
        line = next(line for line in lines(shop.definitions, sizes) if line.segment.key == key)
        context = {"segment": segment, "line": line, "chart": chart(shop.definitions, sizes, key), "matrix": moves}
    finally:
        figures.close()
    context |= {"came": _came(moves, key), "went": _went(moves, key)}
    return render(request, "segments/segment.html", context)


def _own(request: HttpRequest, segment: Segment) -> HttpResponse:
    """An own segment: its meaning and rule, size over time, who came and who left."""
    figures = Figures(workspace.current())
    days = request.GET.get("days", "")
    try:
        rule, exclude = own.rule_words(segment)
        context = {
            "segment": segment,
            "line": next(line for line in own.own_lines(figures) if line.segment.key == segment.key),
            "chart": own.chart(figures, segment),
            "traffic": own.traffic(figures, segment, int(days) if days in map(str, own.PERIODS) else 30, request.user),
            "periods": own.PERIODS,
            "rule": rule,
            "exclude": exclude,
            "traits": segment.trait_words(get_language() or "en"),
        }
    finally:
        figures.close()
    return render(request, "segments/own.html", context)


@require_POST
@right("customers.export")
def audience(request: HttpRequest, key: str) -> HttpResponse:
    """The segment's addresses and numbers as hashes for an advertising platform; written down in the audit."""
    shop = workspace.current()
    if key in shop.definitions.segments:
        members: QuerySet[Any] = Membership.objects.filter(segment=known_label(KIND, key))
    elif key in shop.definitions.value_segments:
        members = State.objects.filter(segment=known_label("segment", key))
    else:
        raise Http404
    people = Customer.objects.filter(customer_key__in=members.values("customer_key"))
    rows = list(hashes.lines(people, shop.collect.calling_code))
    record(request, "export.audience", key, {"customers": len(rows)})
    response = StreamingHttpResponse(hashes.written(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audience-{key}-{timezone.localdate():%Y-%m-%d}.csv"'
    return response


def _came(moves: Matrix | None, key: str) -> list[tuple[ValueSegment | None, Cell]]:
    """(segment or None for new customers, cell) that entered, most first."""
    if moves is None:
        return []
    column = [segment.key for segment in moves.columns].index(key)
    found = [(start, cells[column]) for start, cells in moves.rows if not cells[column].stayed]
    return sorted(((start, cell) for start, cell in found if cell.customers), key=lambda each: -each[1].customers)


def _went(moves: Matrix | None, key: str) -> list[tuple[ValueSegment | None, Cell]]:
    """(segment, cell) that left for it, most first."""
    if moves is None:
        return []
    cells = next((cells for start, cells in moves.rows if start and start.key == key), ())
    pairs = zip(moves.columns, cells, strict=False)
    found = [(end, cell) for end, cell in pairs if cell.customers and not cell.stayed]
    return sorted(found, key=lambda each: -each[1].customers)
