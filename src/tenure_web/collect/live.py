"""Events as they arrive: the page asks every two seconds and is answered only when something came."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tenure_web.accounts.rights import right
from tenure_web.collect import facts
from tenure_web.worker.workspace import current


@require_GET
@right("collect.view")
def show(request: HttpRequest) -> HttpResponse:
    """The newest events; as a fragment, nothing at all (204) while the store is still at `version`."""
    version = current().store.event_version()
    if request.htmx and request.GET.get("version") == version:
        return HttpResponse(status=204)
    after = request.GET.get("after", "")
    found = facts.arrivals(request.user, after=int(after) if after.isdigit() else 0)
    last = found[0].ingest_id if found else 0
    template = "collect/_arrivals.html" if request.htmx else "collect/live.html"
    return render(request, template, {"arrivals": found, "version": version, "last": last})
