"""Lifecycles and value segments from definition files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tenure.definitions.objects import (
    Campaign,
    Goal,
    Lifecycle,
    Stage,
    Strategy,
    ValueSegment,
    Words,
)
from tenure.definitions.rules import Rule
from tenure.definitions.section import KEY, Section
from tenure.errors import DefinitionError

__all__ = [
    "GOAL_KEYS",
    "LIFECYCLE_KEYS",
    "METRICS",
    "STAGE_KEYS",
    "to_lifecycle",
    "to_value_segments",
]

METRICS = {
    "forward_rate": "Share of the stage's customers who move forward within the days.",
    "leaving_rate": "Share of the stage's customers who move to a leaving stage within the days.",
    "stay_rate": "Share of the stage's customers who are still in it after the days.",
    "return_rate": "Share of the stage's customers who order again within the days.",
    "contacted_rate": "Share of new arrivals whom the team contacted within the days.",
    "revenue": "Revenue of the stage's customers in the days, in whole units of the currency.",
    "average_order": "Average order of the stage's customers in the days, in whole units of the currency.",
    "customers": "How many customers are in the stage.",
}
LIFECYCLE_KEYS = {
    "lifecycle": "The key of the lifecycle: small letters, digits, _.",
    "title": "The name people see, in English and Chinese.",
    "meaning": "What this view of the customer is for, in words.",
    "stages": "The stages from first to last, each under its key.",
    "rule_order": "The keys of the stages in the order their rules are tried; without it, the order of the stages.",
    "forward_only": "true when nobody falls back behind the furthest stage reached; leaving stages stay open.",
}
STAGE_KEYS = {
    "title": "The name people see, in English and Chinese.",
    "meaning": "Who is in this stage, in words. Without it a definition is refused.",
    "needs": "What customers in this stage need from us: a list of texts.",
    "rule": "The condition over features; the first stage whose rule is true takes the customer.",
    "rule_words": "The rule in words, where the generated ones are not good enough.",
    "minimum_stay": "For how many days after entering nothing moves a customer out.",
    "leave": "The condition over features until which a customer stays, whatever the other rules say.",
    "owner": "The team that answers for this stage.",
    "task_target": "What the team does, measured: words, and where possible metric, days, target.",
    "outcome_target": "What comes of it, measured: words, and where possible metric, days, target.",
    "strategies": "What to do for these customers: a list of texts, each with the campaign where there is one.",
    "leaving": "true for the stage of customers who are gone or going.",
}
GOAL_KEYS = {
    "en": "The goal in English.",
    "zh": "The goal in Chinese.",
    "metric": f"What is measured: {', '.join(METRICS)}.",
    "days": "The days over which it is measured.",
    "target": "The number to reach; a share such as 0.3 for rates.",
    "at_most": "true when the number must stay below the target.",
}
ReadRule = Callable[[str], Rule]
MOST_STAGES = 60


def to_lifecycle(section: Section, read_rule: ReadRule) -> Lifecycle | None:
    """One lifecycle, or None after a problem that leaves nothing to go on with."""
    section.known(LIFECYCLE_KEYS)
    key = section.text("lifecycle") or ""
    if not KEY.fullmatch(key):
        section.problem("lifecycle", f'"{key}" is no key: use small letters, digits and _.')
    title, meaning = section.words("title"), section.words("meaning")
    stages = tuple(_stage(name, each, read_rule) for name, each in section.named("stages", "stage").items())
    if len(stages) < 2:
        section.problem("stages", "a lifecycle needs at least two stages.")
        return None
    order = _rule_order(section, stages)
    if len(stages) > MOST_STAGES:
        section.problem("stages", f"a lifecycle has at most {MOST_STAGES} stages; found {len(stages)}.")
    return Lifecycle(key, title, meaning, stages, order, section.built_in, section.flag("forward_only"))


def _rule_order(section: Section, stages: tuple[Stage, ...]) -> tuple[str, ...]:
    keys = [stage.key for stage in stages]
    open_stages = [stage.key for stage in stages if not stage.rule_text]
    if len(open_stages) != 1:
        found = ", ".join(open_stages) or "none"
        section.problem(
            "stages",
            f"exactly one stage has no rule and takes everybody else; found {found}.",
        )
        return tuple(keys)
    default = [key for key in keys if key not in open_stages] + open_stages
    order = list(section.texts("rule_order")) or default
    if sorted(order) != sorted(keys):
        section.problem("rule_order", f"rule_order must list every stage once: {', '.join(default)}.")
        return tuple(default)
    if order[-1] != open_stages[0]:
        section.problem("rule_order", f'"{open_stages[0]}" has no rule and must come last in rule_order.')
    return tuple(order)


def _stage(key: str, section: Section, read_rule: ReadRule) -> Stage:
    section.known(STAGE_KEYS)
    text, leave = section.text("rule") or "", section.text("leave") or ""
    owner = section.words("owner", required=section.built_in)
    needs = tuple(_plain_words(each) for each in section.sections("needs", "needs"))
    if section.built_in and not needs:
        section.problem("needs", f"{section.name} needs a list of needs.")
    return Stage(
        key,
        section.words("title"),
        section.words("meaning"),
        needs,
        _rule(section, text, read_rule),
        text,
        owner,
        _goal(section, "task_target"),
        _goal(section, "outcome_target"),
        tuple(_strategy(each) for each in section.sections("strategies", "strategies")),
        section.flag("leaving"),
        section.words("rule_words", required=False) if section.has("rule_words") else None,
        section.days("minimum_stay"),
        _rule(section, leave, read_rule, "leave"),
        leave,
    )


def _plain_words(section: Section) -> Words:
    section.known(("en", "zh"))
    return section.own_words()


def _rule(section: Section, text: str, read_rule: ReadRule, key: str = "rule") -> Rule | None:
    if not text:
        return None
    try:
        return read_rule(text)
    except DefinitionError as error:
        name = "rule" if key == "rule" else f'"{key}" rule'
        section.problem(key, f"the {name} of {section.name} is wrong: {error.problems[0]}")
        return None


def _goal(section: Section, key: str) -> Goal:
    inner = section.section(key, f'"{key}" of {section.name}')
    if inner is None:
        if section.built_in:
            section.problem(key, f"{section.name} needs a {key}.")
        return Goal(Words("", ""))
    inner.known(GOAL_KEYS)
    metric = inner.choice("metric", METRICS)
    if (metric is None) != (not inner.has("target")) and not inner.has("metric"):
        inner.problem("target", f'"target" of {section.name} needs a metric: {", ".join(METRICS)}.')
    return Goal(inner.own_words(), metric, inner.days("days"), inner.number("target"), inner.flag("at_most"))


def _strategy(section: Section) -> Strategy:
    section.known(("en", "zh", "campaign"))
    return Strategy(section.own_words(), section.text("campaign"))


def to_value_segments(sections: Mapping[str, Section]) -> dict[str, ValueSegment]:
    """The eight value segments and prospect, in the order of the file, with their campaigns."""
    found = {}
    for key, section in sections.items():
        section.known(("title", "meaning", "advice"))
        advice = []
        for each in section.sections("advice", "advice"):
            each.known(("campaign", "title", "meaning"))
            name = f"{key}.{each.text('campaign')}"
            advice.append(Campaign(name, key, each.words("title"), each.words("meaning")))
        found[key] = ValueSegment(key, section.words("title"), section.words("meaning"), tuple(advice))
    return found
