"""What the reader of a message does without signing in: leave, open, click. Each address is an opaque token."""

import base64
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from tenure.messages import WITHDRAWN, read_click
from tenure_web.accounts.gate import public
from tenure_web.messages import consent
from tenure_web.messages.models import Message, Reaction
from tenure_web.worker import workspace

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@public
@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks, and changes nothing (scanners follow links); POST leaves, from the page or by RFC 8058's one click."""
    message = Message.objects.filter(token=token, kind__in=(Message.JOURNEY, Message.TEST)).first()
    if message is None:
        raise Http404
    if request.method == "POST" and message.kind == Message.JOURNEY:
        _leave(message)
    company = workspace.current().settings.company_in(message.language)
    shown = {"message": message, "company": company, "done": request.method == "POST"}
    with translation.override("zh-hans" if message.language == "zh" else "en"):
        return render(request, "messages/unsubscribe.html", shown)


def _leave(message: Message) -> None:
    now = timezone.now()
    first = _remember(message, Reaction.UNSUBSCRIBED, 0, now)
    consent.suppress(message.address, "unsubscribed", now)
    if first:
        consent.say(message.address, WITHDRAWN, "unsubscribe link", f"message {message.pk}", now, "link")


@public
@never_cache
@require_safe
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """The pixel; an unknown token gets the same picture."""
    message = Message.objects.filter(token=token, state__in=(Message.SENT, Message.UNKNOWN)).first()
    if message and request.method == "GET":
        _react(message, Reaction.OPENED, 0)
    return HttpResponse(PIXEL, content_type="image/gif")


@public
@never_cache
@require_safe
def clicked(request: HttpRequest, token: str) -> HttpResponse:
    """On to where the letter pointed; anywhere else is nowhere."""
    read = read_click(workspace.current().secret, token)
    message = Message.objects.filter(token=read[0]).first() if read else None
    if read is None or message is None or read[1] >= len(message.links):
        raise Http404
    if request.method == "GET":
        _react(message, Reaction.CLICKED, read[1])
    return HttpResponseRedirect(message.links[read[1]])


def _react(message: Message, kind: str, number: int) -> None:
    """Remember it once. What colleagues do with a test message is not a customer's doing."""
    if message.kind == Message.JOURNEY:
        _remember(message, kind, number, timezone.now())


def _remember(message: Message, kind: str, number: int, now: datetime) -> bool:
    """Write the reaction down; returns whether it is the first of its kind."""
    found = {"message": message, "kind": kind, "number": number}
    own = {"version": message.version, "step": message.step, "at": now}
    return Reaction.objects.get_or_create(**found, defaults=own)[1]
