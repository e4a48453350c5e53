"""One URL serves the page and its fragment."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def page(request: HttpRequest, whole: str, part: str, context: dict[str, Any]) -> HttpResponse:
    """The whole page, or only `part` when htmx asks for it (but not when the browser goes back)."""
    htmx = getattr(request, "htmx", None)
    response = render(request, part if htmx and not htmx.history_restore_request else whole, context)
    patch_vary_headers(response, ("HX-Request",))
    return response
