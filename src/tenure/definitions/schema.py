"""JSON Schema of definition files, so that editors complete and check while people type.

`schema.json` beside this file is what `schema()` returns; a test holds the two equal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from tenure.definitions.kinds import PERIODS, UNITS
from tenure.definitions.objects import Type, Unit
from tenure.definitions.reading_events import EVENT_KINDS
from tenure.definitions.reading_features import DECLARED, FEATURE_KEYS
from tenure.definitions.reading_lifecycles import (
    GOAL_KEYS,
    LIFECYCLE_KEYS,
    METRICS,
    STAGE_KEYS,
)
from tenure.definitions.reading_profiles import TRAIT_KEYS
from tenure.definitions.reading_segments import RFM_KEYS, SEGMENT_KEYS
from tenure.definitions.section import KEY

__all__ = ["FILE", "main", "schema", "written"]

FILE = Path(__file__).with_name("schema.json")
Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"oneOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_WORDS: Schema = {"$ref": "#/$defs/words"}
_KINDS_OF_CALL: Schema = {
    "oneOf": [{"enum": list(EVENT_KINDS)}, {"type": "array", "items": {"enum": list(EVENT_KINDS)}}]
}
_WHERE: Schema = {"oneOf": [_TEXT, {"type": "object", "additionalProperties": _TEXTS}]}
_SINCE: Schema = {
    "oneOf": [
        *_TEXTS["oneOf"],
        {
            "type": "object",
            "properties": {"events": _TEXTS, "kinds": _KINDS_OF_CALL, "where": _WHERE},
            "additionalProperties": False,
        },
    ]
}
_FEATURE: dict[str, Schema] = {
    "kind": {"enum": list(DECLARED)},
    "events": _TEXTS,
    "kinds": _KINDS_OF_CALL,
    "where": _WHERE,
    "period": {"enum": list(PERIODS)},
    "since_first": _SINCE,
    "since_last": _SINCE,
    "every": {"enum": list(UNITS)},
    "part": _TEXT,
    "of": {
        "type": "string",
        "pattern": "^(amount|quantity|order_id|product|category|day|time|id|since|members|property:.+)$",
    },
    "within_days": {"type": "integer", "minimum": 1, "maximum": 36500},
    "expression": _TEXT,
    "type": {"enum": list(get_args(Type))},
    "unit": {"enum": list(get_args(Unit))},
}
_STAGE: dict[str, Schema] = {
    "needs": {"type": "array", "items": _WORDS},
    "rule": _TEXT,
    "task_target": {"$ref": "#/$defs/goal"},
    "outcome_target": {"$ref": "#/$defs/goal"},
    "strategies": {"type": "array", "items": {"$ref": "#/$defs/strategy"}},
    "leaving": {"type": "boolean"},
    "minimum_stay": {"type": "integer", "minimum": 1, "maximum": 36500},
    "leave": _TEXT,
}
_GOAL: dict[str, Schema] = {
    "en": _TEXT,
    "zh": _TEXT,
    "metric": {"enum": list(METRICS)},
    "days": {"type": "integer", "minimum": 1, "maximum": 36500},
    "target": {"type": "number"},
    "at_most": {"type": "boolean"},
}


_NUMBERS: Schema = {"type": "array", "items": {"type": "number"}}
_SEGMENT: dict[str, Schema] = {
    "rule": _TEXT,
    "exclude": _TEXT,
    "customers": _TEXTS,
    "file": _TEXT,
    "traits": {
        "type": "object",
        "patternProperties": {f"^{KEY.pattern}$": {"$ref": "#/$defs/trait"}},
        "additionalProperties": False,
    },
    "fit": {"type": "number", "minimum": 1, "maximum": 100},
    "features": {
        "type": "object",
        "patternProperties": {f"^{KEY.pattern}$": {"$ref": "#/$defs/feature"}},
        "additionalProperties": False,
    },
}
_TRAIT: dict[str, Schema] = {"rule": _TEXT, "weight": {"type": "integer", "minimum": 1, "maximum": 100}}
_RFM: dict[str, Schema] = {
    "days": _NUMBERS,
    "orders": _NUMBERS,
    "revenue": _NUMBERS,
    "few_customers": {"type": "integer", "minimum": 0},
    "few_days": _NUMBERS,
    "high_order": {"type": "number"},
}


def schema() -> Schema:
    """The schema of any definition file: of features, of own segments, or of one lifecycle."""
    lifecycle = {"lifecycle": {"type": "string", "pattern": f"^{KEY.pattern}$"}, "rule_order": _TEXTS}
    lifecycle |= {"stages": _each("stage"), "forward_only": {"type": "boolean"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tenure definitions",
        "oneOf": [
            _object({"features": "Features by key."}, {"features": _each("feature")}, ["features"]),
            _object(
                {"segments": "Own segments by key.", "rfm": "How value segments find their cut points."},
                {"segments": _each("segment"), "rfm": {"$ref": "#/$defs/rfm"}},
                [],
            ),
            _object(LIFECYCLE_KEYS, lifecycle, ["lifecycle", "title", "meaning", "stages"]),
        ],
        "$defs": {
            "words": _words(),
            "feature": _object(FEATURE_KEYS, _FEATURE, ["title", "meaning", "kind"]),
            "stage": _object(STAGE_KEYS, _STAGE, ["title", "meaning"]),
            "segment": _object(SEGMENT_KEYS, _SEGMENT, ["title", "meaning"]),
            "trait": _object(TRAIT_KEYS, _TRAIT, ["title", "rule"]),
            "rfm": _object(RFM_KEYS, _RFM, []),
            "goal": {"oneOf": [_TEXT, _object(GOAL_KEYS, _GOAL, [])]},
            "strategy": {"oneOf": [_TEXT, _strategy()]},
        },
    }


def _object(keys: Mapping[str, str], kinds: Mapping[str, Schema], required: list[str]) -> Schema:
    properties = {key: {"description": text, **kinds.get(key, _WORDS)} for key, text in keys.items()}
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _each(noun: str) -> Schema:
    inner = {"$ref": f"#/$defs/{noun}"}
    return {"type": "object", "patternProperties": {f"^{KEY.pattern}$": inner}, "additionalProperties": False}


def _words() -> Schema:
    both = {"en": {"type": "string", "minLength": 1}, "zh": {"type": "string", "minLength": 1}}
    mapping = {"type": "object", "properties": both, "minProperties": 1, "additionalProperties": False}
    return {"description": "A text people read, in English and Chinese.", "oneOf": [_TEXT, mapping]}


def _strategy() -> Schema:
    keys = {"en": _TEXT, "zh": _TEXT, "campaign": {"type": "string", "pattern": r"^[a-z_]+\.[a-z_]+$"}}
    return {"type": "object", "properties": keys, "additionalProperties": False}


def written() -> str:
    """The schema as the file holds it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write schema.json anew."""
    FILE.write_text(written(), "utf-8")


if __name__ == "__main__":
    main()
