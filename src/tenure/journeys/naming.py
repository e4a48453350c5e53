"""What a journey may speak of: the features, the value segment, the stage in each lifecycle, the own segments."""

from __future__ import annotations

from collections.abc import Mapping

from tenure.definitions import Definitions, Feature, Words, parse
from tenure.definitions.located import did_you_mean
from tenure.journeys.journey import Condition, Goal, Journey, Trigger
from tenure.journeys.reading import Parse

__all__ = ["IN", "STAGE", "columns", "rules_over", "unknown_places"]

STAGE = "stage_"
IN = "in_segment_"


def columns(definitions: Definitions) -> Mapping[str, Feature]:
    """Everything a journey's rule can read: features, `segment`, `stage_<lifecycle>`, `in_segment_<own segment>`."""
    if definitions.hash not in _known:
        _known.clear()
        _known[definitions.hash] = {**definitions.features, **_places(definitions)}
    return _known[definitions.hash]


_known: dict[str, Mapping[str, Feature]] = {}


def _places(definitions: Definitions) -> dict[str, Feature]:
    words = {"segment": Words("value segment", "价值分群")}
    for key, lifecycle in definitions.lifecycles.items():
        title = lifecycle.title
        words[STAGE + key] = Words(f"stage in {title.text('en')}", f"「{title.text('zh')}」中的阶段")
    found = {key: Feature(key, title, title, "last", "text", "text") for key, title in words.items()}
    for key, segment in definitions.segments.items():
        en, zh = segment.title.text("en"), segment.title.text("zh")
        some, none = Words(f"is in “{en}”", f"属于「{zh}」"), Words(f"is not in “{en}”", f"不属于「{zh}」")
        name = IN + key
        found[name] = Feature(name, segment.title, segment.title, "last", "boolean", "text", some=some, none=none)
    return found


def rules_over(definitions: Definitions) -> Parse:
    """A reader of rules over all that a journey may speak of."""
    known = columns(definitions)

    def read(text: str) -> Condition:
        return parse(text, known)

    return read


def unknown_places(journey: Journey, definitions: Definitions) -> list[tuple[str, str]]:
    """(trigger or goal, sentence) for every stage and segment that the journey names and nobody defined."""
    found = [("trigger", sentence) for sentence in _unknown(journey.trigger, definitions)]
    if journey.goal is not None:
        found += [("goal", sentence) for sentence in _unknown(journey.goal, definitions)]
    return found


def _unknown(place: Trigger | Goal, definitions: Definitions) -> list[str]:
    if isinstance(place, Trigger) and place.segment:
        known = [*definitions.value_segments, *definitions.segments]
        if place.segment not in known:
            return [f'there is no segment "{place.segment}".{did_you_mean(place.segment, known)}']
        return []
    if not place.lifecycle:
        return []
    lifecycle = definitions.lifecycles.get(place.lifecycle)
    if lifecycle is None:
        return [f'there is no lifecycle "{place.lifecycle}".{did_you_mean(place.lifecycle, definitions.lifecycles)}']
    stages = [stage.key for stage in lifecycle.stages]
    if place.stage in stages:
        return []
    return [f'there is no stage "{place.stage}" in a lifecycle "{place.lifecycle}".{did_you_mean(place.stage, stages)}']
