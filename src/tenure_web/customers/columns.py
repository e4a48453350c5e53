"""The columns a list can show: which are sorted by, and how a customer's row is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext_lazy, pgettext_lazy

from tenure.definitions import Definitions
from tenure_web.customers.channels import words as channel_words
from tenure_web.customers.labels import label_key
from tenure_web.customers.masking import Person, person
from tenure_web.customers.models import Customer, Place, State
from tenure_web.theme.colours import slots
from tenure_web.theme.templatetags.look import told

SESSION = "customer_columns"


@dataclass(frozen=True)
class Sort:
    """A way to sort: the column of `State`, whether it may be empty, and how a cursor's text is read."""

    column: str
    nullable: bool
    read: Any


def _instant(text: str) -> datetime | None:
    return parse_datetime(text)


SORTS: dict[str, Sort] = {
    "last_order": Sort("last_order_at", True, _instant),
    "revenue": Sort("revenue", False, int),
    "orders": Sort("orders", False, int),
    "number": Sort("customer_key", False, int),
    "value": Sort("value", True, int),
    "risk": Sort("risk", True, float),
    "stake": Sort("stake", True, int),
    "next_order": Sort("next_order_on", True, parse_date),
    "health": Sort("health", True, int),
    "risk_since": Sort("risk_since", True, parse_date),
}
USUAL_SORT = "-last_order"

# name: (heading, class of the cells, name to sort by)
PLAIN: dict[str, tuple[Any, str, str]] = {
    "segment": (gettext_lazy("Value segment"), "", ""),
    "orders": (gettext_lazy("Orders"), "num", "orders"),
    "revenue": (gettext_lazy("Revenue"), "num", "revenue"),
    "value": (pgettext_lazy("forecast", "Value"), "num", "value"),
    "risk": (pgettext_lazy("forecast", "Risk"), "num", "risk"),
    "stake": (gettext_lazy("At stake"), "num", "stake"),
    "risk_since": (gettext_lazy("At this risk since"), "num", "risk_since"),
    "health": (gettext_lazy("Health score"), "num", "health"),
    "next_order": (gettext_lazy("Next order"), "num", "next_order"),
    "average_order": (gettext_lazy("Average order"), "num", ""),
    "last_order": (gettext_lazy("Last order"), "num", "last_order"),
    "first_order": (gettext_lazy("First order"), "num", ""),
    "last_seen": (gettext_lazy("Last seen"), "num", ""),
    "channel": (gettext_lazy("Acquisition channel"), "", ""),
    "country": (gettext_lazy("Country"), "", ""),
    "email": (gettext_lazy("E-mail"), "", ""),
    "phone": (gettext_lazy("Phone"), "", ""),
    "external_id": (gettext_lazy("Customer number"), "", ""),
}


@dataclass(frozen=True)
class Column:
    """A column of the list. `lifecycle` names the lifecycle of a stage column."""

    name: str
    label: str
    css: str
    sort: str
    lifecycle: str = ""


@dataclass(frozen=True)
class Row:
    """A customer in a list."""

    person: Person
    state: State
    stages: Mapping[str, "Badge"]
    segment: "Badge | None"
    channel: str
    country: str


@dataclass(frozen=True)
class Badge:
    """A stage or value segment with its colour."""

    title: Any
    slot: str
    key: str


def all_columns(definitions: Definitions) -> dict[str, Column]:
    """Every column there is: a stage column a lifecycle, then the plain ones."""
    stages = {
        f"stage:{each.key}": Column(f"stage:{each.key}", told(each.title), "", "", each.key)
        for each in definitions.lifecycles.values()
    }
    return stages | {name: Column(name, str(label), css, sort) for name, (label, css, sort) in PLAIN.items()}


def usual(lifecycle: str) -> list[str]:
    """The columns of somebody who has chosen none."""
    return [f"stage:{lifecycle}", "segment", "orders", "revenue", "last_order", "channel"]


def chosen(request: HttpRequest, definitions: Definitions, lifecycle: str) -> list[Column]:
    """The columns this person has chosen, in their order; before them what of forecasts the list is about."""
    known = all_columns(definitions)
    names = [name for name in request.session.get(SESSION, usual(lifecycle)) if name in known] or usual(lifecycle)
    return [known[name] for name in (*(each for each in _asked(request) if each not in names), *names)]


#: parameter of a filter: the column that shows what it asks about
FORECASTS = {"risk": "risk", "worth": "value", "next": "next_order"}


def _asked(request: HttpRequest) -> list[str]:
    """The columns of forecasts that the list is filtered or sorted by: nobody sees why it is so without them."""
    sorted_by = request.GET.get("sort", "").lstrip("-")
    likely = {*FORECASTS.values(), "stake", "health", "risk_since"}
    by_filter = [column for name, column in FORECASTS.items() if request.GET.get(name)]
    return list(dict.fromkeys([*by_filter, *([sorted_by] if sorted_by in likely else [])]))


def rows(states: Sequence[State], user: Any, definitions: Definitions) -> list[Row]:
    """The rows of these states, as this user may see them: three queries, however many."""
    keys = [state.customer_key for state in states]
    people = Customer.objects.in_bulk(keys)
    places: dict[int, dict[str, Badge]] = {key: {} for key in keys}
    known = stage_badges(definitions)
    for key, stage in Place.objects.filter(customer_key__in=keys).values_list("customer_key", "stage"):
        name = label_key(stage)
        if name in known:
            places[key][name.partition("/")[0]] = known[name]
    return [_row(state, people.get(state.customer_key), places, user, definitions) for state in states]


def stage_badges(definitions: Definitions) -> dict[str, Badge]:
    """{"lifecycle/stage": badge} of all lifecycles."""
    found = {}
    for lifecycle in definitions.lifecycles.values():
        keys = [stage.key for stage in lifecycle.stages]
        colours = slots(keys, {stage.key for stage in lifecycle.stages if stage.leaving})
        for stage in lifecycle.stages:
            name = f"{lifecycle.key}/{stage.key}"
            found[name] = Badge(stage.title, colours[stage.key], name)
    return found


def segment_badge(number: int | None, definitions: Definitions) -> Badge | None:
    """The badge of a value segment's label."""
    if number is None:
        return None
    key = label_key(number)
    segment = definitions.value_segments.get(key)
    return Badge(segment.title, key, key) if segment else None


def _row(
    state: State, customer: Customer | None, places: dict[int, dict[str, Badge]], user: Any, definitions: Definitions
) -> Row:
    known = customer or Customer(customer_key=state.customer_key, created_at=timezone.now())
    return Row(
        person=person(known, user),
        state=state,
        stages=places[state.customer_key],
        segment=segment_badge(state.segment, definitions),
        channel=channel_words(label_key(state.channel)) if state.channel else "",
        country=label_key(state.country) if state.country else "",
    )
