"""Starters for a trade: a lifecycle with its features, segments and journeys, copied into a new workspace."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from tenure.definitions.objects import Words
from tenure.errors import UsageError

__all__ = ["Trade", "lay_out", "trades"]

HOME = "templates"
KINDS = ("features", "lifecycles", "segments", "journeys")
ORDER = ("ecommerce", "subscription", "finance", "retail", "food", "hotel", "fitness")


@dataclass(frozen=True)
class Trade:
    """A trade one can start from. `lifecycle` is the one its board opens with."""

    key: str
    title: Words
    meaning: Words
    lifecycle: str


def trades() -> tuple[Trade, ...]:
    """All trades that ship."""
    return tuple(_read(key) for key in ORDER)


def _home(key: str) -> Path:
    return Path(str(resources.files("tenure.definitions") / HOME / key))


def _read(key: str) -> Trade:
    import yaml  # only when a workspace is made: commands that make none should start quickly

    found = yaml.load((_home(key) / "template.yml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    return Trade(key, Words(**found["title"]), Words(**found["meaning"]), found["lifecycle"])


def lay_out(key: str, folder: Path) -> Trade:
    """Copy the trade's files into `folder` (a workspace's `definitions`). Raises UsageError for an unknown trade.

    A file that is there already is the company's own and stays as it is.
    """
    if key not in ORDER:
        raise UsageError(f'There is no template "{key}". Known: {", ".join(ORDER)}.')
    for kind in KINDS:
        for source in sorted((_home(key) / kind).glob("*.yml")):
            target = folder / kind / source.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                target.write_text(source.read_text("utf-8"), "utf-8")
    return _read(key)
