"""A journey's tree read against the workspace's present definitions, and what stands against publishing it."""

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from tenure import journeys
from tenure.definitions import parse
from tenure.errors import DefinitionError
from tenure.journeys import STAGE, columns
from tenure_web.journeys.models import Journey, Version
from tenure_web.messages.models import Template
from tenure_web.worker import workspace

__all__ = ["columns", "of_version", "problems", "read", "readable", "rule_words"]

log = logging.getLogger("tenure.journeys")


def read(tree: Mapping[str, Any]) -> journeys.Journey:
    """The checked journey of a tree. Raises DefinitionError with all that is wrong."""
    return journeys.read(tree, journeys.rules_over(workspace.current().definitions))


def problems(tree: Mapping[str, Any]) -> list[str]:
    """All that stands against publishing the tree: how it is written, and what it names that is not there."""
    try:
        journey = read(tree)
    except DefinitionError as error:
        return list(error.problems)
    unknown = journeys.unknown_places(journey, workspace.current().definitions)
    found = [f"{journey.key}: {sentence}" for _where, sentence in unknown]
    known = set(Template.objects.filter(key__in=journey.templates).values_list("key", flat=True))
    found += [f'{journey.key}: there is no template "{key}".' for key in sorted(journey.templates - known)]
    return found


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
