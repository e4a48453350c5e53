"""The form of a segment: who is in it, by rule, by list, or by the traits of an ideal customer."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.definitions import Patch
from tenure_web.definitions.inputs import Card, Input, both, listed, mapping

__all__ = ["cards", "do"]

RULE_HINT = gettext_lazy(
    "As text also: stage.growth = 'retention', value_segment = 'champion', in segment.other, percentile(revenue) >= 95,"
    " consent.email."
)


def cards(path: str, said: dict[str, Any]) -> list[Card]:
    """The segment's own card, and one for each trait of an ideal customer profile."""
    traits = mapping(said.get("traits"))
    fit = Input(
        f"{path}.fit",
        _("Belongs from this fit score on"),
        said.get("fit", ""),
        "number",
        hint=_(
            "From 1 to 100; 60 when left empty. The score is the weight of the traits a customer has, of all known."
        ),
    )
    head = Card(
        _("The segment"),
        (
            *both(f"{path}.title", said.get("title")),
            *both(f"{path}.meaning", said.get("meaning"), "area"),
            Input(f"{path}.rule", _("Who is in it"), said.get("rule", ""), "rule", hint=RULE_HINT),
            Input(f"{path}.exclude", _("Who is left out all the same"), said.get("exclude", ""), "rule"),
            Input(f"{path}.customers", _("Always in it"), listed(said.get("customers", "")), "names", half=True),
            Input(
                f"{path}.file",
                _("Always in it, from a file"),
                said.get("file", ""),
                hint=_("A text or CSV file in definitions/segments; its first column lists customer numbers."),
                half=True,
            ),
            *((fit,) if traits else ()),
        ),
    )
    return [head, *(_trait(f"{path}.traits.{key}", key, mapping(each)) for key, each in traits.items())]


def _trait(path: str, key: str, said: dict[str, Any]) -> Card:
    title = mapping(said.get("title"))
    return Card(
        " · ".join(filter(None, (title.get("zh"), title.get("en")))) or key,
        (
            *both(f"{path}.title", said.get("title")),
            Input(f"{path}.rule", _("Who has it"), said.get("rule", ""), "rule"),
            Input(
                f"{path}.weight",
                _("Weight"),
                said.get("weight", ""),
                "number",
                hint=_("From 1 to 100, against the other traits; 1 when left empty."),
                half=True,
            ),
        ),
        key,
        noun="trait",
    )


def do(patch: Patch, path: tuple[str, ...], doing: str) -> None:
    """add_trait, drop:KEY."""
    traits = list(mapping(patch.get((*path, "traits"))))
    what, _colon, key = doing.partition(":")
    if what == "add_trait":
        number = next(n for n in range(1, 100) if f"trait_{n}" not in traits)
        title = {"en": f"Trait {number}", "zh": f"特点 {number}"}
        patch.set((*path, "traits", f"trait_{number}"), {"title": title, "rule": "orders >= 1"})
    elif what == "drop" and key in traits:
        patch.set((*path, "traits", key) if len(traits) > 1 else (*path, "traits"), None)
