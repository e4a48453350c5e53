"""A short message at the edge of the page, for answers to htmx requests (whole pages use django.contrib.messages)."""

import json

from django.http import HttpResponse


def toast(response: HttpResponse, text: object, level: str = "success") -> HttpResponse:
    """Make the page show `text`. Levels: success, info, warning, error."""
    events = json.loads(response.headers.get("HX-Trigger", "{}"))
    events["toast"] = {"text": str(text), "level": level}
    response.headers["HX-Trigger"] = json.dumps(events)
    return response
