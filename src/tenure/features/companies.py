"""What is known of a customer's company, from the view `company_calls`: as of an instant, and along histories.

The customer belongs to the company that its latest `group` call names, to none after one that names none. A company is
what the latest call of any member says of each property. What a call says is known from its instant on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from tenure.clock import AsOf, naive
from tenure.definitions import Feature, Words
from tenure.definitions.kinds.events_sql import property_sql, typed

__all__ = ["Company", "company_column", "company_known_sql", "company_of", "company_rows_sql"]

NO_TRAITS = ("group_id", "context")
NO_WORDS = Words("", "")
NEWEST = "struct_pack(t := ts, i := ingest_id)"
EPOCH = "DATE '1970-01-01'"


def company_column(feature: Feature) -> str:
    """The column that holds a feature's value in what these queries give."""
    return f'"company_{feature.key}"'


def company_known_sql(members: Sequence[Feature], instant: str, customers: str = "true") -> str:
    """SQL for what is known at an instant (naive UTC) of the companies of `customers`, a column a feature.

    Grain: one row per customer who belongs to a company: those wanted, and others.
    """
    packed = "struct_pack(company := company, since := day)"
    return (
        f"WITH {_joined(instant, customers)},\n"
        f"company_latest AS (SELECT customer_key, arg_max({packed}, {NEWEST}) AS kept FROM company_joined"
        " GROUP BY customer_key),\n"
        "company_belonging AS (SELECT customer_key, kept.company AS company, kept.since AS since FROM company_latest"
        " WHERE kept.company IS NOT NULL),\n"
        f"company_traits AS (SELECT company{_traits(members)} FROM company_told WHERE company IS NOT NULL"
        " GROUP BY company),\n"
        "company_sizes AS (SELECT company, count(*) AS members FROM company_belonging GROUP BY company),\n"
        "company_known AS (SELECT * FROM company_traits JOIN company_sizes USING (company))\n"
        f"SELECT s.customer_key{_values(members)} FROM company_belonging AS s"
        " JOIN company_known AS c ON c.company = s.company"
    )


def company_rows_sql(members: Sequence[Feature], instant: str, customers: str) -> str:
    """SQL for the moments at which that changes for `customers`: (customer_key, x, given_company, a struct).

    x as in `timeline.py`. Grain: (customer_key, x); a company's moments count while the customer belongs to it.
    """
    packed = "struct_pack(company := company, since := day)"
    names = [f"t{number}" for number, _ in enumerate(_properties(members))]
    counted = any(each.of == "members" for each in members)
    if counted:
        names.append("members")
    was = "".join(f", lag({name}) OVER byx AS {name}_was" for name in names)
    turned = "".join(f" OR {name} IS DISTINCT FROM {name}_was" for name in names)
    values = ", ".join(f"{company_column(each)} := {_value(each, members)}" for each in members)
    return (
        f"WITH {_joined(instant, customers)},\n"
        f"company_placed AS (SELECT customer_key, x, arg_max({packed}, {NEWEST}) AS kept FROM company_joined"
        f" WHERE {customers} GROUP BY customer_key, x),\n"
        "company_spans AS (SELECT customer_key, x, kept.company AS company, kept.since AS since, lead(x) OVER"
        " (PARTITION BY customer_key ORDER BY x) AS later FROM company_placed),\n"
        f"{_states(members, counted)},\n"
        f"company_compared AS (SELECT *, row_number() OVER byx AS n{was} FROM company_states"
        " WINDOW byx AS (PARTITION BY company ORDER BY x)),\n"
        f"company_changed AS (SELECT *, lead(x) OVER (PARTITION BY company ORDER BY x) AS later FROM company_compared"
        f" WHERE n = 1{turned})\n"
        f"SELECT s.customer_key, greatest(s.x, coalesce(c.x, s.x)) AS x, struct_pack({values}) AS given_company"
        " FROM company_spans AS s LEFT JOIN company_changed AS c ON c.company = s.company"
        " AND (s.later IS NULL OR c.x < s.later) AND (c.later IS NULL OR c.later > s.x)"
    )


