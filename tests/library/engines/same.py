"""Two tables, value by value."""

from __future__ import annotations

from typing import Any

import duckdb

__all__ = ["assert_same", "columns_of"]


def columns_of(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, tuple[str, list[Any]]]:
    """Type and values of each column, in an order that both engines can be asked for."""
    described = con.execute(f"DESCRIBE {table}").fetchall()
    rows = con.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
    return {row[0]: (row[1], [repr(each[number]) for each in rows]) for number, row in enumerate(described)}


def assert_same(expected: dict[str, Any], found: dict[str, Any]) -> int:
    """Compare a table's columns by name, type and value; returns the number of rows."""
    assert list(found) == list(expected)
    different = [name for name in expected if found[name] != expected[name]]
    shown = {
        name: [pair for pair in zip(expected[name][1], found[name][1], strict=False) if pair[0] != pair[1]][:5]
        for name in different
    }
    assert different == [], shown
    return len(next(iter(expected.values()))[1])
