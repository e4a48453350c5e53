"""Write keys: made, shown once, revoked; with lines to copy into a shop."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from tenure.clock import Clock
from tenure_web.accounts.rights import right
from tenure_web.audit.record import record
from tenure_web.collect.snippets import snippets
from tenure_web.worker.workspace import current


@require_GET
@right("collect.view")
def show(request: HttpRequest) -> HttpResponse:
    """All keys, known by their last four characters."""
    return _page(request)


@require_POST
@right("collect.keys")
def make(request: HttpRequest) -> HttpResponse:
    """A new key for a source. This answer is the only place where it can be read."""
    name = request.POST.get("name", "").strip()[:60]
    if not name:
        return redirect("collect_keys")
    key = current().collect.sources.create_key(name, Clock("UTC").now())
    record(request, "make.write_key", name, {"last_four": key[-4:]})
    response = _page(request, key=key, source=name)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
@right("collect.keys")
def revoke(request: HttpRequest, number: int) -> HttpResponse:
    """From now on this key lets nothing in."""
    current().collect.sources.revoke_key(number, Clock("UTC").now())
    record(request, "revoke.write_key", number)
    return redirect("collect_keys")


def _page(request: HttpRequest, key: str = "", source: str = "") -> HttpResponse:
    host = request.build_absolute_uri("/").rstrip("/")
    context = {
        "keys": current().collect.sources.keys(),
        "fresh": key,
        "source": source,
        "snippets": snippets(host, key or "WRITE_KEY"),
    }
    return render(request, "collect/keys.html", context)
