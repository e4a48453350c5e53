"""The staging table: the one shape in which events of every origin (HTTP, files, other rooms) reach the loader.

A staging table is a DuckDB temporary table. Its grain is one event; the loader reads it and never changes it:
`loader.load(con, Batch("import:7", 1), staging="staging") -> LoadResult`, with `con` the connection that holds the
table. Orders need `order_id` and the name Order Completed or Order Refunded: one event an order, lines in `products`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import duckdb
import msgspec
from arro3.core import Array, DataType
from arro3.core import Table as Arrow

__all__ = [
    "COLUMNS",
    "Batch",
    "LoadResult",
    "Staged",
    "StagedEvent",
    "StagedProduct",
    "content_id",
    "create_staging",
    "fill_staging",
    "stage",
]

PRODUCTS = "STRUCT(product VARCHAR, name VARCHAR, category VARCHAR, quantity DOUBLE, price BIGINT)[]"

COLUMNS: dict[str, str] = {
    "seq": "BIGINT",  # unique in the table; the order in which things were said (a later order replaces an earlier one)
    "kind": "VARCHAR",  # track | page | screen | identify | group | alias
    "name": "VARCHAR",  # event name of track; page or screen name; null otherwise
    "ts": "TIMESTAMP",  # UTC; when it happened, after clock correction
    "received_at": "TIMESTAMP",  # UTC; when we got it (files: when the import started)
    "sent_at": "TIMESTAMP",  # UTC; raw, nullable
    "original_at": "TIMESTAMP",  # UTC; raw, nullable
    "message_id": "VARCHAR",  # nullable; one (source, message id) is loaded once; within 30 days, for imports for ever
    "source_id": "INTEGER",
    "import_id": "INTEGER",  # null for HTTP
    "source_key": "BIGINT",  # null but for happenings that other rooms record: whom it happened to
    "external_id": "VARCHAR",  # raw text, the loader trims it and drops blocked values
    "anonymous_id": "VARCHAR",  # raw text
    "email": "VARCHAR",  # raw text; the loader normalises and hashes it, it never reaches the store
    "phone": "VARCHAR",  # raw text; as e-mail
    "previous_id": "VARCHAR",  # alias only: the id that becomes external_id
    "order_id": "VARCHAR",
    "amount": "BIGINT",  # minor units of `currency`, negative for refunds, null when unknown
    "currency": "VARCHAR",  # ISO 4217; null when there is no amount
    "products": PRODUCTS,  # price in minor units, one piece; null when there are none
    "properties": "VARCHAR",  # JSON object text without personal fields, or null
    "personal": "VARCHAR",  # JSON object text of personal fields {"name": …, "email": …}, or null
}


@dataclass(frozen=True)
class Batch:
    """What makes a load happen once: the batch `version` (1, 2, 3 …) of `origin`, such as `import:7`.

    A batch whose version is not above the last one loaded of its origin is passed over. `cause` is what retractions
    name, where that is not the origin.
    """

    origin: str
    version: int
    cause: str = ""


@dataclass(frozen=True)
class LoadResult:
    """What one load did. `superseded` counts earlier versions of orders that a newer one replaced."""

    accepted: int = 0
    duplicates: int = 0
    superseded: int = 0
    refused: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    source_keys: frozenset[int] = frozenset()  # customers (by source key) whose facts changed
    new_identifiers: int = 0
    customers_changed: bool = False  # identity: some source key now belongs to another customer

    def __add__(self, other: LoadResult) -> LoadResult:
        """The sum of two loads."""
        reasons = dict(self.reasons)
        for reason, count in other.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + count
        return LoadResult(
            self.accepted + other.accepted,
            self.duplicates + other.duplicates,
            self.superseded + other.superseded,
            self.refused + other.refused,
            reasons,
            self.source_keys | other.source_keys,
            self.new_identifiers + other.new_identifiers,
            self.customers_changed or other.customers_changed,
        )


class StagedProduct(msgspec.Struct, frozen=True, gc=False):
    """One line of an order; `price` in minor units, a piece."""

    product: str | None = None
    name: str | None = None
    category: str | None = None
    quantity: float | None = None
    price: int | None = None


class StagedEvent(msgspec.Struct, frozen=True, gc=False):
    """One checked event, times in microseconds since 1970. The fields are those of COLUMNS."""

    seq: int
    kind: str
    ts: int
    received_at: int
    source_id: int
    name: str | None = None
    sent_at: int | None = None
    original_at: int | None = None
    message_id: str | None = None
    import_id: int | None = None
    source_key: int | None = None
    external_id: str | None = None
    anonymous_id: str | None = None
    email: str | None = None
    phone: str | None = None
    previous_id: str | None = None
    order_id: str | None = None
    amount: int | None = None
    currency: str | None = None
    products: tuple[StagedProduct, ...] | None = None
    properties: str | None = None
    personal: str | None = None


def create_staging(con: duckdb.DuckDBPyConnection, name: str = "staging") -> None:
    """Make an empty staging table. Fill it with `INSERT INTO staging BY NAME SELECT …`; absent columns are null."""
    columns = ", ".join(f"{column} {kind}" for column, kind in COLUMNS.items())
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})")


_CONTENT = (
    "kind name original_at external_id anonymous_id email phone order_id amount currency products properties personal"
).split()


def content_id(counted: bool) -> str:
    """SQL for the message id of an event that came without one, made of what it says; `-1` where repetitions count."""
    said = ", ".join(f"coalesce(CAST({name} AS VARCHAR), '')" for name in _CONTENT)
    return f"'file:' || md5(concat_ws(chr(31), {said}))" + (" || '-1'" if counted else "")


def fill_staging(con: duckdb.DuckDBPyConnection, said: Mapping[str, str], rows: str) -> None:
    """Add all `rows` (SQL) to `staging`; `said` gives the SQL of each column, absent columns are null."""
    columns = ", ".join(f"CAST({said.get(column, 'NULL')} AS {kind}) AS {column}" for column, kind in COLUMNS.items())
    con.execute(f"INSERT INTO staging SELECT {columns} FROM {rows}")


_LINE = {"product": "VARCHAR", "name": "VARCHAR", "category": "VARCHAR", "quantity": "DOUBLE", "price": "BIGINT"}
_LINES = json.dumps([_LINE])
_TEXT = DataType.utf8()
_TYPES = {"BIGINT": DataType.int64(), "INTEGER": DataType.int32(), "TIMESTAMP": DataType.int64()}
_READ = {"TIMESTAMP": "make_timestamp($)", PRODUCTS: f"from_json($, '{_LINES}')"}


@dataclass(frozen=True)
class Staged:
    """Events as columns, ready for DuckDB: what Python has to do with them is done."""

    count: int
    columns: Arrow | None
    select: str

    @classmethod
    def of(cls, events: Sequence[StagedEvent]) -> Staged:
        """The columns of these events, about 300,000 a second. Raises OverflowError for an integer beyond 64 bits."""
        if not events:
            return cls(0, None, "")
        # column by column: a tuple for each event would call Python's garbage collector again and again
        columns: dict[str, Sequence[Any]] = {
            name: list(map(attrgetter(name), events)) for name in StagedEvent.__struct_fields__
        }
        columns["products"] = [
            None if lines is None else msgspec.json.encode(lines).decode() for lines in columns["products"]
        ]
        said = {column: kind for column, kind in COLUMNS.items() if columns[column].count(None) < len(events)}
        arrow: dict[str, Any] = {name: Array(columns[name], _TYPES.get(kind, _TEXT)) for name, kind in said.items()}
        read = (f"{_READ.get(kind, '$').replace('$', column)} AS {column}" for column, kind in said.items())
        return cls(len(events), Arrow.from_pydict(arrow), ", ".join(read))


def stage(con: duckdb.DuckDBPyConnection, events: Sequence[StagedEvent] | Staged, name: str = "staging") -> None:
    """Make a staging table that holds these events."""
    create_staging(con, name)
    staged = events if isinstance(events, Staged) else Staged.of(events)
    if staged.columns is None:
        return
    con.register("staged", staged.columns)
    con.execute(f"INSERT INTO {name} BY NAME SELECT {staged.select} FROM staged")
    con.unregister("staged")
