"""Ready-made journeys: a journey with its templates in both languages, made by one click."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from tenure.definitions import Words
from tenure.journeys import numbered
from tenure_web.journeys.models import Journey
from tenure_web.messages.models import Template

__all__ = ["Starter", "create", "empty", "free_key", "starters"]

FOLDER = Path(__file__).parent / "starters"


@dataclass(frozen=True)
class Starter:
    """A ready-made journey. `tree` and `templates` are copied when it is used."""

    key: str
    title: Words
    meaning: Words
    tree: dict[str, Any]
    templates: tuple[dict[str, str], ...]


@lru_cache(maxsize=1)
def starters() -> tuple[Starter, ...]:
    """All that are shipped."""
    found = []
    for path in sorted(FOLDER.glob("*.yml"), reverse=True):
        read = yaml.safe_load(path.read_text("utf-8"))
        tree = read["journey"]
        found.append(
            Starter(path.stem, Words(**tree["title"]), Words(**tree["meaning"]), tree, tuple(read["templates"]))
        )
    return tuple(found)


def create(key: str, user: Any) -> Journey:
    """Make a draft from a starter; templates that are there already stay as the company wrote them."""
    starter = next(found for found in starters() if found.key == key)
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
