"""sync: what is new in a company's own database comes in by one command, here or in the worker."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

SOURCE = """
key: shop
title: {{ en: Shop orders, zh: 商城订单 }}
kind: duckdb
path: {path}
what: orders
query: SELECT * FROM orders
cursor: changed_at
columns: {{ order: number, customer: buyer, time: changed_at, amount: total }}
every: 15m
"""


@pytest.fixture
def sold(empty: Path, tmp_path: Path) -> Path:
    """The workspace with a source of two orders."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE orders AS SELECT n AS number, 'lin' AS buyer, 10 AS total,"
                    " TIMESTAMP '2026-02-01' + to_days(n::INT) AS changed_at FROM range(2) r(n)")  # fmt: skip
    folder = empty / "definitions" / "sources"
    folder.mkdir()
    (folder / "shop.yml").write_text(SOURCE.format(path=path), "utf-8")
    return empty


@pytest.mark.thorough
def test_it_pulls_and_lists_and_pulls_nothing_twice(tell: Any, sold: Path) -> None:
    told = tell("sync", "--workspace", sold, "--dry-run")
    assert "This would happen; nothing was changed." in told.out
    (first,) = tell("sync", "shop", "--json", "--workspace", sold).document["sources"]
    assert (first["rows"], first["cursor"], first["result"]["accepted"]) == (2, "2026-02-02 00:00:00", 2)
    assert "Nothing is new." in tell("sync", "--workspace", sold).out
    (row,) = tell("sync", "--list", "--json", "--workspace", sold).document["sources"]
    assert (row["cursor"], row["every"], row["error"]) == ("2026-02-02 00:00:00", "0:15:00", None)
    listed = tell("sync", "--list", "--workspace", sold, LANG="zh_CN.UTF-8").out.splitlines()
    assert listed[0].split() == ["数据来源", "内容", "上次拉取", "游标", "行数", "接受", "已有", "拒绝"]


def test_a_source_that_fails_is_told_and_the_others_have_their_turn(tell: Any, sold: Path) -> None:
    broken = SOURCE.format(path="gone.duckdb").replace("key: shop", "key: gone")
    (sold / "definitions" / "sources" / "gone.yml").write_text(broken, "utf-8")
    told = tell("sync", "--json", "--workspace", sold, code=1)
    gone, shop = told.document["sources"]
    assert "gone: there is no DuckDB file" in gone["error"]
    assert shop["result"]["accepted"] == 2
    assert told.err.count("tenure: gone: ") == 1
    assert "gone: there is no DuckDB file" in tell("sync", "--list", "--workspace", sold).out


def test_check_tells_what_is_wrong_with_a_source(tell: Any, sold: Path) -> None:
    path = sold / "definitions" / "sources" / "shop.yml"
    path.write_text(path.read_text("utf-8").replace("cursor: changed_at\n", "cursr: changed_at\n"), "utf-8")
    told = tell("check", "--workspace", sold, code=1).err
    assert 'shop.yml line 8: unknown entry "cursr" in the source. Did you mean "cursor"?' in told
