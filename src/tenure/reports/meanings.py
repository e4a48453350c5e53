"""What each metric means: one definition a metric in each language, in meanings.yml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from tenure.definitions import Words

__all__ = ["MEANINGS"]


def _read() -> dict[str, Words]:
    written = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text("utf-8"))
    return {key: Words(**words) for key, words in written.items()}


MEANINGS: Mapping[str, Words] = _read()