def _joined(instant: str, customers: str) -> str:
    """CTEs: all calls before an instant, and those that name another company than the customer's call before.

    Of a few customers only the calls of those count who ever were of a company of theirs: all others say nothing of it.
    """
    near = ""
    if customers != "true":
        theirs = f"SELECT company FROM company_calls WHERE {customers}"
        near = f" AND customer_key IN (SELECT customer_key FROM company_calls WHERE company IN ({theirs}))"
    return (
        f"company_told AS (SELECT *, 2 * date_diff('day', {EPOCH}, day) + 1 AS x FROM company_calls"
        f" WHERE ts < TIMESTAMP '{instant}'{near}),\n"
        "company_ordered AS (SELECT *, lag(company) OVER byts AS was, row_number() OVER byts AS n FROM company_told"
        " WINDOW byts AS (PARTITION BY customer_key ORDER BY ts, ingest_id)),\n"
        "company_joined AS (SELECT * FROM company_ordered WHERE n = 1 OR company IS DISTINCT FROM was)"
    )


def _states(members: Sequence[Feature], counted: bool) -> str:
    """CTEs up to `states`: what was known of each company at the end of each day on which something was said."""
    traits = f"SELECT company, x{_traits(members)} FROM company_told WHERE company IS NOT NULL GROUP BY company, x"
    held = "".join(f", last_value(t{n} IGNORE NULLS) OVER byx AS t{n}" for n, _ in enumerate(_properties(members)))
    over = "WINDOW byx AS (PARTITION BY company ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    if not counted:
        return f"company_traits AS ({traits}),\ncompany_states AS (SELECT company, x{held} FROM company_traits {over})"
    steps = (
        "SELECT company, x, 1 AS step FROM company_joined WHERE company IS NOT NULL"
        " UNION ALL SELECT was AS company, x, -1 AS step FROM company_joined WHERE was IS NOT NULL"
    )
    return (
        f"company_traits AS ({traits}),\n"
        f"company_steps AS (SELECT company, x, sum(step) AS step FROM ({steps}) GROUP BY company, x),\n"
        "company_days AS (SELECT company, x FROM company_traits UNION SELECT company, x FROM company_steps),\n"
        f"company_states AS (SELECT company, x{held}, CAST(sum(coalesce(step, 0)) OVER byx AS BIGINT) AS members"
        f" FROM company_days LEFT JOIN company_traits USING (company, x)"
        f" LEFT JOIN company_steps USING (company, x) {over})"
    )


def _properties(members: Sequence[Feature]) -> list[str]:
    """The properties that the features read, each once."""
    return list(dict.fromkeys(each.property_name for each in members if each.property_name))


def _traits(members: Sequence[Feature]) -> str:
    """Columns t0, t1 …: what was said last of each property, as text."""
    return "".join(
        f", arg_max({property_sql(prop)}, {NEWEST}) AS t{number}" for number, prop in enumerate(_properties(members))
    )


def _values(members: Sequence[Feature]) -> str:
    return "".join(f", {_value(each, members)} AS {company_column(each)}" for each in members)


def _value(feature: Feature, members: Sequence[Feature]) -> str:
    """A feature over what is known of a company."""
    if feature.property_name:
        return typed(f"c.t{_properties(members).index(feature.property_name)}", feature)
    return {"id": "s.company", "since": "s.since", "members": "c.members"}[str(feature.of)]


@dataclass(frozen=True)
class Company:
    """A customer's company: its own id, since when, how many customers belong to it, and what was said of it last."""

    id: str
    since: date
    members: int
    traits: Mapping[str, Any]


def company_of(con: duckdb.DuckDBPyConnection, customer_key: int, moment: AsOf) -> Company | None:
    """The company of one customer as of an instant, from the view `company_calls`; None of who belongs to none."""
    asked = [Feature(key, NO_WORDS, NO_WORDS, "company", "text", "text", of=key) for key in ("id", "since", "members")]
    instant = naive(moment.instant)
    known = company_known_sql(asked, instant.isoformat(sep=" "), f"customer_key = {int(customer_key)}")
    rows = con.execute(f"SELECT * FROM ({known}) WHERE customer_key = ?", [customer_key]).fetchall()
    if not rows:
        return None
    _, company, since, members = rows[0]
    said = con.execute(
        "SELECT properties FROM company_calls WHERE company = ? AND ts < ? ORDER BY ts, ingest_id", [company, instant]
    ).fetchall()
    traits: dict[str, Any] = {}
    for (text,) in said:
        traits |= {name: value for name, value in json.loads(text).items() if value is not None}
    return Company(company, since, members, {name: traits[name] for name in traits if name not in NO_TRAITS})
