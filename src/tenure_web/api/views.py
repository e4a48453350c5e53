"""The Segment HTTP tracking API: exactly 200 once an event is on the disk, else JSON that says what to do."""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

import msgspec
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from tenure.clock import Clock
from tenure.collect import SHORT, Full, Refused, Unavailable
from tenure_web.api.light import answer
from tenure_web.worker import workspace

__all__ = ["collect", "pixel", "settings"]

_STATUS = {"too_large": 413, "unreadable": 400, "nested": 400, "no_key": 401}
_DOT = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_clock = Clock("UTC")

View = Callable[..., HttpResponse]


def _told(view: View) -> View:
    """Answers a refusal as JSON, and a browser's question whether it may send."""

    @wraps(view)
    def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return _allowed()
        try:
            return view(request, *args, **kwargs)
        except Refused as error:
            return answer(_STATUS[error.code], error.code, str(error))
        except Full as error:
            return answer(
                429, "busy", str(error), 5 + random.randrange(10)
            )  # spread, so that not all come back at once
        except Unavailable:
            return answer(503, "unavailable", "Nothing can be stored now. Try again.", 10)

    handle.csrf_exempt = True  # type: ignore[attr-defined]
    return handle


def _allowed() -> HttpResponse:
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
    response["Access-Control-Allow-Headers"] = "Content-Type, Authorization, AnonymousId"
    response["Access-Control-Max-Age"] = "86400"
    return response


@csrf_exempt
@login_not_required
@_told
def collect(request: HttpRequest, endpoint: str) -> HttpResponse:
    """One call, or a batch of them."""
    if request.method != "POST":
        response = answer(405, "method", "Send events with POST.")
        response["Allow"] = "POST, OPTIONS"
        return response
    room = workspace.current().collect
    body = _body(request, room.settings.body_limit)
    room.accept(SHORT.get(endpoint, endpoint), body, _keys(request), _clock.now(), _address(request))
    return JsonResponse({"success": True})


@csrf_exempt
@login_not_required
@_told
def pixel(request: HttpRequest, endpoint: str) -> HttpResponse:
    """One call in the address of an image: `data` in base64, or its fields one by one."""
    body = _pixel_body(request)
    workspace.current().collect.accept(endpoint, body, _keys(request), _clock.now(), _address(request))
    response = HttpResponse(_DOT, content_type="image/gif")
    response["Cache-Control"] = "no-store"
    return response


@login_not_required
@_told
def settings(request: HttpRequest, key: str) -> HttpResponse:
    """What analytics.js asks for before it starts: where to send."""
    if workspace.current().collect.sources.of_key(key) is None:
        return answer(404, "no_key", "The write key is unknown or revoked.")
    host = request.META.get("HTTP_HOST") or urlsplit(workspace.current().settings.address).netloc
    sending = {"apiKey": key, "apiHost": f"{host}/v1", "protocol": request.scheme, "versionSettings": {}}
    plan: dict[str, Any] = {"track": {"__default": {"enabled": True, "integrations": {}}}}
    return JsonResponse({"integrations": {"Segment.io": sending}, "plan": plan, "edgeFunction": {}, "metrics": {}})


def _body(request: HttpRequest, limit: int) -> bytes:
    """The body, read only as far as the limit; it may come without a length, in chunks."""
    stream = request.META["wsgi.input"]
    try:
        length = int(request.META.get("CONTENT_LENGTH") or -1)
    except ValueError:
        length = -1
    if length > limit:
        raise Refused("too_large", f"The body is larger than {limit} bytes. Send smaller batches.")
    if length < 0 and "HTTP_TRANSFER_ENCODING" not in request.META:
        return b""
    try:
        body: bytes = stream.read(length if length >= 0 else limit + 1)
    except (OSError, ValueError) as error:
        raise Refused("unreadable", "The body broke off.") from error
    if len(body) < length:
        raise Refused("unreadable", "The body broke off.")
    return body


def _keys(request: HttpRequest) -> list[str]:
    """Write keys that the request names outside its body: Basic user, Bearer token, address."""
    scheme, _, credentials = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    found = [request.GET.get("writeKey", "")]
    if scheme.lower() == "basic":
        with suppress(binascii.Error, UnicodeDecodeError):
            found.append(base64.b64decode(credentials.strip()).decode().partition(":")[0])
    elif scheme.lower() == "bearer":
        found.append(credentials.strip())
    return [key for key in found if key]


def _pixel_body(request: HttpRequest) -> bytes:
    data = request.GET.get("data")
    if data is None:
        return msgspec.json.encode(_fields(request))
    try:
        return base64.b64decode(data.replace("-", "+").replace("_", "/") + "=" * (-len(data) % 4))
    except (binascii.Error, ValueError) as error:
        raise Refused("unreadable", "data is not base64.") from error


def _fields(request: HttpRequest) -> dict[str, Any]:
    """`properties.price=3` and `context.page.url=…` become nested objects."""
    found: dict[str, Any] = {}
    for name, value in request.GET.items():
        inner, parts = found, name.split(".")
        for part in parts[:-1]:
            below = inner.setdefault(part, {})
            inner = below if isinstance(below, dict) else {}
        inner[parts[-1]] = value
    return found


def _address(request: HttpRequest) -> str | None:
    found = request.META.get("REMOTE_ADDR")
    return str(found) if found else None
