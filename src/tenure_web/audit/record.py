"""Writing down an act, and finding out whether anything written was changed since."""

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from tenure_web.audit.models import Entry

__all__ = ["ANCHOR", "Finding", "record", "seal_of", "verify"]

ANCHOR = "audit.anchor"
_LOCK = 7_210_001  # PostgreSQL advisory lock: one writer of the chain at a time


def record(by: Any, verb: str, target: object = "", detail: dict[str, Any] | None = None) -> Entry:
    """Add one act to the audit. `by` is a request, a user or None for the system. No personal values in `detail`."""
    user = getattr(by, "user", by)
    known = bool(getattr(user, "is_authenticated", False))
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = Entry.objects.order_by("-number").only("number", "seal").first()
        entry = Entry(
            number=last.number + 1 if last else 1,
            at=timezone.now(),
            actor_id=user.pk if known else None,
            actor=user.email if known else "",
            verb=verb,
            target=str(target)[:200],
            detail=_plain(detail or {}),
            before=last.seal if last else "",
        )
        entry.seal = seal_of(entry)
        entry.save(force_insert=True)
        transaction.on_commit(lambda: _anchor(entry.number, entry.seal))
    return entry


def _plain(value: Any) -> Any:
    """The value as both databases give it back: fractions and instants as text, so that a seal never wavers."""
    if isinstance(value, dict):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def seal_of(entry: Entry) -> str:
    """The keyed hash of a row and the seal before it."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    row = [entry.number, at, entry.actor_id, entry.actor, entry.verb, entry.target, entry.detail, entry.before]
    text = json.dumps(row, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    key = hashlib.sha256(b"tenure audit " + settings.SECRET_KEY.encode()).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _path() -> Path:
    return Path(settings.WORKSPACE) / ANCHOR


def _anchor(number: int, seal: str) -> None:
    """Keep the newest seal outside the database as well, so that cutting off the end is seen."""
    if (read_anchor() or (0, ""))[0] >= number:
        return
    path = _path()
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps({"count": number, "seal": seal}))
    os.replace(fresh, path)


def read_anchor(path: Path | None = None) -> tuple[int, str] | None:
    """(count, seal) as last written outside the database, None when there is no anchor yet."""
    try:
        found = json.loads((path or _path()).read_text())
        return int(found["count"]), str(found["seal"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        return -1, ""


@dataclass(frozen=True)
class Finding:
    """What `verify` saw. `number` is the first bad row, None when all is well."""

    rows: int
    number: int | None = None
    problem: str = ""
    at: datetime | None = None


def verify(anchor: Path | None = None) -> Finding:
    """Walk the chain from the first row and name the first that was altered, removed or moved."""
    before, rows, seals_at = "", 0, read_anchor(anchor)
    for entry in _entries():
        rows += 1
        if entry.number != rows:
            return Finding(rows - 1, rows, f"audit row {rows} is missing", entry.at)
        if entry.before != before or not hmac.compare_digest(seal_of(entry), entry.seal):
            return Finding(rows, rows, f"audit row {rows} was changed after it was written", entry.at)
        if seals_at and seals_at[0] == rows and seals_at[1] != entry.seal:
            return Finding(rows, rows, f"audit row {rows} is not the one that {ANCHOR} names", entry.at)
        before = entry.seal
    if seals_at and seals_at[0] < 0:
        return Finding(rows, 1, f"{ANCHOR} cannot be read")
    if seals_at and seals_at[0] > rows:
        return Finding(rows, rows + 1, f"audit row {rows + 1} is missing: {ANCHOR} counts {seals_at[0]} rows")
    return Finding(rows)


def _entries() -> Iterator[Entry]:
    return Entry.objects.order_by("number").iterator(chunk_size=2000)
