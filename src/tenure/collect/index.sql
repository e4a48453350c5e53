-- what the loader looks up; one row per identifier, link, linked source key, message id, order and refund
CREATE TABLE IF NOT EXISTS identifier (source_key INTEGER PRIMARY KEY, kind TEXT NOT NULL, value TEXT NOT NULL,
    value_hash INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS identifier_hash ON identifier (value_hash);
CREATE TABLE IF NOT EXISTS link (a INTEGER, b INTEGER, kind TEXT, import_id INTEGER, moment INTEGER NOT NULL,
    PRIMARY KEY (a, b, kind, import_id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS link_b ON link (b);
CREATE TABLE IF NOT EXISTS customer (source_key INTEGER PRIMARY KEY, customer_key INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS customer_key ON customer (customer_key);
CREATE TABLE IF NOT EXISTS message (hash INTEGER PRIMARY KEY, day INTEGER NOT NULL, import_id INTEGER);
CREATE INDEX IF NOT EXISTS message_day ON message (day) WHERE import_id IS NULL;
DROP INDEX IF EXISTS message_import;
CREATE TABLE IF NOT EXISTS orders (key INTEGER PRIMARY KEY, content INTEGER NOT NULL, ingest_id INTEGER NOT NULL,
    import_id INTEGER);
DROP INDEX IF EXISTS orders_import;
CREATE TABLE IF NOT EXISTS refund (ingest_id INTEGER PRIMARY KEY, order_id TEXT NOT NULL, source_key INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS refund_order ON refund (order_id);
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
