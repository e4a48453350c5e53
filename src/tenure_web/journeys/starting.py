"""Ready-made journeys: a journey with its templates in both languages, made by one click."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import transaction

from tenure.definitions import Words
from tenure.errors import TenureError
from tenure.journeys import numbered
from tenure_web.journeys.catalogue import problems as problems_of
from tenure_web.journeys.models import Journey
from tenure_web.messages.models import Template
from tenure_web.worker import workspace

__all__ = ["Starter", "create", "empty", "free_key", "starters"]

FOLDER = Path(__file__).parent / "starters"


NO_WORDS = Words("", "")


@dataclass(frozen=True)
class Starter:
    """A ready-made journey. `tree` and `templates` are copied when it is used; `problem` says why it cannot be."""

    key: str
    title: Words
    meaning: Words = NO_WORDS
    tree: dict[str, Any] = field(default_factory=dict)
    templates: tuple[dict[str, str], ...] = ()
    problem: str = ""


def starters() -> tuple[Starter, ...]:
    """All that are shipped, and the company's own from definitions/journeys."""
    own = sorted((workspace.current().folder / "definitions" / "journeys").glob("*.yml"))
    return (*_shipped(), *(_own(path) for path in own))


@lru_cache(maxsize=1)
def _shipped() -> tuple[Starter, ...]:
    return tuple(_read(path.stem, path) for path in sorted(FOLDER.glob("*.yml"), reverse=True))


def _read(key: str, path: Path) -> Starter:
    found = yaml.safe_load(path.read_text("utf-8"))
    tree = found["journey"]
    meaning = Words(**tree["meaning"]) if tree.get("meaning") else NO_WORDS
    return Starter(key, Words(**tree["title"]), meaning, numbered(tree), tuple(found.get("templates", ())))


def _own(path: Path) -> Starter:
    """A company's file; one that cannot be used is shown with the reason."""
    key = f"own-{path.stem}"
    try:
        starter = _read(key, path)
        problems = problems_of(starter.tree)
        for words in starter.templates:
            Template(**words).clean_fields(exclude=["id", "updated_by"])
    except (yaml.YAMLError, KeyError, TypeError, AttributeError, ValidationError, TenureError, OSError) as error:
        return Starter(key, Words(path.name, path.name), problem=f"{type(error).__name__}: {error}"[:300])
    missing = [each for each in problems if "no template" not in each]
    return replace(starter, problem=missing[0]) if missing else starter


def create(key: str, user: Any) -> Journey:
    """Make a draft from a starter; templates that are there already stay as the company wrote them."""
    starter = next(found for found in starters() if found.key == key and not found.problem)
    with transaction.atomic():
        for words in starter.templates:
            Template.objects.get_or_create(key=words["key"], defaults={**words, "updated_by": user})
        tree = numbered(starter.tree)
        tree["key"] = free_key(tree["key"])
        return Journey.objects.create(key=tree["key"], draft=tree, created_by=user)


def empty(title: Words, user: Any) -> Journey:
    """A draft with a name and nothing else."""
    key = free_key("journey")
    tree = {"key": key, "title": {"en": title.en, "zh": title.zh}, "trigger": {}, "again": "never", "steps": []}
    return Journey.objects.create(key=key, draft=tree, created_by=user)


def free_key(wanted: str) -> str:
    """The key itself, or with a number behind it where it is taken."""
    key, number = wanted, 2
    while Journey.objects.filter(key=key).exists():
        key, number = f"{wanted}-{number}", number + 1
    return key
