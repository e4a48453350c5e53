"""Ideal customer profiles from definition files: a segment whose members are those who fit it best, trait by trait.

Every trait is a yes-or-no feature, and the fit score is a derived feature over them; so all that features can do, the
fit can: rules read it, it has a history, and the page of a customer says which traits are met.
"""

from __future__ import annotations

from collections.abc import Iterator

from tenure.definitions.located import Entry
from tenure.definitions.objects import Feature, Trait, Words
from tenure.definitions.section import Section

__all__ = ["LEAST_FIT", "TRAIT_KEYS", "fit_key", "profile_features", "profile_rule", "to_traits"]

TRAIT_KEYS = {
    "title": "What the trait is called: lives in a big city.",
    "rule": "Who has it: a condition over features.",
    "weight": "How much it counts against the other traits, from 1 to 100 (default: 1).",
}
LEAST_FIT = 60
MOST_TRAITS = 12


def fit_key(segment: str, trait: str = "") -> str:
    """The feature that holds the fit to a profile, or whether a customer has one of its traits."""
    return f"fit_{segment}_{trait}" if trait else f"fit_{segment}"


def to_traits(key: str, section: Section) -> tuple[Trait, ...]:
    """The traits of a segment, each a weight and a rule; none where it is no profile."""
    inner = section.named("traits", "trait")
    if len(inner) > MOST_TRAITS:
        section.problem("traits", f"{section.name} has {len(inner)} traits; at most {MOST_TRAITS} make a fit score.")
        return ()
    found = []
    for trait, each in inner.items():
        each.known(TRAIT_KEYS)
        title, text, weight = each.words("title"), each.text("rule"), each.number("weight")
        if weight is not None and not (weight.is_integer() and 1 <= weight <= 100):
            each.problem("weight", f'"weight" of {each.name} must be a whole number from 1 to 100.')
        if text is None:
            each.problem("rule", f"{each.name} needs a rule: a condition over features.")
        else:
            found.append(Trait(trait, title, text, int(weight or 1), fit_key(key, trait)))
    return tuple(found)


def profile_features(key: str, section: Section) -> Iterator[tuple[Feature, Section]]:
    """The features of a profile, each with the section that its problems are told of."""
    traits = to_traits(key, section)
    if not traits:
        return
    name = section.unheard().words("title", required=False)
    inner = section.named("traits", "trait")
    for trait in traits:
        title = Words(
            f"{trait.title.text('en')} (trait of “{name.text('en')}”)",
            f"{trait.title.text('zh')}（「{name.text('zh')}」的特点）",
        )
        yield (
            Feature(
                trait.feature,
                title,
                title,
                "derived",
                "boolean",
                "text",
                expression_text=trait.rule_text,
                built_in=False,
                some=Words(f"is: {trait.title.text('en')}", f"符合：{trait.title.text('zh')}"),
                none=Words(f"is not: {trait.title.text('en')}", f"不符合：{trait.title.text('zh')}"),
            ),
            _telling(inner[trait.key]),
        )
    yield _score(key, name, traits), section


def _score(key: str, name: Words, traits: tuple[Trait, ...]) -> Feature:
    """100 times the weights of the traits that are met, over the weights of those that are known."""
    met = " + ".join(f"CASE WHEN {each.feature} THEN {each.weight} ELSE 0 END" for each in traits)
    known = " + ".join(f"CASE WHEN {each.feature} IS NULL THEN 0 ELSE {each.weight} END" for each in traits)
    return Feature(
        fit_key(key),
        Words(f"Fit to “{name.text('en')}”", f"与「{name.text('zh')}」的契合度"),
        Words(
            f"How well the customer fits the profile “{name.text('en')}”, from 0 to 100: the weights of the traits that"
            " are met, of all whose answer is known.",
            f"客户与「{name.text('zh')}」的契合程度，0 到 100：符合的特点的权重，占所有已知特点权重的比例。",
        ),
        "derived",
        "integer",
        "count",
        expression_text=f"round(100 * ({met}) / nullif({known}, 0))",
        built_in=False,
        counter=Words("point/points", "分"),
    )


def _telling(trait: Section) -> Section:
    """The section of a trait, in which a problem of the feature's expression stands at the trait's rule."""
    entry = trait.entry
    lines = {**entry.lines, "expression": entry.line_of("rule")}
    return Section(Entry(entry.items, entry.line, lines), trait.name, trait.problems, trait.built_in)


def profile_rule(key: str, section: Section, text: str) -> tuple[str, float]:
    """The rule by which a profile finds its members, and the fit from which on they belong."""
    least = section.number("fit")
    if least is not None and not 1 <= least <= 100:
        section.problem("fit", f'"fit" of {section.name} must be a number from 1 to 100.')
        least = None
    least = LEAST_FIT if least is None else least
    belongs = f"{fit_key(key)} >= {least:g}"
    return (f"{belongs} AND ({text})" if text else belongs), least
