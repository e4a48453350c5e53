"""The hash by which the store knows what it holds must never change: against Python's MD5, and what DuckDB calls it."""

from __future__ import annotations

import hashlib
import json

import duckdb

from tenure.collect.hashes import hash_sql, listed_sql

WORDS = ["", "a", "茶", "1\x1ffile:0cc175b9c0f1b6a831c399e269772661-1", *(str(n) for n in range(200))]


def test_it_is_the_lower_half_of_md5_without_its_highest_bit() -> None:
    with duckdb.connect() as con:
        text = "SELECT word, {}, md5_number_lower(word) FROM (SELECT unnest(?::VARCHAR[]) AS word)"
        found = con.execute(text.format(hash_sql("word")), [WORDS]).fetchall()
    for word, hashed, named in found:
        lower = int.from_bytes(hashlib.md5(word.encode(), usedforsecurity=False).digest()[:8], "little")
        assert hashed in (lower & (2**63 - 1), named & (2**63 - 1))
        assert hashed == named & (2**63 - 1)


def test_numbers_are_handed_on_in_order_as_json() -> None:
    with duckdb.connect() as con:
        found = con.execute(f"SELECT {listed_sql('n')} FROM (VALUES (7), (-3), (7)) AS v(n)").fetchall()[0][0]
        none = con.execute(f"SELECT {listed_sql('n')} FROM (VALUES (7)) AS v(n) WHERE n > 7").fetchall()[0][0]
    assert (json.loads(found), none) == ([-3, 7, 7], None)
