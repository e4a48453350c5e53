"""What the library refuses becomes a page in plain words, never a blank failure."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tenure.errors import NotFound, TenureError
from tenure_web.theme.saying import said
from tenure_web.theme.toasts import toast


class PlainFailures:
    """Middleware: what is not there is 404, what cannot be done is 422, both with the library's own sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The answer to a failure that the library told in words; anything else stays a fault of ours."""
        if not isinstance(exception, TenureError):
            return None
        status = 404 if isinstance(exception, NotFound) else 422
        if getattr(request, "htmx", False):
            return toast(HttpResponse(status=status), said(exception), "error")
        return render(request, "theme/failed.html", {"problem": exception, "missing": status == 404}, status=status)
