"""The one hash that what is known already is looked up by."""

from __future__ import annotations

__all__ = ["MESSAGE_HASH", "hash_sql", "listed_sql"]


def hash_sql(text: str) -> str:
    """A stable 63-bit hash of a text. DuckDB's own hash() may change between versions.

    It is md5_number_lower without its highest bit, which DuckDB 2.0.0 computes by way of the text in hex: four times
    slower than this.
    """
    return f"CAST((md5_number({text}) >> 64) & 9223372036854775807 AS BIGINT)"


def listed_sql(number: str) -> str:
    """The numbers of a group in order as a JSON array, null for none: Python hands it on to SQLite without a look."""
    return f"CAST(list_sort(list({number})) AS VARCHAR)"


#: Of an event's message id within its source; null without one.
MESSAGE_HASH = hash_sql("CAST(source_id AS VARCHAR) || chr(31) || message_id")
