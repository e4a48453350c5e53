"""Who is who: the rule, against a slow obvious second computation and every order of arrival."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.collect import identity

START = datetime(2026, 1, 1)  # noqa: DTZ001
Node = tuple[str, str]
Sight = tuple[Node, Node, str, int]


@lru_cache
def _connection() -> duckdb.DuckDBPyConnection:
    """One for all examples; made when first needed, since processes fork after everything is collected."""
    return duckdb.connect()


def slow_people(nodes: Sequence[Node], sights: Iterable[Sight]) -> set[frozenset[Node]]:
    """The linking rule word by word, with loops and no cleverness."""
    pairs: dict[frozenset[Node], dict[str, list[int]]] = {}
    for a, b, kind, at in sights:
        if a != b:
            pairs.setdefault(frozenset((a, b)), {}).setdefault(kind, []).append(at)
    live = {
        pair: kinds
        for pair, kinds in pairs.items()
        if "cut" not in kinds or max(kinds.get("merge", [-1])) > max(kinds["cut"])
    }
    joined: list[tuple[Node, Node]] = []
    for node in nodes:
        best = None
        for pair, kinds in live.items():
            met = kinds.get("seen", []) + kinds.get("alias", [])
            if node in pair and met:
                (other,) = pair - {node}
                higher = identity.RANKS[other[0]] > identity.RANKS[node[0]]
                better = (min(met), -identity.RANKS[other[0]], other[1], other)
                if higher and (best is None or better < best):
                    best = better
        if best is not None:
            joined.append((node, best[3]))
    for pair, kinds in live.items():
        a, b = pair
        if "merge" in kinds or ("alias" in kinds and a[0] == b[0]):
            joined.append((a, b))
    groups = {node: {node} for node in nodes}
    for a, b in joined:
        if groups[a] is not groups[b]:
            groups[a] |= groups[b]
            for member in groups[b]:
                groups[member] = groups[a]
    return {frozenset(group) for group in groups.values()}


def fast_people(nodes: Sequence[Node], sights: Sequence[Sight]) -> set[frozenset[Node]]:
    """The compiled rule over the same sights."""
    keys = {node: number for number, node in enumerate(nodes, 1)}
    con = _connection()
    rows = [[key, identity.RANKS[node[0]], node[1]] for node, key in keys.items()]
    met = [[keys[a], keys[b], kind, START + timedelta(hours=at)] for a, b, kind, at in sights]
    con.execute(
        "CREATE OR REPLACE TABLE nodes AS SELECT unnest(?::BIGINT[]) AS source_key, unnest(?::INTEGER[]) AS rank,"
        " unnest(?::VARCHAR[]) AS value",
        [list(column) for column in zip(*rows, strict=True)],
    )
    con.execute(
        "CREATE OR REPLACE TABLE links AS SELECT unnest(?::BIGINT[]) AS a_key, unnest(?::BIGINT[]) AS b_key,"
        ' unnest(?::VARCHAR[]) AS kind, unnest(?::TIMESTAMP[]) AS "at"',
        [list(column) for column in zip(*met, strict=True)] or [[]] * 4,
    )
    people = identity.people(con, "nodes", "links")
    assert set(people) == set(keys.values())
    names = {number: node for node, number in keys.items()}
    grouped: dict[int, set[Node]] = {}
    for key, customer in people.items():
        grouped.setdefault(customer, set()).add(names[key])
    assert all(customer == min(keys[node] for node in group) for customer, group in grouped.items())
    return {frozenset(group) for group in grouped.values()}


E1, E2, E3 = ("external", "e1"), ("external", "e2"), ("external", "e3")
M1, M2 = ("email", "m1"), ("email", "m2")
P1 = ("phone", "p1")
A1, A2, A3 = ("anonymous", "a1"), ("anonymous", "a2"), ("anonymous", "a3")
NODES = [E1, E2, E3, M1, M2, P1, A1, A2, A3]


def together(*sights: Sight) -> set[frozenset[Node]]:
    return {group for group in fast_people(NODES, list(sights)) if len(group) > 1}


def test_an_anonymous_history_belongs_to_the_person_who_signs_in() -> None:
    assert together((A1, E1, "seen", 1)) == {frozenset((A1, E1))}


def test_a_shared_device_stays_with_whom_it_was_seen_first_and_joins_nobody() -> None:
    assert together((A1, E2, "seen", 2), (A1, E1, "seen", 1)) == {frozenset((A1, E1))}


def test_a_chain_from_device_to_phone_to_e_mail_to_the_company_s_id_is_one_person() -> None:
    assert together((A1, P1, "seen", 1), (P1, M1, "seen", 2), (M1, E1, "seen", 3)) == {frozenset((A1, P1, M1, E1))}


def test_an_alias_joins_two_ids_of_the_company() -> None:
    assert together((E1, E2, "alias", 1), (A1, E2, "seen", 2)) == {frozenset((E1, E2, A1))}


def test_a_cut_parts_and_a_later_merge_joins_again() -> None:
    assert together((M1, E1, "seen", 1), (M1, E1, "cut", 2)) == set()
    assert together((M1, E1, "seen", 1), (M1, E1, "cut", 2), (M1, E1, "merge", 3)) == {frozenset((M1, E1))}


def test_after_a_cut_an_identifier_attaches_to_its_next_best() -> None:
    assert together((M1, E1, "seen", 1), (M1, E2, "seen", 2), (M1, E1, "cut", 3)) == {frozenset((M1, E2))}


nodes = st.sampled_from(NODES)
sights = st.tuples(nodes, nodes, st.sampled_from(["seen", "seen", "seen", "alias", "merge", "cut"]), st.integers(0, 6))


@settings(max_examples=settings().max_examples // 2)
@given(st.lists(sights, max_size=14))
def test_the_compiled_rule_equals_the_slow_one(found: list[Sight]) -> None:
    assert fast_people(NODES, found) == slow_people(NODES, found)


@pytest.mark.parametrize(
    "value", ["", "0", "000-00", "-1", " null ", "Anonymous", "undefined", "NaN", "[object Object]"]
)
def test_some_values_name_nobody(value: str) -> None:
    assert not identity.usable(value)
    assert one(identity.usable_sql("?"), value, value) is None


def test_other_values_name_somebody() -> None:
    assert identity.usable("lin")
    assert one(identity.usable_sql("?"), " lin ", " lin ") == "lin"


def one(expression: str, *values: Any) -> Any:
    con = _connection().cursor()
    inner, outer = identity.pads(b"secret" * 5)
    con.execute("SET VARIABLE inner_pad = ?::BLOB", [inner])
    con.execute("SET VARIABLE outer_pad = ?::BLOB", [outer])
    return con.execute(f"SELECT {expression}", list(values)).fetchall()[0][0]


def test_e_mails_are_kept_as_a_keyed_hash_only() -> None:
    expected = hmac.new(b"secret" * 5, "lin@例子.cn".encode(), hashlib.sha256).hexdigest()
    assert one("(SELECT " + identity.keyed_hash_sql("v") + " FROM (SELECT ?::VARCHAR AS v))", "lin@例子.cn") == expected


@pytest.mark.parametrize("said", ["+86 138-0013-8000", "0086 13800138000", "13800138000", "(+86)13800138000"])
def test_the_ways_to_write_a_phone_number_are_one(said: str) -> None:
    phone = "(SELECT " + identity.phone_sql("v", "86") + " FROM (SELECT ?::VARCHAR AS v))"
    assert one(phone, said) == "8613800138000"
    assert one(phone, "12") is None
