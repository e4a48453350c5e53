"""The light path: tracking requests skip sessions, languages, sign-in and all else that pages need."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve

__all__ = ["PREFIXES", "answer", "light_path"]

PREFIXES = ("/v1/", "/pixel/", "/beacon/")
_log = logging.getLogger("tenure.api")


def answer(status: int, code: str, message: str, retry_after: int | None = None) -> HttpResponse:
    """An error as every SDK understands it: JSON with a code and a message."""
    response = JsonResponse({"code": code, "message": message}, status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def light_path(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Django middleware; stands first."""

    def handle(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIXES):
            return get_response(request)
        response = _handled(request)
        response["Access-Control-Allow-Origin"] = "*"
        response["Content-Length"] = str(len(response.content))
        response["X-Content-Type-Options"] = "nosniff"
        return response

    return handle


def _handled(request: HttpRequest) -> HttpResponse:
    try:
        found = resolve(request.path_info, "tenure_web.api.urls")
    except Resolver404:
        return answer(404, "unknown_path", "There is no such address here. See the Segment HTTP API.")
    try:
        response: HttpResponse = found.func(request, *found.args, **found.kwargs)
    except Exception:  # nothing was stored, so the client must be told to come again
        _log.exception("A tracking request failed.")
        return answer(503, "failed", "The request could not be handled; nothing was stored. Try again.", 10)
    return response
