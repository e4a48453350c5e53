"""The value segments, and one of them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tenure.definitions import ValueSegment
from tenure_web.accounts.rights import right
from tenure_web.segments.overview import Matrix, chart, lines, matrix
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


def _came(moves: Matrix | None, key: str) -> list[tuple[ValueSegment | None, int]]:
    """(segment or None for new customers, customers) that entered, most first."""
    if moves is None:
        return []
    column = [segment.key for segment in moves.columns].index(key)
    found = [(start, cells[column].customers) for start, cells in moves.rows if not cells[column].stayed]
    return sorted(((start, n) for start, n in found if n), key=lambda each: -each[1])


def _went(moves: Matrix | None, key: str) -> list[tuple[ValueSegment | None, int]]:
    """(segment, customers) that left for it, most first."""
    if moves is None:
        return []
    cells = next((cells for start, cells in moves.rows if start and start.key == key), ())
    pairs = zip(moves.columns, cells, strict=False)
    return sorted(
        ((end, cell.customers) for end, cell in pairs if cell.customers and not cell.stayed), key=lambda e: -e[1]
    )
