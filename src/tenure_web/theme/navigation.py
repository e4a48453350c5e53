"""The sidebar in the order of the ring. An entry whose address is not there yet, or not allowed, is left out."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenure_web.accounts.rights import can


@dataclass(frozen=True)
class Entry:
    """One line of the sidebar. `url` is the name of a URL without arguments; `key` is a single letter after `g`."""

    url: str
    icon: str
    label: Any
    right: str
    key: str
    phone: bool = False


SIDEBAR = (
    Entry("board", "layout-dashboard", _("Board"), "board.view", "b", phone=True),
    Entry("customers", "users", _("Customers"), "customers.view", "c", phone=True),
    Entry("segments", "chart-treemap", _("Segments"), "segments.view", "s", phone=True),
    Entry("value", "coins", _("Customer value"), "value.view", "v"),
    Entry("risk", "alert-triangle", _("Risk of loss"), "risk.view", "k"),
    Entry("needs", "basket", _("Needs"), "needs.view", "n"),
    Entry("journeys", "route", _("Journeys"), "journeys.view", "j", phone=True),
    Entry("messages", "mail", _("Messages"), "messages.view", "m", phone=True),
    Entry("reports", "report-analytics", _("Reports"), "reports.view", "r"),
    Entry("collect", "database-import", pgettext_lazy("sidebar", "Collect"), "collect.view", "d"),
    Entry("definitions", "adjustments-alt", _("Definitions"), "definitions.view", "f"),
    Entry("settings", "settings", _("Settings"), "settings.view", "e"),
    Entry("checklist", "list-check", _("Set-up guide"), "checklist.view", "u"),
)


@lru_cache(maxsize=256)
def address(name: str) -> str:
    """The address of a named page, or an empty text when there is no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def sidebar(user: Any, path: str) -> list[dict[str, Any]]:
    """What this person sees, with the entry of the present page marked."""
    shown = [
        {"entry": entry, "href": address(entry.url)}
        for entry in SIDEBAR
        if address(entry.url) and can(user, entry.right)
    ]
    here = max((row["href"] for row in shown if _covers(row["href"], path)), key=len, default=None)
    return [{**row, "active": row["href"] == here} for row in shown]


def _covers(href: str, path: str) -> bool:
    return path == href if href == "/" else path.startswith(href)
