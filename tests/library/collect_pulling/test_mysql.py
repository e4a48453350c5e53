"""Pulling from MySQL: against a real server where one is named, and what must hold without one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tenure.collect.pulling.asking import since_query
from tenure.collect.pulling.mysql import account
from tenure.errors import CollectError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLACE = "address_from: SHOP_DATABASE_URL"
MADE = (
    "DROP TABLE IF EXISTS orders, eaten",
    "DROP FUNCTION IF EXISTS eat",
    "CREATE TABLE orders (number INT, buyer VARCHAR(9), bought_at DATE, total DECIMAL(9, 2), changed_at DATETIME(6))",
    "INSERT INTO orders VALUES (1, 'lin', '2026-01-05', 10.5, '2026-02-01'),"
    " (2, '林', '2026-01-06', 5, '2026-02-02 10:00:00.25')",
    "CREATE TABLE eaten (n INT)",
    "CREATE FUNCTION eat() RETURNS INT MODIFIES SQL DATA BEGIN INSERT INTO eaten VALUES (1); RETURN 1; END",
)


def test_a_growing_table_is_pulled_twice_and_counted_once(
    pulling: Any, define: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = os.environ.get("TENURE_TEST_MYSQL")
    if not address:
        pytest.skip("NO MYSQL: pulling from MySQL was not tried. Set TENURE_TEST_MYSQL=mysql://user:password@host/db.")
    pymysql = pytest.importorskip("pymysql")
    with pymysql.connect(**account("shop", address), autocommit=True) as shop, shop.cursor() as cursor:
        for statement in MADE:
            cursor.execute(statement)
        monkeypatch.setenv("SHOP_DATABASE_URL", address)
        define(kind="mysql", place=PLACE)
        first = pulling.sync("shop", NOW)
        assert (first.result.accepted, first.cursor) == (2, "2026-02-02 10:00:00.25")
        assert pulling.sync("shop", NOW).result is None
        cursor.execute("INSERT INTO orders VALUES (3, 'lin', '2026-01-07', 7, '2026-02-03')")
        second = pulling.sync("shop", NOW)
        assert (second.rows, second.result.accepted) == (2, 1)
        for query, said in (("nothing", "Unknown column"), ("*, eat()", "in a READ ONLY transaction")):
            define(kind="mysql", place=PLACE, query=f"SELECT {query} FROM orders")
            with pytest.raises(CollectError, match=f"MySQL did not answer the query: .*{said}"):
                pulling.sync("shop", NOW)


def test_the_address_is_read_with_its_escapes() -> None:
    assert account("shop", "mysql://lin:p%40ss@db.example.com:3307/shop") == {
        "host": "db.example.com",
        "port": 3307,
        "user": "lin",
        "password": "p@ss",
        "database": "shop",
    }


def test_the_cursor_is_quoted_as_mysql_does(pulling: Any, define: Callable[..., None]) -> None:
    define(kind="mysql", place=PLACE, query="SELECT * FROM orders WHERE buyer LIKE 'l%'")
    asked = since_query(pulling.source("shop"), "`", "%s")
    assert asked.splitlines() == [
        "SELECT * FROM (",
        "SELECT * FROM orders WHERE buyer LIKE 'l%%'",
        ") AS pulled WHERE `changed_at` >= %s OR `changed_at` IS NULL",
    ]


def test_a_server_that_is_not_there_is_told_in_a_line(
    pulling: Any, define: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pymysql")
    monkeypatch.setenv("SHOP_DATABASE_URL", "mysql://lin:secret@127.0.0.1:1/shop")
    define(kind="mysql", place=PLACE)
    with pytest.raises(CollectError, match="shop: the MySQL database cannot be reached: ") as caught:
        pulling.sync("shop", NOW)
    assert "secret" not in str(caught.value)


def test_without_the_driver_it_says_what_to_install(
    pulling: Any, define: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_DATABASE_URL", "mysql://lin:secret@127.0.0.1:1/shop")
    monkeypatch.setitem(sys.modules, "pymysql", None)
    define(kind="mysql", place=PLACE)
    with pytest.raises(CollectError, match=r"Install it with: pip install 'tenure\[mysql\]'"):
        pulling.sync("shop", NOW)
