"""The guides in both languages name every entry and hold the tables of what ships."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tenure import definitions
from tenure.definitions import reading_features, reading_lifecycles, reading_segments, reference, screening

GUIDES = Path(__file__).parents[3] / "docs" / "guides"
KEYS = {
    *reading_features.FEATURE_KEYS,
    *reading_features.OF,
    *reading_features.DECLARED,
    *reading_lifecycles.LIFECYCLE_KEYS,
    *reading_lifecycles.STAGE_KEYS,
    *reading_segments.SEGMENT_KEYS,
    *reading_segments.RFM_KEYS,
    *reading_lifecycles.METRICS,
    *screening.FUNCTIONS,
} - {"time"}


def fresh(text: str, language: str) -> str:
    """The guide with its tables made anew."""
    found = definitions.built_in()
    for name, table in (("features", reference.features_table), ("lifecycles", reference.lifecycles_table)):
        written = f"<!-- {name} -->\n{table(found, language)}\n<!-- end -->"
        text = re.sub(f"<!-- {name} -->.*?<!-- end -->", lambda _, new=written: new, text, flags=re.S)
    return text


@pytest.mark.parametrize(("name", "language"), [("definitions.md", "en"), ("definitions.zh.md", "zh")])
def test_the_tables_are_those_of_the_definitions(name: str, language: str) -> None:
    path = GUIDES / name
    new = fresh(path.read_text("utf-8"), language)
    assert path.read_text("utf-8") == new, (
        "the built-in definitions changed: run python -m tests.library.definitions.test_guides"
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_reference_is_what_the_code_says(language: str) -> None:
    path = GUIDES / reference.FILES[language]
    assert path.read_text("utf-8") == reference.reference(language), "run: python -m tenure.definitions.reference"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_entry_is_named(language: str) -> None:
    name = "definitions.md" if language == "en" else "definitions.zh.md"
    text = (GUIDES / name).read_text("utf-8") + reference.reference(language)
    assert [key for key in sorted(KEYS) if not re.search(f"`{key}[`(:]", text)] == []


if __name__ == "__main__":
    for file, tongue in (("definitions.md", "en"), ("definitions.zh.md", "zh")):
        (GUIDES / file).write_text(fresh((GUIDES / file).read_text("utf-8"), tongue), "utf-8")
