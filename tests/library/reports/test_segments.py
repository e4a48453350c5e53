"""Value segments over time."""

from datetime import date

import duckdb

from tenure.reports import SegmentMove, SegmentSize, member_customers, segment_members, segment_moves, segment_sizes

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


def test_the_customers_behind_a_size_are_those_it_counts() -> None:
    con = made()
    assert segment_members(con, ["loyal"], JUNE).keys == (1, 2)
    assert segment_members(con, ["loyal", "at_risk"], JULY).keys == (1, 2)
    con.execute('CREATE TABLE membership_history (customer_key BIGINT, segment VARCHAR, entered DATE, "left" DATE)')
    con.execute("INSERT INTO membership_history VALUES (7, 'vip', '2026-06-01', '2026-07-01')")
    con.execute("INSERT INTO membership_history VALUES (8, 'vip', '2026-07-01', NULL)")
    assert member_customers(con, "vip", date(2026, 6, 30)).keys == (7,)
    assert member_customers(con, "vip", JULY).keys == (8,)
