"""Customer files: one person a row. A row brings what it says up to date; it never grants a consent on its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from tenure.collect.files.events import EventRules, Row, rows_of, stage_calls, typed, with_others
from tenure.collect.files.lines import Progress, each_part, take_lines
from tenure.collect.files.mapping import CUSTOMER_FIELDS, check_columns
from tenure.collect.files.reading import Table
from tenure.collect.files.values import make_moments, short_order
from tenure.collect.staging import create_staging
from tenure.errors import UsageError

__all__ = ["NO_CONSENT", "consents", "stage_customers"]

NO_CONSENT = (
    "No consent was recorded: say on which ground these people may be written to, or write only to those who agree."
)
NEEDS = (("customer", "email", "phone"),)
FIELDS = tuple(field.key for field in CUSTOMER_FIELDS)
CHANNELS = ("email", "sms", "phone", "wecom")


def consents(said: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Each channel's consent with its evidence. Raises UsageError for an unknown channel or a missing ground."""
    found = {}
    for channel, evidence in said.items():
        if channel not in CHANNELS:
            raise UsageError(f'Consent is given for a channel: {", ".join(CHANNELS)}, not "{channel}".')
        if not evidence.strip():
            raise UsageError(f"Say how these people agreed to {channel}, for example: email=opt-in form 2024.")
        found[channel] = {"state": "granted", "basis": "import", "evidence": evidence.strip()}
    return found


def stage_customers(
    con: duckdb.DuckDBPyConnection, table: Table, chosen: Mapping[str, str | int], consent: Mapping[str, str],
    rules: EventRules, numbers: tuple[int, int], progress: Progress | None,
) -> int:  # fmt: skip
    """Fill `staging` and `refused` from the file; returns the lines read."""
    granted = consents(consent)
    columns = with_others(check_columns(chosen, table, CUSTOMER_FIELDS, NEEDS), table)
    taken = take_lines(con, table, columns, FIELDS, progress)
    order = short_order(con, rules.day_first)
    create_staging(con)
    for _ in each_part(con, taken):
        make_moments(con, rules.zone, order)
        calls = ((row, _call(row, granted)) for row in rows_of(con, columns, FIELDS))
        stage_calls(con, calls, rules, numbers, counted=False)
    return taken.read


def _call(row: Row, consent: Mapping[str, Any]) -> dict[str, Any] | str:
    """The row as an identify call, or the reason why it is none."""
    if not any(name in row.fields for name in ("customer", "email", "phone")):
        return "no_customer"
    if "time" in row.fields and row.time is None:
        return "time"
    traits: dict[str, Any] = {name: typed(value) for name, value in row.others.items()}
    traits |= {name: value for name, value in row.fields.items() if name not in ("customer", "time")}
    if consent:
        traits["consent"] = consent
    return {"type": "identify", "userId": row.fields.get("customer"), "timestamp": row.time, "traits": traits}
