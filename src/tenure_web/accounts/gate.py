"""Nobody comes in without signing in, except where a view is marked `@public` or machines knock."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_not_required as public
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils import translation

__all__ = ["PUBLIC_PREFIXES", "OwnLanguage", "SignInRequired", "public", "to_sign_in"]

PUBLIC_PREFIXES = ("/v1/", "/u/", "/health", "/static/")


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """The way to the sign-in page and back; a fragment asks the browser to leave the page instead."""
    if getattr(request, "htmx", False):
        response = HttpResponse(status=200)
        response["HX-Redirect"] = "/sign-in/"
        return response
    return redirect_to_login(request.get_full_path())


class SignInRequired(LoginRequiredMiddleware):
    """Django's own gate, with the addresses that machines use left open; those views check keys and tokens."""

    def process_view(self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
        if request.path.startswith(PUBLIC_PREFIXES):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """What a signed-in person sees stays out of caches."""
        if request.path.startswith(PUBLIC_PREFIXES) or "Cache-Control" in response:
            return response
        if getattr(request, "user", None) is not None and request.user.is_authenticated:
            response["Cache-Control"] = "no-store"
        return response

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:
        return to_sign_in(request)


class OwnLanguage:
    """A person who chose a language gets it; everyone else gets the browser's, which Django found before."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = getattr(request.user, "language", "") if request.user.is_authenticated else ""
        if chosen:
            translation.activate(chosen)
            request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)
