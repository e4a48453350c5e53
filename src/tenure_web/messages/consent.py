"""The consent ledger: what was said, by whom and how; and what counts for a customer now."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from tenure.errors import UsageError
from tenure.messages import GRANTED, WITHDRAWN, Entry, current, entry, normal_address
from tenure_web.customers.models import Customer, Profile
from tenure_web.messages.models import EMAIL, Consent, Suppression
from tenure_web.worker import workspace

__all__ = ["UNDONE", "UNPROVEN", "agreed", "counts", "say", "states", "suppress", "take", "take_back", "take_many"]


UNPROVEN = "unproven"  # somebody said yes without saying where and how: kept, shown, and counts for nothing
UNDONE = "undone"  # said by an import that was taken back: kept, shown, and counts for nothing

#: (source key or address, channel, what was said, when, the import that said it)
Said = tuple[int | str, str, object, datetime, int | None]


def take(key: int | str, channel: str, value: object, at: datetime, how: str = "collect") -> None:
    """Keep collected consent; `key` is a source_key, or an address. Taking it twice changes nothing."""
    take_many([(key, channel, value, at, None)], how)


def take_many(rows: Iterable[Said], how: str = "collect") -> int:
    """Keep many at once; returns how many could not count, for want of a basis or a plain yes or no."""
    kept: list[tuple[int | str, str, Entry, int | None]] = []
    for key, channel, value, at, import_id in rows:
        try:
            kept.append((key, channel, entry(value, at), import_id))
        except UsageError as error:
            kept.append((key, channel, Entry(UNPROVEN, "", str(error), at), import_id))
    _keep(kept, how)
    return sum(said.state == UNPROVEN for _, _, said, _ in kept)


def take_back(imports: Collection[int]) -> None:
    """What these imports said counts no more; it stays in the ledger, for somebody may have been written to by it."""
    Consent.objects.filter(import_id__in=imports).exclude(state=UNDONE).update(state=UNDONE)


def _keep(rows: list[tuple[int | str, str, Entry, int | None]], how: str) -> None:
    known = _addresses([key for key, *_ in rows if isinstance(key, int)])
    Consent.objects.bulk_create(
        [
            Consent(
                channel=channel[:20],
                address=known.get(key, "") if isinstance(key, int) else normal_address(key),
                source_key=key if isinstance(key, int) else 0,
                state=said.state,
                basis=said.basis,
                evidence=said.evidence,
                how=how,
                at=said.at,
                import_id=import_id,
            )
            for key, channel, said, import_id in rows
        ],
        ignore_conflicts=True,
        batch_size=500,
    )


def _addresses(source_keys: list[int]) -> dict[int | str, str]:
    found: dict[int | str, str] = {}
    for start in range(0, len(source_keys), 500):
        profiles = Profile.objects.filter(source_key__in=source_keys[start : start + 500])
        for key, fields in profiles.values_list("source_key", "fields"):
            told = fields.get("email") or {}
            found[key] = normal_address(str(told.get("value") or ""))
    return found


def say(address: str, state: str, basis: str, evidence: str, at: datetime, how: str, by: Any = None) -> Consent:
    """Add one word to the ledger, by a colleague or by the person."""
    said = entry({"state": state, "basis": basis, "evidence": evidence}, at)
    return Consent.objects.create(
        address=normal_address(address),
        state=said.state,
        basis=said.basis,
        evidence=said.evidence,
        how=how,
        by=by,
        at=at,
    )


def suppress(address: str, reason: str, at: datetime) -> None:
    """Never write to this address again, whatever is imported."""
    Suppression.objects.get_or_create(
        channel=EMAIL, address=normal_address(address), defaults={"reason": reason, "at": at}
    )


def states(customers: Mapping[int, str]) -> dict[int, str]:
    """{customer_key: granted | withdrawn | ""} for customers given with their addresses."""
    addresses = {normal_address(address) for address in customers.values() if address}
    spoke = _called_otherwise("customer_key", customers)
    rows = Consent.objects.filter(
        Q(address__in=addresses) | Q(source_key__in=[*customers, *spoke], address=""),
        channel=EMAIL,
        state__in=(GRANTED, WITHDRAWN),
    )
    by_address: dict[str, list[Entry]] = defaultdict(list)
    by_key: dict[int, list[Entry]] = defaultdict(list)
    for row in rows:
        key = spoke.get(row.source_key, row.source_key)
        (by_address[row.address] if row.address else by_key[key]).append(
            Entry(row.state, row.basis, row.evidence, row.at)
        )
    return {
        key: current([*(by_address[normal_address(address)] if address else ()), *by_key[key]])
        for key, address in customers.items()
    }


def _called_otherwise(column: str, keys: Collection[int]) -> dict[int, int]:
    """{source key: customer key} of identifiers that are not their customer's own key, with these keys in the column.

    A visitor who says no before signing in says it under such a key.
    """
    if not keys or not Consent.objects.filter(address="").exists():
        return {}
    con = workspace.current().store.snapshot().connect("id_map", "identity")
    try:
        query = f"SELECT source_key, customer_key FROM identity WHERE {column} IN (SELECT unnest(?::BIGINT[]))"
        return dict(con.execute(query, [list(keys)]).fetchall())
    finally:
        con.close()


def counts() -> dict[str, int]:
    """How many addresses stand where, by their latest word; and how many words could not count."""
    latest: dict[tuple[str, int], str] = {}
    said = Consent.objects.filter(channel=EMAIL).exclude(state=UNDONE).order_by("at", "id")
    for address, source_key, state in said.values_list("address", "source_key", "state").iterator(chunk_size=5000):
        key = (address, 0 if address else source_key)
        latest[key] = state if state != UNPROVEN else latest.get(key, UNPROVEN)
    values = list(latest.values())
    return {state: values.count(state) for state in (GRANTED, WITHDRAWN, UNPROVEN)}


#: one row per pair of a JSON list of pairs
_PAIRS = {
    "sqlite": "SELECT value ->> 0 AS source_key, value ->> 1 AS customer_key FROM json_each(%s)",
    "postgresql": "SELECT (value ->> 0)::bigint AS source_key, (value ->> 1)::bigint AS customer_key"
    " FROM json_array_elements(%s::json)",
}


def agreed(customers: Collection[int] | None = None) -> dict[str, frozenset[int]]:
    """{channel: customers whose latest word there is yes and whose address is not suppressed}, of these or of all."""
    return _everybody() if customers is None else _few(list(customers))


def _few(keys: Sequence[int]) -> dict[str, frozenset[int]]:
    found: set[int] = set()
    for start in range(0, len(keys), 500):
        part = Customer.objects.filter(customer_key__in=keys[start : start + 500])
        addresses = dict(part.values_list("customer_key", "email"))
        barred = _barred(addresses.values())
        granted = {key for key, state in states(addresses).items() if state == GRANTED}
        found |= {key for key in granted if normal_address(addresses[key]) not in barred}
    return {EMAIL: frozenset(found)}


def _barred(addresses: Iterable[str]) -> set[str]:
    listed = {normal_address(address) for address in addresses if address}
    return set(Suppression.objects.filter(channel=EMAIL, address__in=listed).values_list("address", flat=True))


def _everybody() -> dict[str, frozenset[int]]:
    """In one query."""
    spoke = set(Consent.objects.filter(address="").values_list("source_key", flat=True))
    others = _called_otherwise("source_key", spoke)
    customer, consent = Customer._meta.db_table, Consent._meta.db_table
    suppression = Suppression._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            -- one row per customer and channel with the latest word
            WITH said AS (
              SELECT c.customer_key, s.channel, s.state, s.at FROM {consent} AS s
              JOIN {customer} AS c ON s.address = lower(c.email) WHERE s.address <> ''
              UNION ALL
              SELECT coalesce(o.customer_key, s.source_key), s.channel, s.state, s.at FROM {consent} AS s
              LEFT JOIN ({_PAIRS[connection.vendor]}) AS o ON o.source_key = s.source_key WHERE s.address = ''
            )
            SELECT channel, customer_key FROM (
              SELECT *, row_number() OVER (PARTITION BY channel, customer_key
                ORDER BY at DESC, CASE state WHEN %s THEN 0 ELSE 1 END) AS place
              FROM said WHERE state IN (%s, %s)
            ) AS ordered WHERE place = 1 AND state = %s AND NOT EXISTS (
              SELECT 1 FROM {customer} AS c JOIN {suppression} AS b ON b.address = lower(c.email)
              WHERE c.customer_key = ordered.customer_key AND c.email <> '' AND b.channel = ordered.channel
            )
            """,
            [json.dumps(list(others.items())), WITHDRAWN, GRANTED, WITHDRAWN, GRANTED],
        )
        found: dict[str, set[int]] = defaultdict(set)
        for channel, key in cursor.fetchall():
            found[channel].add(key)
    return {channel: frozenset(keys) for channel, keys in found.items()} or {EMAIL: frozenset()}
