"""What a journey may speak of: the features, the value segment, the stage in each lifecycle; and reading its tree."""

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tenure import journeys
from tenure.definitions import Definitions, Feature, Words, parse
from tenure.errors import DefinitionError
from tenure_web.journeys.models import Journey, Version
from tenure_web.messages.models import Template
from tenure_web.worker import workspace

__all__ = ["columns", "of_version", "problems", "read", "readable", "rule_words"]

log = logging.getLogger("tenure.journeys")

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


def read(tree: Mapping[str, Any]) -> journeys.Journey:
    """The checked journey of a tree. Raises DefinitionError with all that is wrong."""
    known = columns(workspace.current().definitions)
    return journeys.read(tree, lambda text: parse(text, known))


def problems(tree: Mapping[str, Any]) -> list[str]:
    """All that stands against publishing the tree: how it is written, and what it names that is not there."""
    try:
        journey = read(tree)
    except DefinitionError as error:
        return list(error.problems)
    definitions, found = workspace.current().definitions, []
    places = [(journey.trigger.lifecycle, journey.trigger.stage)]
    places += [(journey.goal.lifecycle, journey.goal.stage)] if journey.goal else []
    for lifecycle, stage in places:
        if lifecycle and not _is_stage(definitions, lifecycle, stage):
            found.append(f'{journey.key}: there is no stage "{stage}" in a lifecycle "{lifecycle}".')
    if journey.trigger.segment and not _is_segment(definitions, journey.trigger.segment):
        found.append(f'{journey.key}: there is no segment "{journey.trigger.segment}".')
    known = set(Template.objects.filter(key__in=journey.templates).values_list("key", flat=True))
    found += [f'{journey.key}: there is no template "{key}".' for key in sorted(journey.templates - known)]
    return found


def _is_segment(definitions: Definitions, key: str) -> bool:
    return key in definitions.value_segments or key in definitions.segments


def _is_stage(definitions: Definitions, lifecycle: str, stage: str) -> bool:
    found = definitions.lifecycles.get(lifecycle)
    return found is not None and any(each.key == stage for each in found.stages)


def rule_words(text: str, language: str) -> str:
    """A rule in plain words, segments and stages by their names; its own text while it cannot be read."""
    definitions = workspace.current().definitions
    try:
        said = parse(text, columns(definitions)).words(language)
    except DefinitionError:
        return text
    titles = {key: one.title for key, one in definitions.value_segments.items()}
    for lifecycle in definitions.lifecycles.values():
        titles.update({stage.key: stage.title for stage in lifecycle.stages if STAGE + lifecycle.key in text})
    for key, title in titles.items():
        said = said.replace(f'"{key}"', f"“{title.text('en')}”").replace(f"「{key}」", f"「{title.text('zh')}」")
    return said


def of_version(version: Version) -> journeys.Journey:
    """The journey that people on this version walk. Raises DefinitionError when the definitions moved away under it."""
    return _of_version(version.pk, workspace.current().definitions.hash, str(workspace.current().folder), version)


def readable(version: Version) -> journeys.Journey | None:
    """The same, or nothing: then the journey is paused and says why."""
    try:
        return of_version(version)
    except DefinitionError as error:
        log.error("journey %s paused: %s", version.journey_id, error)
        Journey.objects.filter(pk=version.journey_id).update(state=Journey.PAUSED, problem=str(error))
        return None


@lru_cache(maxsize=256)
def _of_version(_pk: int, _hash: str, _folder: str, version: Version) -> journeys.Journey:
    return read(version.tree)
