"""Value segments over time."""

from datetime import date

import duckdb

from tenure.reports import SegmentMove, SegmentSize, segment_moves, segment_sizes

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


def made() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("CREATE TABLE segment_history (customer_key BIGINT, month DATE, segment VARCHAR, revenue BIGINT)")
    con.executemany(
        "INSERT INTO segment_history VALUES (?, ?, ?, ?)",
        [
            (1, JUNE, "loyal", 10),
            (2, JUNE, "loyal", 20),
            (1, JULY, "loyal", 15),
            (2, JULY, "at_risk", 20),
            (3, JULY, "recent", 5),
        ],
    )
    return con


def test_sizes_and_money_of_each_month() -> None:
    assert segment_sizes(made()) == (
        SegmentSize(JUNE, "loyal", 2, 30),
        SegmentSize(JULY, "at_risk", 1, 20),
        SegmentSize(JULY, "loyal", 1, 15),
        SegmentSize(JULY, "recent", 1, 5),
    )


def test_moves_tell_who_stayed_who_went_and_who_is_new() -> None:
    found = set(segment_moves(made(), JUNE, JULY))
    assert found == {
        SegmentMove("loyal", "loyal", 1),
        SegmentMove("loyal", "at_risk", 1),
        SegmentMove(None, "recent", 1),
    }
