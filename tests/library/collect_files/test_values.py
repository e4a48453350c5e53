"""Times and amounts as people write them."""

from __future__ import annotations

import duckdb
import pytest

from tenure.collect.files.values import amount_sql, decimal_mark, make_moments, short_order
from tenure.errors import CollectError
from tests.rows import insert


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    made.execute("SET TimeZone = 'UTC'")
    return made


def moments(
    con: duckdb.DuckDBPyConnection, *texts: str, zone: str = "Asia/Shanghai", day_first: bool | None = None
) -> list[str]:
    con.execute("CREATE OR REPLACE TABLE lines (time VARCHAR)")
    insert(con, "lines", [[text] for text in texts])
    make_moments(con, zone, short_order(con, day_first))
    found = dict(con.execute("SELECT text, strftime(ts, '%Y-%m-%d %H:%M:%S') FROM moments").fetchall())
    return [found[text] for text in texts]


@pytest.mark.parametrize(
    "text",
    [
        "2010-12-01 08:26", "2010-12-01T08:26:00", "2010/12/1 8:26", "2010.12.01 08:26:00", "2010年12月1日 08:26",
        "20101201082600", "2010-12-01T00:26:00Z", "2010-12-01 00:26:00 UTC", "2010-12-01T08:26:00+08:00",
        "2010-12-01 00:26:00+00", "2010-11-30 19:26:00.0-05",
        "2010-12-01 08:26:00.000+0800", "1291163160", "1291163160000", "1 Dec 2010 08:26", "Dec 1, 2010 08:26",
        "40513.351388889",
    ],
)  # fmt: skip
def test_one_instant_is_understood_however_it_is_written(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert moments(con, text) == ["2010-12-01 00:26:00"]


@pytest.mark.parametrize(
    "text", ["2010-13-01", "yesterday", "31/31/2010", "0000-00-00", "2010-02-30", "99999999999999", "2010-12-01-08"]
)
def test_what_is_no_time_is_nothing(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert moments(con, text, day_first=True) == [None]


def test_the_whole_column_tells_day_from_month(con: duckdb.DuckDBPyConnection) -> None:
    assert moments(con, "03/04/2011 10:00", "13/04/2011") == ["2011-04-03 02:00:00", "2011-04-12 16:00:00"]
    assert moments(con, "03/04/11", "04/13/11") == ["2011-03-03 16:00:00", "2011-04-12 16:00:00"]


def test_dates_that_can_be_read_two_ways_are_asked_about(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(CollectError, match="day from month"):
        moments(con, "03/04/2011", "05/06/2011")
    assert moments(con, "03/04/2011", day_first=False) == ["2011-03-03 16:00:00"]


def test_a_naive_time_is_local_in_summer_and_in_winter(con: duckdb.DuckDBPyConnection) -> None:
    found = moments(con, "2011-01-01 12:00", "2011-07-01 12:00", zone="Europe/London")
    assert found == ["2011-01-01 12:00:00", "2011-07-01 11:00:00"]


def amounts(con: duckdb.DuckDBPyConnection, *texts: str, mark: str | None = None) -> list[str | None]:
    con.execute("CREATE OR REPLACE TABLE lines (amount VARCHAR)")
    insert(con, "lines", [[text] for text in texts])
    read = amount_sql("amount", decimal_mark(con, ["amount"], mark))
    return [
        None if row[0] is None else str(row[0].normalize())
        for row in con.execute(f"SELECT {read} FROM lines").fetchall()
    ]


def test_amounts_with_points_are_exact(con: duckdb.DuckDBPyConnection) -> None:
    assert amounts(con, "0.001", "£1,234.50", "(12.5)", "12.5-", "￥3", "USD 7", "1 000.25") == [
        "0.001", "1234.5", "-12.5", "-12.5", "3", "7", "1000.25",
    ]  # fmt: skip


def test_amounts_with_decimal_commas_are_exact(con: duckdb.DuckDBPyConnection) -> None:
    assert amounts(con, "12,5", "1.234,56", "1.234", "3 000,10 €") == ["12.5", "1234.56", "1234", "3000.1"]


def test_amounts_that_can_be_read_two_ways_are_asked_about(con: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(CollectError, match="decimals or thousands"):
        amounts(con, "1,234", "5,678")
    assert amounts(con, "1,234", mark=",") == ["1.234"]
    assert amounts(con, "1,234", mark=".") == ["1234"]


def test_what_is_no_amount_is_nothing(con: duckdb.DuckDBPyConnection) -> None:
    assert amounts(con, "free", "1.2.3", "12,50", "1e400", "NaN", "--1", "0x10", mark=".") == [None] * 7
