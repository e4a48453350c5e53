"""How rows lie in the files of the store's tables: measured for what reads them most."""

from __future__ import annotations

from deltalake import ColumnProperties, WriterProperties

__all__ = ["BODY_ORDER", "WRITTEN"]

#: Small row groups: in a table sorted by customer, whoever asks for a few of them reads little more than theirs.
ROW_GROUP = 8_192

#: Columns of which hardly two rows hold the same: a dictionary of them would only be read on the way to them.
RISING = ("ingest_id", "ts", "received_at", "sent_at", "original_at")
ENCODED = {
    **dict.fromkeys(RISING, ColumnProperties(dictionary_enabled=False, encoding="DELTA_BINARY_PACKED")),
    "message_hash": ColumnProperties(dictionary_enabled=False, encoding="PLAIN"),
}
WRITTEN = WriterProperties(
    compression="ZSTD", compression_level=1, max_row_group_size=ROW_GROUP, column_properties=ENCODED
)

#: How the body lies within its buckets: orders and what takes them back first, then everything else, each by customer.
#: Most questions about money look at orders alone; of a row group that holds none they read nothing but the names.
BODY_ORDER = "bucket, CASE WHEN name LIKE 'Order %' THEN 0 ELSE 1 END, source_key, ingest_id"
