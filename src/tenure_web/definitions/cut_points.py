"""The form of the cut points of value segments: own numbers, or empty fields that show what is learned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.definitions import Patch, Rfm
from tenure.money import exponent
from tenure.segments import Learned
from tenure_web.definitions.inputs import Card, Input
from tenure_web.theme.templatetags.look import own_currency

__all__ = ["POINTS", "Scored", "cards", "placed", "scored", "shown_learned", "write"]

POINTS = {"days": 4, "orders": 4, "revenue": 4, "few_days": 3}  # entry: how many numbers it takes
SCORES = {"days": gettext_lazy("recency"), "orders": gettext_lazy("frequency"), "revenue": gettext_lazy("money")}
AGE = (
    gettext_lazy("Ordered lately, score 5: up to … days ago"),
    gettext_lazy("Score 4: up to … days ago"),
    gettext_lazy("Score 3: up to … days ago"),
    gettext_lazy("Score 2: up to … days ago; score 1 before that"),
)
LADDER = (
    gettext_lazy("Score 1: up to"),
    gettext_lazy("Score 2: up to"),
    gettext_lazy("Score 3: up to"),
    gettext_lazy("Score 4: up to; score 5 above that"),
)
FEW = (
    gettext_lazy("New and active: under … days"),
    gettext_lazy("Needing care: under … days"),
    gettext_lazy("At risk: under … days; almost lost from then on"),
)


@dataclass(frozen=True)
class Scored:
    """The line of the cut points in the list of definitions."""

    key: str
    title: str
    meaning: str
    note: str
    built_in: bool
    source: None = None


def scored(given: Rfm) -> Scored:
    """What is set, and what is learned."""
    own = [str(words) for key, words in SCORES.items() if getattr(given, key)]
    return Scored(
        "rfm",
        _("Cut points"),
        _("From which recency, frequency and money on a customer has which score, from 1 to 5."),
        _("own: %(scores)s") % {"scores": _(", ").join(own)} if own else _("learned from the data each month"),
        given == Rfm(),
    )


def cards(path: str, said: dict[str, Any]) -> list[Card]:
    """One card for each score, and one for a shop with too few repeat customers to learn from."""
    few = Rfm()
    return [
        Card(_("Recency: days since the last order"), _points(path, "days", said, AGE)),
        Card(_("Frequency: number of orders"), _points(path, "orders", said, LADDER)),
        Card(_("Money: revenue so far"), _points(path, "revenue", said, LADDER)),
        Card(
            _("As long as there is too little to learn from"),
            (
                Input(
                    f"{path}.few_customers",
                    _("Customers who must have ordered twice"),
                    said.get("few_customers", ""),
                    "number",
                    hint=_("With fewer of them nothing is learned and these days decide."),
                    half=True,
                    placeholder=str(few.few_customers),
                ),
                Input(
                    f"{path}.high_order",
                    _("A high order is so many times the typical one"),
                    said.get("high_order", ""),
                    "number",
                    half=True,
                    placeholder=f"{few.high_order:g}",
                ),
                *placed(_points(path, "few_days", said, FEW), few.few_days),
            ),
        ),
    ]


def _points(path: str, key: str, said: dict[str, Any], labels: Sequence[Any]) -> tuple[Input, ...]:
    given = said.get(key)
    given = given if isinstance(given, list) else []
    return tuple(
        Input(f"{path}.{key}.{at}", str(label), given[at] if at < len(given) else "", "number", half=True)
        for at, label in enumerate(labels)
    )


def placed(inputs: tuple[Input, ...], numbers: Sequence[float]) -> tuple[Input, ...]:
    """The inputs with the numbers that count as long as they are empty."""
    return tuple(replace(each, placeholder=f"{n:.12g}") for each, n in zip(inputs, numbers, strict=True))


def shown_learned(form: Sequence[Card], learned: Learned | None, given: Rfm | None) -> list[Card]:
    """The cards with what the data of the month say (None: not known yet) in the empty fields, and who decides.

    `given` is what the draft sets; None as long as it is wrong.
    """
    scale = 10 ** exponent(own_currency())
    points: tuple[Sequence[float], ...] = ((), (), ())
    if learned is not None:
        points = (learned.days, learned.orders, [point / scale for point in learned.revenue])
    own = (given.days, given.orders, given.revenue) if given else ((), (), ())
    scored = [
        replace(card, inputs=placed(card.inputs, numbers) if numbers else card.inputs, note=_note(bool(set_), numbers))
        for card, numbers, set_ in zip(form[:3], points, own, strict=True)
    ]
    return [*scored, *form[3:]]


def _note(own: bool, learned: Sequence[float]) -> str:
    if own:
        return _("Your own numbers. Empty all four to have them learned from the data again.")
    if learned:
        return _(
            "Learned from your data each month: about a fifth of those who ordered in the last year have each score."
            " Grey are this month’s numbers; write all four to set your own."
        )
    return _("Learned from your data each month. Write all four numbers to set your own.")


def write(patch: Patch, path: str, posted: Mapping[str, str], number: Any) -> None:
    """Put what the fields say into the text; an entry whose fields are all empty goes."""
    for key, count in POINTS.items():
        names = [f"{path}.{key}.{at}" for at in range(count)]
        if all(name in posted for name in names):
            texts = [posted[name].strip() for name in names]
            patch.set((path, key), [number(text) for text in texts if text])
    for key in ("few_customers", "high_order"):
        if f"{path}.{key}" in posted:
            text = posted[f"{path}.{key}"].strip()
            patch.set((path, key), number(text) if text else "")
