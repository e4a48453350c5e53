"""Starters for a trade: a lifecycle with its features, segments and journeys, for a new workspace or added later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from tenure.definitions.objects import Words
from tenure.errors import UsageError

__all__ = ["Trade", "lay_out", "trade_folder", "trades"]

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


def trade_folder(key: str) -> Path:
    """The folder with the trade's files, laid out like a workspace's `definitions`. Raises UsageError if unknown."""
    if key not in ORDER:
        raise UsageError(f'There is no template "{key}". Known: {", ".join(ORDER)}.')
    return Path(str(resources.files("tenure.definitions") / HOME / key))


def _read(key: str) -> Trade:
    import yaml  # only when a workspace is made: commands that make none should start quickly

    found = yaml.load((trade_folder(key) / "template.yml").read_text("utf-8"), Loader=yaml.CSafeLoader)
    return Trade(key, Words(**found["title"]), Words(**found["meaning"]), found["board"])


def lay_out(key: str, folder: Path, kinds: Sequence[str] = KINDS) -> Trade:
    """Copy the trade's files into `folder` (a workspace's `definitions`). Raises UsageError for an unknown trade.

    A file that is there already is the company's own and stays as it is.
    """
    home = trade_folder(key)
    for kind in kinds:
        for source in sorted((home / kind).glob("*.yml")):
            target = folder / kind / source.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                target.write_text(source.read_text("utf-8"), "utf-8")
    return _read(key)
