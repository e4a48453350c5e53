"""Editors are told what the loader accepts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from tenure.definitions import schema

from .test_loader import FEATURE, LIFECYCLE, SEGMENT

BUILT_IN = Path(schema.FILE).with_name("builtin")


def test_the_file_is_what_the_code_says() -> None:
    assert schema.FILE.read_text("utf-8") == schema.written(), "run: python -m tenure.definitions.schema"
    Draft202012Validator.check_schema(schema.schema())


@pytest.mark.parametrize(
    "path", [BUILT_IN / "features.yml", *sorted((BUILT_IN / "lifecycles").glob("*.yml"))], ids=lambda p: p.name
)
def test_built_in_files_are_valid(path: Path) -> None:
    found = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)
    assert [error.message for error in Draft202012Validator(schema.schema()).iter_errors(found)] == []


@pytest.mark.parametrize("text", [FEATURE, SEGMENT, LIFECYCLE])
def test_own_files_are_valid_and_misspelt_ones_are_not(text: str) -> None:
    validator = Draft202012Validator(json.loads(schema.FILE.read_text("utf-8")))
    loaded = yaml.load(text.replace("[yes, true]", "['yes', 'true']"), Loader=yaml.CSafeLoader)
    assert validator.is_valid(loaded)
    assert not validator.is_valid(yaml.load(text.replace("meaning:", "meanin:"), Loader=yaml.CSafeLoader))
