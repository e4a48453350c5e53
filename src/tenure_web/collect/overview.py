"""The first page of this app: what comes in, from where, and whether all is well."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from tenure_web.accounts.rights import right
from tenure_web.collect import facts
from tenure_web.worker.models import Beat
from tenure_web.worker.workspace import current

STALE = 60


@require_GET
@right("collect.view")
def show(request: HttpRequest) -> HttpResponse:
    """Sources, newest imports and events, health."""
    collect = current().collect
    sources = facts.sources()
    refunds, newest = facts.waiting_refunds()
    context = {
        "waiting_refunds": refunds,
        "newest_refunds": newest,
        "sources": sources,
        "events": sum(source.events for source in sources),
        "waiting": collect.waiting(),
        "letters": sum(collect.dead_letters.counts().values()),
        "imports": collect.files.log.list()[:5],
        "arrivals": facts.arrivals(request.user, 8),
        "loader": _loader(),
    }
    return render(request, "collect/overview.html", context)


def _loader() -> dict[str, Any]:
    """Whether the loader lives: its last word, and what went wrong."""
    beat = Beat.objects.filter(name="load").first()
    silent = beat is None or (timezone.now() - beat.at).total_seconds() > STALE
    return {"beat": beat, "well": beat is not None and not silent and not beat.error}
