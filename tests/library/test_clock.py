"""Days begin where the workspace is, on every engine alike."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tenure.clock import Clock, local_day_sql
from tenure.errors import UsageError


@pytest.mark.parametrize(
    "zone",
    ["Europe/London", "Asia/Shanghai",
     *(pytest.param(each, marks=pytest.mark.thorough) for each in ("America/New_York", "Australia/Lord_Howe", "UTC"))],
)  # fmt: skip
def test_the_local_day_in_sql_is_that_of_the_time_zone_database(zone: str) -> None:
    start = datetime(2019, 1, 1, tzinfo=UTC)
    instants = [start + timedelta(minutes=43 * step) for step in range(0, 60_000, 7)]
    con = duckdb.connect()
    con.execute("CREATE TABLE t (i INTEGER, ts TIMESTAMP)").fetchall()
    con.execute(
        "INSERT INTO t SELECT range, TIMESTAMP '2019-01-01' + INTERVAL '43' MINUTE * (range * 7) FROM range(?)",
        [len(instants)],
    ).fetchall()
    found = con.execute(f"SELECT i, {local_day_sql('ts', zone)} FROM t ORDER BY i").fetchall()
    assert [day for _, day in found] == [instant.astimezone(ZoneInfo(zone)).date() for instant in instants]


def test_a_bare_date_is_its_first_instant_in_the_workspace_zone() -> None:
    moment = Clock("Europe/London").as_of("2011-06-01")
    assert moment.instant == datetime(2011, 5, 31, 23, tzinfo=UTC)
    assert moment.day == date(2011, 6, 1)


def test_a_fixed_clock_stands_still() -> None:
    clock = Clock("Asia/Shanghai", "2011-12-10")
    assert clock.now() == clock.now() == datetime(2011, 12, 9, 16, tzinfo=UTC)


def test_an_unknown_zone_or_time_is_told_plainly() -> None:
    with pytest.raises(UsageError, match="Asia/Shanghai"):
        Clock("Mars/Olympus")
    with pytest.raises(UsageError, match="is not a time"):
        Clock("UTC").as_of("yesterday-ish")
