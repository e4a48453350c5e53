"""The set-up guide 定义 → 收集 → 行动 → 学习, read from the real state of the installation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenure_web.accounts.models import User
from tenure_web.accounts.rights import can
from tenure_web.settings.models import Confirmed
from tenure_web.settings.smtp import server
from tenure_web.worker import workspace

__all__ = ["CONFIRMED_BY_HAND", "Group", "Guide", "Step", "guide"]

CONFIRMED_BY_HAND = frozenset({"lifecycle", "mail"})


@dataclass(frozen=True)
class Step:
    """One thing to do. `url` is where it is done, empty when its page is not there or not allowed."""

    key: str
    title: Any
    text: Any
    button: Any
    done: bool
    url: str
    by_hand: bool = False


@dataclass(frozen=True)
class Group:
    """One part of the ring."""

    key: str
    title: Any
    text: Any
    icon: str
    steps: tuple[Step, ...]

    @property
    def done(self) -> bool:
        return all(step.done for step in self.steps)


@dataclass(frozen=True)
class Guide:
    """All groups, and how far one has come."""

    groups: tuple[Group, ...]

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(step for group in self.groups for step in group.steps)

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def total(self) -> int:
        return len(self.steps)

    @property
    def share(self) -> float:
        return self.done / self.total

    @property
    def next(self) -> Step | None:
        """The first step that is not done."""
        return next((step for step in self.steps if not step.done), None)


# (key, title, text, button, name of the page, right needed)
_WORDS: dict[str, tuple[Any, Any, Any, str, str]] = {
    "company": (
        _("Say who you are"),
        _("The company's name, the time zone in which days begin, and the currency."),
        _("Company settings"),
        "settings",
        "settings.view",
    ),
    "lifecycle": (
        _("Look at your lifecycles"),
        _(
            "Five lifecycles and eight value segments are ready, and under Definitions a template for each of seven "
            "trades. Read what each stage means, and say so when it fits."
        ),
        _("See the stages"),
        "board",
        "board.view",
    ),
    "team": (
        _("Invite your team"),
        _("Each stage has an owner team. Invite the people who work with customers."),
        _("Invite people"),
        "team",
        "team.view",
    ),
    "data": (
        _("Bring in orders or events"),
        _("Upload a file of orders, or send events from your shop through any Segment-compatible SDK."),
        _("Add data"),
        "collect",
        "collect.view",
    ),
    "stages": (
        _("See where everyone stands"),
        _("Once data is in, every customer has a stage in each lifecycle and a value segment."),
        _("Open the board"),
        "board",
        "board.view",
    ),
    "sender": (
        _("Say who messages come from"),
        _("A sender of your own domain, a postal address, and the address customers reach this installation at."),
        _("Sending settings"),
        "sending",
        "settings.view",
    ),
    "mail": (
        _("Set up a mail server"),
        _("Without one every message lands in the built-in mailbox. Set one up, or tick off that you are trying out."),
        _("Mail server"),
        "sending",
        "settings.view",
    ),
    "journey": (
        _("Start a first journey"),
        _("For example: thank new customers, or bring back those who fell silent."),
        _("Journeys"),
        "journeys",
        "journeys.view",
    ),
    "moves": (
        _("Watch customers move"),
        _("The first moves between stages show that the ring turns."),
        _("See the moves"),
        "board",
        "board.view",
    ),
    "result": (
        _("Read the first result"),
        _("What customers did after a message, against those who got none."),
        _("Results of journeys"),
        "journeys",
        "journeys.view",
    ),
}

_GROUPS = (
    (
        "define",
        pgettext_lazy("guide", "Define"),
        _("Say what your company is and which stages its customers go through."),
        "pencil",
        ("company", "lifecycle", "team"),
    ),
    (
        "collect",
        pgettext_lazy("guide", "Collect"),
        _("Let in what customers do."),
        "database-import",
        ("data", "stages"),
    ),
    (
        "act",
        pgettext_lazy("guide", "Act"),
        _("Write to customers at the right moment, and never offend them."),
        "send",
        ("sender", "mail", "journey"),
    ),
    (
        "learn",
        pgettext_lazy("guide", "Learn"),
        _("See what the action earned, and define anew."),
        "chart-line",
        ("moves", "result"),
    ),
)


def guide(user: Any) -> Guide:
    """The set-up guide as this person sees it."""
    by_hand = set(Confirmed.objects.values_list("step", flat=True))

    def step(key: str) -> Step:
        title, text, button, page, needed = _WORDS[key]
        done = key in by_hand or _DONE[key]()
        url = _address(page) if can(user, needed) else ""
        return Step(key, title, text, button, done, url, key in CONFIRMED_BY_HAND and not done)

    groups = (
        Group(key, title, text, icon, tuple(step(each) for each in steps)) for key, title, text, icon, steps in _GROUPS
    )
    return Guide(tuple(groups))


def _address(page: str) -> str:
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""


def _any(model: str, **conditions: Any) -> bool:
    """Whether there is such a row, in a model of an app that may not have it."""
    try:
        return bool(apps.get_model(model).objects.filter(**conditions).exists())
    except LookupError:
        return False


def _company() -> bool:
    settings = workspace.current().settings
    return settings.company not in ("", type(settings)().company)


def _sender() -> bool:
    settings = workspace.current().settings
    return bool(settings.sender_email and settings.postal_address)


def _moved() -> bool:
    """Whether somebody went from one stage to another; being placed, first or anew by a file, is none."""
    moves = apps.get_model("customers.ObservedMove").objects.filter(from_stage__isnull=False)
    return moves.filter(cause__in=("event", "time", "score")).order_by("-pk").values("pk").first() is not None


_DONE: dict[str, Callable[[], bool]] = {
    "company": _company,
    "lifecycle": lambda: False,
    "team": lambda: User.objects.filter(is_active=True).count() > 1,
    "data": lambda: _any("customers.Customer"),
    "stages": lambda: _any("customers.Place"),
    "sender": _sender,
    "mail": lambda: server() is not None,
    "journey": lambda: _any("journeys.Journey", state="running"),
    "moves": _moved,
    "result": lambda: _any("journeys.Enrolment", goal_at__isnull=False),
}
