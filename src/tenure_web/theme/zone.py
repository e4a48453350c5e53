"""Pages show times in the workspace's zone."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tenure.clock import zone
from tenure.errors import TenureError
from tenure_web.worker import workspace


class WorkspaceZone:
    """Middleware: activates the workspace's time zone for the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            name = workspace.current().settings.zone
        except TenureError:
            name = "UTC"
        with timezone.override(zone(name)):
            return self.get_response(request)
