"""Who is who: which identifiers can be used, how they are kept, and which of them are one person.

The linking rule does not depend on the order of arrival. Every identifier attaches to its best neighbour of strictly
higher rank (external, e-mail, phone, anonymous): the one it was seen with first; then the higher rank; then the
smaller value. Two external ids are one person only by an alias or by hand. A cut made by hand removes an edge.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

import duckdb

from tenure.collect.hashes import hash_sql

__all__ = [
    "RANKS",
    "email_sql",
    "keyed_hash_sql",
    "pads",
    "people",
    "phone_sql",
    "usable",
    "usable_sql",
    "value_hash_sql",
]

RANKS = {"external": 4, "email": 3, "phone": 2, "anonymous": 1}

#: Values that stand for nobody; many people would share them.
BLOCKED = r"(?i)^(?:[0-]*|-1|null|nil|none|nan|undefined|anonymous|unknown|guest|n/a|\[object object\]|true|false)$"
_blocked = re.compile(BLOCKED)


@lru_cache(maxsize=50_000)
def usable(value: str | None) -> bool:
    """Whether a value names somebody."""
    return value is not None and not _blocked.match(value.strip())


def usable_sql(column: str) -> str:
    """The trimmed value, or null when it names nobody."""
    return f"CASE WHEN NOT regexp_matches(trim({column}), '{BLOCKED}') THEN trim({column}) END"


def email_sql(column: str) -> str:
    """The address in small letters without blanks, or null when it is none."""
    return f"CASE WHEN regexp_matches({column}, '^\\s*[^@\\s]+@[^@\\s]+\\s*$') THEN lower(trim({column})) END"


def phone_sql(column: str, calling_code: str = "") -> str:
    """Digits with the country in front: `+86 138-0013-8000`, `0086138…` and, where the code is 86, `138…` are one."""
    digits = f"regexp_replace({column}, '[^0-9]', '', 'g')"
    plus = f"regexp_matches({column}, '^[\\s(]*(\\+|00)')"
    local = f"'{calling_code}' || {digits}" if calling_code else digits
    found = f"CASE WHEN {plus} THEN ltrim({digits}, '0') ELSE {local} END"
    return f"CASE WHEN length({digits}) BETWEEN 6 AND 18 THEN {found} END"


def pads(secret: bytes) -> tuple[bytes, bytes]:
    """The two keys of HMAC-SHA256 (RFC 2104) for a secret of at most 64 bytes."""
    key = secret.ljust(64, b"\0")
    return bytes(byte ^ 0x36 for byte in key), bytes(byte ^ 0x5C for byte in key)


def keyed_hash_sql(column: str) -> str:
    """HMAC-SHA256 in hex of a text, with the pads in the connection's variables `inner_pad` and `outer_pad`."""
    inner = f"unhex(sha256(getvariable('inner_pad') || encode({column})))"
    return f"CASE WHEN {column} IS NOT NULL THEN sha256(getvariable('outer_pad') || {inner}) END"


def value_hash_sql(kind: str, value: str) -> str:
    """The hash of an identifier, for the index."""
    return hash_sql(f"{kind} || chr(31) || {value}")


def find(con: duckdb.DuckDBPyConnection, text: str, secret: bytes, calling_code: str) -> int | None:
    """The customer key behind an identifier or `#key`; the higher rank wins. `con` has a snapshot's views."""
    inner, outer = pads(secret)
    con.execute("SET VARIABLE inner_pad = ?::BLOB", [inner])
    con.execute("SET VARIABLE outer_pad = ?::BLOB", [outer])
    parts = {
        "email_hash": keyed_hash_sql("email"),
        "phone_hash": keyed_hash_sql("phone"),
        "email": email_sql("said"),
        "phone": phone_sql("said", calling_code),
    }
    query = _text("find")
    for name, part in parts.items():
        query = query.replace(f"${name}", part)
    rows = con.execute(query, [text.strip()]).fetchall()
    return int(rows[0][0]) if rows else None


def people(con: duckdb.DuckDBPyConnection, nodes: str, links: str) -> dict[int, int]:
    """{source key: customer key} of the given nodes (source_key, rank, value) and links (a_key, b_key, kind, at).

    Links to keys outside `nodes` are ignored, so hand in whole neighbourhoods.
    """
    return {int(source): int(customer) for source, customer in _ask(con, "people", nodes, links)}


def joined(con: duckdb.DuckDBPyConnection, nodes: str, links: str) -> list[tuple[int, int]]:
    """The pairs that directly make two identifiers one customer, of the same tables."""
    return [(int(a), int(b)) for a, b in _ask(con, "joined", nodes, links)]


def _ask(con: duckdb.DuckDBPyConnection, name: str, nodes: str, links: str) -> list[tuple[int, int]]:
    text = _text(name).replace("$parents", _text("parents"))
    return con.execute(text.replace("$nodes", nodes).replace("$links", links)).fetchall()


def _text(name: str) -> str:
    return files(__package__).joinpath(f"{name}.sql").read_text("utf-8")
