"""Which events are versions of one order, and whether two versions say the same.

An order is known by its source, its id and the event's name. A refund sent over HTTP names the order it refunds, and
an order can be refunded in parts: there the refund's own id, else its time, belongs to the key.
"""

from __future__ import annotations

from tenure.collect.hashes import hash_sql

__all__ = ["CONTENT", "IS_ORDER", "IS_REFUND", "ORDER_KEY"]


def _hash(*parts: str) -> str:
    """The hash of the parts."""
    joined = " || chr(31) || ".join(f"coalesce(CAST({part} AS VARCHAR), chr(30))" for part in parts)
    return hash_sql(joined)


IS_ORDER = (
    "(order_id IS NOT NULL AND name IN ('Order Completed', 'Order Refunded', 'Order Cancelled', 'Order Updated'))"
)

IS_REFUND = "(order_id IS NOT NULL AND name IN ('Order Refunded', 'Order Cancelled'))"

_PART = (
    "CASE WHEN name = 'Order Refunded' AND import_id IS NULL"
    " THEN coalesce(json_extract_string(properties, '$.refund_id'), CAST(ts AS VARCHAR)) END"
)

ORDER_KEY = _hash("source_id", "order_id", "name", _PART)

CONTENT = _hash("source_key", "ts", "amount", "currency", "products", "properties")
