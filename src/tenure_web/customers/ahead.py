"""What would change a customer's stage, loaded after the page: it is tried out, which takes a moment."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from tenure.definitions import Definitions
from tenure.errors import NotFound
from tenure.stages import Ahead
from tenure.workspace import Workspace
from tenure_web.accounts.rights import right
from tenure_web.customers.page import access_customer
from tenure_web.customers.places import shown
from tenure_web.stages.kept import remember
from tenure_web.theme.colours import slots
from tenure_web.worker import workspace

KEPT = 300.0  # seconds


@dataclass(frozen=True)
class Asked:
    """A condition of the next stage in words, with the values it was read from."""

    words: str
    values: tuple[tuple[str, str], ...]
    met: bool | None


@dataclass(frozen=True)
class Way:
    """One lifecycle with what its next stage asks, and the deeds that would change the stage."""

    ahead: Ahead
    slots: dict[str, str]
    asked: tuple[Asked, ...]
    deeds: tuple[tuple[Any, str], ...]

    @property
    def next_slot(self) -> str:
        """The colour of the next stage."""
        return self.slots[self.ahead.next.key] if self.ahead.next else ""


@require_GET
@right("customers.view")
def show(request: HttpRequest, key: int) -> HttpResponse:
    """The card below “why this stage”."""
    access_customer(request.user, key)
    shop = workspace.current()
    state = (str(shop.folder), shop.store.snapshot().key, shop.definitions.hash, shop.clock.as_of().day.isoformat())
    found = remember(("ahead", *state, key), lambda: _found(shop, key), KEPT)
    own = shop.settings.lifecycle
    ways = [_way(each, shop.definitions, shop.settings.currency) for each in found]
    ways.sort(key=lambda way: way.ahead.lifecycle.key != own)
    return render(request, "customers/_ahead.html", {"ways": ways})


def _found(shop: Workspace, key: int) -> tuple[Ahead, ...]:
    try:
        return shop.explain(key).ahead
    except NotFound:
        return ()


def _way(ahead: Ahead, definitions: Definitions, currency: str) -> Way:
    stages, language = ahead.lifecycle.stages, get_language() or "en"
    colours = slots([stage.key for stage in stages], {stage.key for stage in stages if stage.leaving})
    asked = (
        Asked(
            each.text(language),
            tuple(shown(definitions.features[key], value, currency) for key, value in each.values),
            each.met,
        )
        for each in ahead.asked
    )
    return Way(ahead, colours, tuple(asked), tuple((deed, colours[deed.stage.key]) for deed in ahead.deeds))
