"""Who is in which own segment, as the web reads it: rows in step with what the library computed, differences only.

Segments that rank everybody (percentiles) are unknown for a few customers alone: their rows stay until all are done.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import duckdb

from tenure.definitions import Definitions
from tenure.segments import member_column, member_view
from tenure.workspace import Workspace
from tenure_web.customers.labels import label_id, label_ids
from tenure_web.customers.models import Membership, MembershipMove
from tenure_web.customers.shown import CHUNK, Found

__all__ = ["KIND", "drop_unknown", "few", "some"]

KIND = "own"  # the kind of label: own segments' keys
Pair = tuple[int, int]  # customer_key, label of the segment


def few(workspace: Workspace, found: Found) -> int:
    """Bring a few customers' memberships in step; returns how many came or went."""
    definitions = workspace.definitions
    if not definitions.segments or not found.rows:
        return 0
    names = {key: member_column(key).strip('"') for key in definitions.segments}
    known = {key: label_id(KIND, key) for key, name in names.items() if name in found.rows[0]}
    now = {(row["customer_key"], known[key]) for row in found.rows for key in known if row[names[key]]}
    held = Membership.objects.filter(customer_key__in=found.keys, segment__in=list(known.values()))
    return _write(now, set(held.values_list("customer_key", "segment")), found.at, found.cause)


def some(
    con: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    keys: tuple[int, int],
    newer: set[int],
    at: datetime,
    cause: str,
) -> int:
    """The same for all customers with keys in a range (from, not counted; to, counted), save those touched since."""
    if not definitions.segments:
        return 0
    labels = {key: label_id(KIND, key) for key in definitions.segments}
    low, high = keys
    view = member_view(con, definitions)
    rows = con.execute(f"SELECT * FROM ({view}) WHERE customer_key > {low} AND customer_key <= {high}").fetchall()
    now = {(key, labels[segment]) for key, segment in rows if key not in newer}
    held = Membership.objects.filter(customer_key__gt=low, customer_key__lte=high, segment__in=list(labels.values()))
    before = {(key, segment) for key, segment in held.values_list("customer_key", "segment") if key not in newer}
    return _write(now, before, at, cause)


def drop_unknown(definitions: Definitions) -> int:
    """Forget memberships in segments that are defined no more."""
    gone = [number for key, number in label_ids(KIND).items() if key not in definitions.segments]
    return Membership.objects.filter(segment__in=gone).delete()[0] if gone else 0


def _write(now: set[Pair], before: set[Pair], at: datetime, cause: str) -> int:
    came, went = sorted(now - before), sorted(before - now)
    Membership.objects.bulk_create(
        (Membership(customer_key=key, segment=segment) for key, segment in came),
        ignore_conflicts=True,
        batch_size=CHUNK,
    )
    for segment, keys in _by_segment(went).items():
        for start in range(0, len(keys), 900):
            Membership.objects.filter(segment=segment, customer_key__in=keys[start : start + 900]).delete()
    MembershipMove.objects.bulk_create(
        [*_moves(came, True, at, cause), *_moves(went, False, at, cause)], batch_size=CHUNK
    )
    return len(came) + len(went)


def _moves(pairs: Iterable[Pair], entered: bool, at: datetime, cause: str) -> list[MembershipMove]:
    return [
        MembershipMove(customer_key=key, segment=segment, entered=entered, at=at, cause=cause) for key, segment in pairs
    ]


def _by_segment(pairs: Sequence[Pair]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = {}
    for key, segment in pairs:
        found.setdefault(segment, []).append(key)
    return found
