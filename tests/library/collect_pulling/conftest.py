"""A company's own databases: a DuckDB file, Parquet files, a real PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.postgres import Server

ORDERS = """
key: shop
title: {{ en: Shop orders, zh: 商城订单 }}
kind: {kind}
{place}
what: orders
query: {query}
cursor: changed_at
columns:
  order: number
  customer: buyer
  time: bought_at
  amount: total
"""


@pytest.fixture
def define(workspace: Any) -> Callable[..., None]:
    """Write a source's file: `define(text)`, or the shop's orders by kind and place."""

    def put(text: str = "", *, kind: str = "", place: str = "", query: str = "SELECT * FROM orders") -> None:
        folder = workspace.folder / "definitions" / "sources"
        folder.mkdir(parents=True, exist_ok=True)
        written = text or ORDERS.format(kind=kind, place=place, query=query)
        (folder / "shop.yml").write_text(written, "utf-8")

    return put


@pytest.fixture
def pulling(workspace: Any) -> Iterator[Any]:
    """The room of Lin's shop that pulls, with the writer's lock held."""
    with workspace.writing():
        yield workspace.collect.pulling


@pytest.fixture
def ask(workspace: Any) -> Callable[[str], list[tuple[Any, ...]]]:
    """What the store shows."""

    def run(query: str) -> list[tuple[Any, ...]]:
        con = workspace.store.snapshot().connect()
        try:
            return con.execute(query).fetchall()
        finally:
            con.close()

    return run


@pytest.fixture
def shop(tmp_path: Path) -> Callable[..., None]:
    """The company's DuckDB file: run statements in it."""

    def run(*statements: str) -> None:
        with duckdb.connect(str(tmp_path / "shop.duckdb")) as con:
            for statement in statements:
                con.execute(statement)

    return run


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a real PostgreSQL; the suite's own where it runs on one."""
    if address := os.environ.get("TENURE_DATABASE_URL"):
        yield address
        return
    started = Server()
    yield started.url
    started.stop()
