"""Pulling from a real PostgreSQL: only read, in batches, from a cursor on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from tenure.errors import CollectError

pytestmark = pytest.mark.thorough  # the server takes a second to start

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TABLE = """
CREATE TABLE pulled.orders (number int, buyer text, bought_at timestamptz, total numeric(10, 2), more jsonb,
    changed_at timestamptz)"""
FILL = """
INSERT INTO pulled.orders SELECT n, 'c' || mod(n, 100), '2026-01-05 10:00+08', 12.34, '{"a": 1}',
    timestamptz '2026-02-01 00:00+00' + n * interval '1 second' FROM generate_series(%s::int, %s::int) AS n"""
STANDING = "SELECT count(*), sum(amount), min(ts) FROM events WHERE order_id IS NOT NULL"


@pytest.fixture
def shop(server: str, define: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A connection to the company's PostgreSQL, whose orders are defined as a source."""
    monkeypatch.setenv("SHOP_DATABASE_URL", server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS pulled CASCADE; CREATE SCHEMA pulled")
        connection.execute(TABLE.encode())
        define(kind="postgresql", place="address_from: SHOP_DATABASE_URL", query="SELECT * FROM pulled.orders -- all")
        yield connection


def test_a_growing_table_is_pulled_twice_and_counted_once(
    pulling: Any, ask: Any, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenure.collect.pulling.asking.AT_ONCE", 600)  # several batches
    shop.execute(FILL, [1, 2000])
    first = pulling.sync("shop", NOW)
    assert (first.rows, first.cursor, first.result.accepted) == (2000, "2026-02-01 00:33:20", 2000)
    assert pulling.sync("shop", NOW).result is None
    shop.execute(FILL, [2001, 2010])
    second = pulling.sync("shop", NOW)
    assert (second.rows, second.result.accepted, second.result.duplicates) == (611, 10, 601)
    assert ask(STANDING) == [(2010, 2010 * 1234, datetime(2026, 1, 5, 2, 0))]  # noqa: DTZ001 the store's UTC


def test_the_query_can_change_nothing(pulling: Any, define: Any, shop: Any) -> None:
    shop.execute("CREATE FUNCTION pulled.eat() RETURNS int LANGUAGE sql AS 'DELETE FROM pulled.orders; SELECT 1'")
    shop.execute(FILL, [1, 3])
    place = "address_from: SHOP_DATABASE_URL"
    define(kind="postgresql", place=place, query="SELECT *, pulled.eat() FROM pulled.orders")
    with pytest.raises(CollectError, match="cannot execute DELETE in a read-only transaction"):
        pulling.sync("shop", NOW)
    assert shop.execute("SELECT count(*) FROM pulled.orders").fetchone() == (3,)


def test_what_goes_wrong_is_told_in_a_line_without_the_password(
    pulling: Any, define: Any, shop: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "address_from: SHOP_DATABASE_URL"
    define(kind="postgresql", place=place, query="SELECT nothing FROM pulled.orders")
    assert _told(pulling) == 'shop: PostgreSQL did not answer the query: column "nothing" does not exist.'
    define(kind="postgresql", place=place, query="SELECT *, total AS total FROM pulled.orders")
    assert "two columns of the same name" in _told(pulling)
    monkeypatch.setenv("SHOP_DATABASE_URL", "postgresql://lin:secret@127.0.0.1:1/shop")
    assert _told(pulling).startswith("shop: the PostgreSQL database cannot be reached: ")
    assert "secret" not in _told(pulling)
    monkeypatch.setenv("SHOP_DATABASE_URL", "mysql://lin:secret@db/shop")
    assert "SHOP_DATABASE_URL holds no address of the kind postgresql" in _told(pulling)
    assert "secret" not in _told(pulling)
    monkeypatch.delenv("SHOP_DATABASE_URL")
    assert "the environment variable SHOP_DATABASE_URL is not set" in _told(pulling)


def _told(pulling: Any) -> str:
    with pytest.raises(CollectError) as caught:
        pulling.sync("shop", NOW)
    return str(caught.value)
