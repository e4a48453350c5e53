"""Values that cannot be worked with: which feature or rule is unknown because of them, for how many, and why."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.basis import present_basis
from tenure.features import Odd
from tenure.workspace import Workspace
from tenure_web.theme.templatetags.look import told

__all__ = ["OddLine", "odd_lines"]

REASONS = {
    "division by zero": gettext_lazy("divided by zero"),
    "too large": gettext_lazy("too large a number"),
    "not readable": gettext_lazy("not readable as what is asked for"),
}


@dataclass(frozen=True)
class OddLine:
    """One line: what is unknown, where it is defined (where that is still there), why, for how many customers."""

    name: str
    href: str
    reason: str
    customers: int


def odd_lines(shop: Workspace) -> list[OddLine]:
    """As of the last time that everybody's figures were put together for the editor."""
    basis = present_basis(shop)
    return [_line(shop, each) for each in basis.odd] if basis else []


def _line(shop: Workspace, odd: Odd) -> OddLine:
    name, href = odd.feature, ""
    definitions = shop.definitions
    if odd.rule and odd.feature.startswith("segment."):
        segment = definitions.segments.get(odd.feature.removeprefix("segment."))
        if segment is not None:
            name, href = told(segment.title), reverse("definition", args=["segments", segment.key])
    elif odd.rule:
        key, _slash, stage = odd.feature.partition("/")
        lifecycle = definitions.lifecycles.get(key)
        if lifecycle is not None:
            titles = {each.key: told(each.title) for each in lifecycle.stages}
            name = f"{told(lifecycle.title)} / {titles.get(stage, stage)}"
            href = reverse("definition", args=["lifecycles", key])
    elif odd.feature in definitions.features and definitions.features[odd.feature].source is None:
        name = told(definitions.features[odd.feature].title)
        href = reverse("definition", args=["features", odd.feature])
    said = _("rule of %(name)s") % {"name": name} if odd.rule else name
    return OddLine(said, href, str(REASONS[odd.reason]), odd.customers)
