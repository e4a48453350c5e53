"""Definitions: what a company calls a feature, a lifecycle, a stage, a segment; checked, frozen, in two languages."""

from tenure.definitions import versions
from tenure.definitions.crossings import Crossings, crossings
from tenure.definitions.drafts import Change, changes, drafted, lists, pieces, with_texts
from tenure.definitions.list_files import forget
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
    Since,
    Stage,
    Strategy,
    Trait,
    ValueSegment,
    Words,
)
from tenure.definitions.patching import Patch, plain
from tenure.definitions.pulled_sources import PulledSource, pulled_sources
from tenure.definitions.rows import ROW_OPERATORS, Row, Rows, rows_of
from tenure.definitions.rules import Expression, Reason, Rule, parse, parse_expression
from tenure.definitions.section import KEY
from tenure.definitions.texts import Draft, Sort, Written, draft, find, keys_of, put, remove, without
from tenure.definitions.trades import Trade, lay_out, trade_folder, trades
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
    "KEY",
    "PROSPECT",
    "ROW_OPERATORS",
    "VALUE_SEGMENTS",
    "Campaign",
    "Change",
    "Crossings",
    "Definitions",
    "Draft",
    "Events",
    "Expression",
    "Feature",
    "Goal",
    "Lifecycle",
    "Patch",
    "PulledSource",
    "Reason",
    "Rfm",
    "Row",
    "Rows",
    "Rule",
    "Segment",
    "Since",
    "Sort",
    "Stage",
    "Strategy",
    "Trade",
    "Trait",
    "ValueSegment",
    "Words",
    "Written",
    "built_in",
    "changes",
    "check",
    "crossings",
    "draft",
    "drafted",
    "find",
    "forget",
    "keys_of",
    "lay_out",
    "lists",
    "load",
    "parse",
    "parse_expression",
    "pieces",
    "plain",
    "pulled_sources",
    "put",
    "remove",
    "rows_of",
    "stamp",
    "trade_folder",
    "trades",
    "value_segment",
    "value_segment_few",
    "versions",
    "with_texts",
    "without",
]
