"""Language, theme, search palette, progress of long work."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language

from tenure_web.accounts.gate import public
from tenure_web.accounts.rights import can
from tenure_web.theme import finders
from tenure_web.theme.context import THEMES
from tenure_web.worker.models import Job

YEAR = 365 * 24 * 3600


def back(request: HttpRequest) -> str:
    """Where the person came from, if that is one of our own pages."""
    for address in (request.POST.get("next"), request.headers.get("Referer")):
        if address and url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure()):
            return address
    return "/"


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Read the pages in another language from now on."""
    response = set_language(request)
    if request.user.is_authenticated and request.POST.get("language") in ("en", "zh-hans"):
        request.user.language = request.POST["language"]
        request.user.save(update_fields=["language"])
    return response


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Choose light, dark or auto."""
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        raise Http404
    if request.user.is_authenticated:
        request.user.theme = chosen
        request.user.save(update_fields=["theme"])
    response = HttpResponse(status=204) if request.headers.get("X-Frame-Script") else redirect(back(request))
    response.set_cookie("theme", chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """The palette's answer to what has been typed."""
    text = request.GET.get("q", "").strip()[:100]
    return render(request, "theme/parts/found.html", {"found": finders.find(request.user, text), "text": text})


@require_GET
def job(request: HttpRequest, number: int) -> HttpResponse:
    """The progress bar of a piece of long work; it asks again by itself until the work has ended."""
    found = Job.objects.filter(pk=number).first()
    if found is None or not (found.created_by_id in (None, request.user.pk) or can(request.user, "settings.edit")):
        raise Http404
    then = request.GET.get("then", "")
    response = render(request, "theme/parts/job.html", {"job": found, "then": then})
    if then and found.state == Job.DONE and url_has_allowed_host_and_scheme(then, None):
        response.headers["HX-Redirect"] = then
    return response
