"""The store: facts in open Delta tables, read through pinned snapshots."""

from tenure.store.companies import colleagues
from tenure.store.engine import Handed
from tenure.store.engines import Connection
from tenure.store.held import Held
from tenure.store.layout import BODY_ORDER
from tenure.store.parts import in_parts
from tenure.store.room import Store
from tenure.store.score_keeping import keep_scores
from tenure.store.scores import SCORES, known_sql
from tenure.store.sheets import Allowed, Sheet, Sheets, take_in
from tenure.store.snapshot import Pin, Snapshot
from tenure.store.tables import BUCKETS, EVENT_COLUMNS, TABLES, Table

__all__ = [
    "BODY_ORDER",
    "BUCKETS",
    "EVENT_COLUMNS",
    "SCORES",
    "TABLES",
    "Allowed",
    "Connection",
    "Handed",
    "Held",
    "Pin",
    "Sheet",
    "Sheets",
    "Snapshot",
    "Store",
    "Table",
    "colleagues",
    "in_parts",
    "keep_scores",
    "known_sql",
    "take_in",
]
