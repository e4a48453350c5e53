"""What the search palette can find. An app adds a finder in its AppConfig.ready (through its claims.py)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tenure_web.accounts.rights import can
from tenure_web.theme.navigation import SIDEBAR, address


@dataclass(frozen=True)
class Found:
    """One line of the palette. `group` is a translated heading."""

    group: str
    title: str
    href: str
    icon: str
    note: str = ""


Finder = Callable[[Any, str], Iterable[Found]]
_FINDERS: list[Finder] = []


def register(finder: Finder) -> Finder:
    """Add `finder(user, text)`; it checks the person's rights itself and answers with a handful of lines."""
    if finder not in _FINDERS:
        _FINDERS.append(finder)
    return finder


def find(user: Any, text: str) -> list[Found]:
    """Everything the finders know for this text, in their order, pages first."""
    return [*_pages(user, text), *(found for finder in _FINDERS for found in finder(user, text))]


def _pages(user: Any, text: str) -> list[Found]:
    wanted = text.casefold()
    return [
        Found(_("Pages"), str(entry.label), address(entry.url), entry.icon)
        for entry in SIDEBAR
        if address(entry.url) and can(user, entry.right) and wanted in f"{entry.label} {entry.url}".casefold()
    ]
