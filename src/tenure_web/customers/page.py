"""The page of one customer."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tenure.errors import NotFound
from tenure.features import Company
from tenure.stages import Past
from tenure.workspace import Explanation, Stay, Workspace
from tenure_web.accounts.rights import can, right
from tenure_web.customers import places, timeline
from tenure_web.customers.consent_panel import panel
from tenure_web.customers.editing import NoteForm
from tenure_web.customers.lookup import MOST, Facts, Identifier, facts, moved_to
from tenure_web.customers.masking import mask_email, mask_id, mask_phone, person
from tenure_web.customers.models import Customer, Note, ObservedMove, State
from tenure_web.customers.moved import moves
from tenure_web.stages.kept import remember
from tenure_web.theme import pages
from tenure_web.theme.templatetags.look import address_with
from tenure_web.worker import workspace

TABS = ("timeline", "moves", "orders", "features", "notes")
KEPT = 60.0  # seconds
LINES = 100  # events on one page of the timeline


def access_customer(user: Any, key: int) -> Customer:
    """The customer, or 404."""
    found = Customer.objects.filter(pk=key).first() if can(user, "customers.view") else None
    if found is None:
        raise Http404
    return found


@require_GET
@right("customers.view")
def show(request: HttpRequest, key: int) -> HttpResponse:
    """Who it is, where and why, and everything that happened."""
    shop = workspace.current()
    if not Customer.objects.filter(pk=key).exists() and (other := moved_to(shop, key)):
        return redirect("customer", other)
    customer = access_customer(request.user, key)
    mark, polls = _mark(key), bool(request.htmx) and "mark" in request.GET
    if polls and request.GET["mark"] == mark:
        return HttpResponse(status=204)
    tab = request.GET.get("tab") if request.GET.get("tab") in TABS else "timeline"
    seen = person(customer, request.user)
    found = facts(shop, key, _until(request), LINES if tab == "timeline" else MOST)
    context = {
        "customer": customer,
        "person": seen,
        "tab": tab,
        "live": address_with(request, mark=mark),
        "tabs": _tabs(request, tab, key),
        **_tab(request, shop, key, tab, found),
    }
    if polls or not request.htmx or request.htmx.history_restore_request:
        context |= _around(request, shop, customer, found)
    part = "customers/_live.html" if polls else "customers/_tab.html"
    return pages.page(request, "customers/customer.html", part, context)


def _mark(key: int) -> str:
    """Differs once an event, a move or a new segment has come: an open page that knows it has nothing to fetch."""
    state = State.objects.filter(pk=key).values_list("last_seen_at", "orders", "revenue", "segment").first()
    moved = ObservedMove.objects.filter(customer_key=key).aggregate(newest=Max("id"))["newest"]
    return hashlib.blake2b(repr((state, moved)).encode(), digest_size=8).hexdigest()


def _until(request: HttpRequest) -> datetime | None:
    try:
        found = parse_datetime(request.GET.get("until", ""))
    except ValueError:
        return None
    return found if found is not None and found.tzinfo else None


def _tabs(request: HttpRequest, tab: str, key: int) -> list[dict[str, Any]]:
    words = {
        "timeline": _("Timeline"),
        "moves": _("Moves"),
        "orders": _("Orders"),
        "features": _("Features"),
        "notes": _("Notes"),
    }
    state = State.objects.filter(pk=key).first()
    counts = {"orders": state.orders if state else 0, "notes": Note.objects.filter(customer_key=key).count()}
    return [
        {
            "label": label,
            "href": address_with(request, tab=name, kind=None, until=None),
            "active": name == tab,
            "count": counts.get(name),
        }
        for name, label in words.items()
    ]


def _tab(request: HttpRequest, shop: Workspace, key: int, tab: str, found: Facts) -> dict[str, Any]:
    if tab == "features":
        explanation = _explained(shop, key)
        values = explanation.features if explanation else {}
        return {"features": places.feature_table(shop.definitions, values, shop.settings.currency)}
    if tab == "moves":
        own, currency = shop.settings.lifecycle, shop.settings.currency
        return {"moves": moves(_past(shop, key), shop.definitions, own, currency, shop.clock.as_of().day)}
    if tab == "orders":
        return {"orders": timeline.of_events(found.orders)}
    if tab == "notes":
        return {"days": timeline.days(timeline.of_notes(key, 500)), "note_form": NoteForm()}
    kind = request.GET.get("kind", "") if request.GET.get("kind", "") in timeline.KINDS else ""
    items = timeline.of_events(found.events)
    until, since = _until(request), found.events[-1].at if found.more else None
    others = timeline.of_moves(key, shop.definitions, 200) + timeline.of_notes(key, 200)
    items += [item for item in others if (not until or item.at < until) and (not since or item.at >= since)]
    return {
        "days": timeline.days(items, kind),
        "kind": kind,
        "kinds": [(name, str(words), address_with(request, kind=name)) for name, words in timeline.KINDS.items()],
        "all_kinds": address_with(request, kind=None),
        "older": address_with(request, until=found.events[-1].at.isoformat()) if found.more else "",
        "note_form": NoteForm(),
    }


def _explained(shop: Workspace, key: int) -> Explanation | None:
    def explained() -> Explanation | None:
        try:
            return shop.explain(key, look_ahead=False, look_back=False)  # the strip shows a longer history
        except NotFound:
            return None

    return remember(("explained", *_state(shop), key), explained, KEPT)


def _past(shop: Workspace, key: int) -> tuple[Past, ...]:
    """The moves with their reasons; they are made again when an event or a definition changes them."""

    def told() -> tuple[Past, ...]:
        try:
            return shop.explain(key, look_ahead=False, tell_past=True).past
        except NotFound:
            return ()

    return remember(("past", *_state(shop), key), told, KEPT)


def _future(shop: Workspace, key: int) -> list[Stay]:
    return remember(("future", *_state(shop), key), lambda: places.future(shop, key), KEPT)


def _state(shop: Workspace) -> tuple[str, str, str, str]:
    """What an explanation was made from: equal states explain alike (for KEPT seconds, while time goes on)."""
    return str(shop.folder), shop.store.snapshot().key, shop.definitions.hash, shop.clock.as_of().day.isoformat()


def _traits(company: Company | None) -> list[tuple[str, str]]:
    """What is known of the company besides its name, one word or number each."""
    said = company.traits.items() if company else ()
    return [(name, str(value)) for name, value in said if name != "name" and isinstance(value, str | int | float)]


@dataclass(frozen=True)
class Shown:
    """An identifier as this user may see it."""

    source_key: int
    kind: str
    value: str


def _around(request: HttpRequest, shop: Workspace, customer: Customer, found: Facts) -> dict[str, Any]:
    """The left and the right column."""
    key, today = customer.customer_key, shop.clock.as_of().day
    explanation = _explained(shop, key)
    standings = places.standings(shop, explanation, _future(shop, key), today) if explanation else ()
    segment = shop.definitions.value_segments.get(explanation.segment) if explanation else None
    return {
        "state": State.objects.filter(pk=key).first(),
        "standings": standings,
        "segment": segment,
        "scores": _scores(explanation),
        "identifiers": _identifiers(customer, found.identifiers, can(request.user, "customers.personal")),
        "consent": panel(customer, found.identifiers),
        "company": found.company,
        "company_traits": _traits(found.company),
        "addresses": {name: reverse(f"customer_{name}", args=[key]) for name in ("edit", "note", "merge", "unmerge")},
    }


def _scores(explanation: Explanation | None) -> list[tuple[str, str, int]]:
    if explanation is None or explanation.scores[0] is None:
        return []
    names = (("R", _("Recency")), ("F", _("Frequency")), ("M", _("Money")))
    return [(letter, words, score or 0) for (letter, words), score in zip(names, explanation.scores, strict=True)]


def _identifiers(customer: Customer, known: tuple[Identifier, ...], personal: bool) -> list[Shown]:
    """The store knows e-mails and phones as hashes only: a single one of its kind is the one of the profile."""
    kinds = [each.kind for each in known]
    profile = {"email": customer.email, "phone": customer.phone}
    full = [
        replace(each, value=profile[each.kind]) if each.kind in profile and kinds.count(each.kind) == 1 else each
        for each in known
    ]
    return [_shown(each, personal) for each in full]


def _shown(each: Identifier, personal: bool) -> Shown:
    masks = {"email": mask_email, "phone": mask_phone, "external": mask_id}
    value = each.value if personal or each.kind == "anonymous" else masks.get(each.kind, mask_id)(each.value)
    return Shown(each.source_key, each.kind, value)
