"""Definitions: what a company calls a feature, a lifecycle, a stage, a segment; checked, frozen, in two languages."""

from tenure.definitions.crossings import Crossings, crossings
from tenure.definitions.loader import built_in, check, load, stamp
from tenure.definitions.objects import (
    Campaign,
    Definitions,
    Events,
    Feature,
    Goal,
    Lifecycle,
    Rfm,
    Segment,
    Stage,
    Strategy,
    ValueSegment,
    Words,
)
from tenure.definitions.rules import Expression, Reason, Rule, parse, parse_expression
from tenure.definitions.value_segments import (
    FEW_DAYS,
    FEW_REPEAT_CUSTOMERS,
    PROSPECT,
    VALUE_SEGMENTS,
    value_segment,
    value_segment_few,
)

__all__ = [
    "FEW_DAYS",
    "FEW_REPEAT_CUSTOMERS",
    "PROSPECT",
    "VALUE_SEGMENTS",
    "Campaign",
    "Crossings",
    "Definitions",
    "Events",
    "Expression",
    "Feature",
    "Goal",
    "Lifecycle",
    "Reason",
    "Rfm",
    "Rule",
    "Segment",
    "Stage",
    "Strategy",
    "ValueSegment",
    "Words",
    "built_in",
    "check",
    "crossings",
    "load",
    "parse",
    "parse_expression",
    "stamp",
    "value_segment",
    "value_segment_few",
]
