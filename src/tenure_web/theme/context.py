"""What every page's frame needs."""

from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils import translation

from tenure.errors import TenureError
from tenure_web.theme.navigation import address, sidebar
from tenure_web.worker import workspace

THEMES = ("light", "dark", "auto")


def chosen_theme(request: HttpRequest) -> str:
    """light, dark or auto: what the person chose, else this browser's cookie, else auto."""
    user = getattr(request, "user", None)
    chosen = getattr(user, "theme", "") or request.COOKIES.get("theme", "")
    return chosen if chosen in THEMES else "auto"


def company() -> str:
    """The company's name, or the product's where no workspace is open."""
    try:
        return workspace.current().settings.company_in(translation.get_language() or "en")
    except TenureError:
        return "Tenure"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `frame.entries`, `frame.theme`, `frame.company`, `frame.account`, `frame.sign_out`."""
    return {"frame": _Frame(request)}


class _Frame:
    """Computed only when a template asks, so that fragments pay nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def entries(self) -> list[dict[str, Any]]:
        return sidebar(getattr(self._request, "user", None), self._request.path)

    @cached_property
    def phone(self) -> list[dict[str, Any]]:
        return [row for row in self.entries if row["entry"].phone][:5]

    @property
    def rest(self) -> list[dict[str, Any]]:
        first = {row["href"] for row in self.phone}
        return [row for row in self.entries if row["href"] not in first]

    @property
    def theme(self) -> str:
        return chosen_theme(self._request)

    @property
    def language(self) -> str:
        return translation.get_language() or "en"

    @property
    def html_language(self) -> str:
        return "zh-Hans" if self.language.startswith("zh") else "en"

    @cached_property
    def company(self) -> str:
        return company()

    @property
    def account(self) -> str:
        return address("account")

    @property
    def sign_out(self) -> str:
        return address("sign_out")

    @property
    def customers(self) -> str:
        return address("customers")
