"""Scores by day: a row when they moved; as known at an instant; merged, mended, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

import tenure
from tenure.clock import AsOf, naive
from tenure.store import SCORES, keep_scores, known_sql
from tenure.store.scores import SCORE_TABLES, score_columns
from tenure.workspace import Workspace

Scores = Mapping[int, Sequence[Any]]
DAY = date(2026, 3, 1)


@pytest.fixture
def shop(tmp_path) -> Workspace:
    return tenure.init(tmp_path / "shop", zone="Asia/Shanghai", clock="2026-06-01")


def at(shop: Workspace, days: int, hours: int = 0) -> AsOf:
    instant = shop.clock.start_of(DAY + timedelta(days=days)) + timedelta(hours=hours)
    return AsOf(instant, shop.clock.day(instant))


def scored(shop: Workspace, source: str, moment: AsOf, scores: Scores) -> int:
    """Keep these scores (the source's columns without since) and return how many rows that took."""
    con = shop.store.snapshot().connect()
    names = [name for name, column in SCORES[source].items() if not column.since]
    con.execute(
        f"CREATE TEMP TABLE given (customer_key BIGINT, {', '.join(f'{n} {SCORES[source][n].kind}' for n in names)})"
    )
    for key, values in scores.items():
        con.execute(f"INSERT INTO given VALUES ({', '.join('?' * (len(names) + 1))})", [key, *values]).fetchall()
    return keep_scores(shop.store, con, source, "SELECT * FROM given", moment, shop.clock)


def known(shop: Workspace, source: str, moment: AsOf, known_at: AsOf | None = None) -> dict[int, tuple[Any, ...]]:
    """What was known of everybody at an instant."""
    con = shop.store.snapshot().knowing(known_at.instant if known_at else None).connect()
    query = known_sql(source, list(SCORES[source]), f"TIMESTAMP '{naive(moment.instant)}'")
    return {key: tuple(values) for key, *values in con.execute(query).fetchall()}


def risks(shop: Workspace, moment: AsOf) -> dict[int, tuple[Any, ...]]:
    return known(shop, "risk", moment)


def test_a_score_that_hardly_moved_is_not_kept_again_and_one_that_moved_is(shop):
    assert scored(shop, "risk", at(shop, 0), {1: (0.50, "medium"), 2: (0.20, "low")}) == 2
    assert scored(shop, "risk", at(shop, 1), {1: (0.53, "medium"), 2: (0.20, "low")}) == 0
    assert scored(shop, "risk", at(shop, 2), {1: (0.56, "medium"), 2: (0.20, "low")}) == 1
    assert risks(shop, at(shop, 1)) == {1: (0.5, "medium", DAY), 2: (0.2, "low", DAY)}
    assert risks(shop, at(shop, 2))[1] == (0.56, "medium", DAY)


def test_the_day_of_a_band_stays_until_the_band_changes(shop):
    for day, (probability, band) in enumerate([(0.5, "medium"), (0.6, "medium"), (0.7, "high"), (0.9, "high")]):
        scored(shop, "risk", at(shop, day), {1: (probability, band)})
    assert [risks(shop, at(shop, day))[1][2] for day in range(4)] == [
        DAY, DAY, DAY + timedelta(days=2), DAY + timedelta(days=2)
    ]  # fmt: skip


def test_a_score_is_known_from_its_instant_on_and_not_a_moment_before(shop):
    scored(shop, "value", at(shop, 3, 9), {1: (50_000, 4.0, 0.9)})
    assert known(shop, "value", at(shop, 3, 8)) == {}
    assert known(shop, "value", at(shop, 3, 9)) == {1: (50_000, 4.0, 0.9)}


def test_who_is_no_longer_scored_is_unknown_from_then_on(shop):
    scored(shop, "risk", at(shop, 0), {1: (0.5, "medium"), 2: (0.5, "medium")})
    assert scored(shop, "risk", at(shop, 5), {1: (0.5, "medium")}) == 1
    assert risks(shop, at(shop, 4))[2] == (0.5, "medium", DAY)
    assert risks(shop, at(shop, 5))[2] == (None, None, None)
    assert scored(shop, "risk", at(shop, 6), {1: (0.5, "medium")}) == 0  # said once


def test_scores_can_be_made_for_a_past_day(shop):
    for day, probability in ((0, 0.1), (10, 0.3), (5, 0.7)):
        scored(shop, "risk", at(shop, day), {1: (probability, "low")})
    assert [risks(shop, at(shop, day))[1][0] for day in (4, 5, 10)] == [0.1, 0.7, 0.3]


@pytest.mark.thorough
def test_scores_made_for_the_past_hold_until_the_scoring_that_followed(shop):
    scored(shop, "risk", at(shop, 0), {1: (0.1, "low")})
    scored(shop, "risk", at(shop, 10), {1: (0.1, "low"), 2: (0.9, "high")})
    scored(shop, "risk", at(shop, 20), {1: (0.1, "low"), 2: (0.9, "high")})
    scored(shop, "risk", at(shop, 5), {1: (0.7, "high"), 2: (0.4, "medium")})
    assert {day: risks(shop, at(shop, day)).get(1, (None,))[0] for day in (0, 4, 5, 9, 10, 30)} == {
        0: 0.1, 4: 0.1, 5: 0.7, 9: 0.7, 10: 0.1, 30: 0.1
    }  # fmt: skip
    assert {day: risks(shop, at(shop, day)).get(2, (None,))[0] for day in (4, 5, 10, 30)} == {
        4: None, 5: 0.4, 10: 0.9, 30: 0.9
    }  # fmt: skip


def test_scored_again_for_the_same_instant_the_later_answer_stands(shop):
    scored(shop, "health", at(shop, 0), {1: (39.9, "ailing")})
    scored(shop, "health", at(shop, 0), {1: (80.0, "well")})
    assert known(shop, "health", at(shop, 0)) == {1: (80, "well", DAY)}


def test_what_was_learned_later_is_left_out_when_asked_what_was_known(shop):
    scored(shop, "risk", at(shop, 0), {1: (0.5, "medium")})
    before, now = tenure.clock.Clock("UTC").as_of("2020-01-01"), tenure.clock.Clock("UTC").as_of()
    assert known(shop, "risk", at(shop, 9), before) == {}
    scored(shop, "risk", at(shop, 1), {1: (0.9, "high")})
    assert known(shop, "risk", at(shop, 9), now)[1][0] == 0.5
    assert known(shop, "risk", at(shop, 9))[1][0] == 0.9


def test_two_people_found_to_be_one_keep_the_scores_of_the_one_they_became(shop):
    scored(shop, "risk", at(shop, 0), {1: (0.9, "high"), 2: (0.1, "low")})
    con = shop.store.connect()
    shop.store.append_id_map(con, "SELECT CAST(2 AS BIGINT) AS source_key, CAST(1 AS BIGINT) AS customer_key")
    assert risks(shop, at(shop, 0)) == {1: (0.9, "high", DAY)}
    assert scored(shop, "risk", at(shop, 1), {1: (0.9, "high")}) == 0
    shop.store.append_id_map(con, "SELECT CAST(2 AS BIGINT) AS source_key, CAST(2 AS BIGINT) AS customer_key")
    assert risks(shop, at(shop, 1))[2] == (0.1, "low", DAY)


def test_the_newest_rows_are_made_anew_where_a_writer_broke_off(shop, monkeypatch):
    scored(shop, "risk", at(shop, 0), {1: (0.5, "medium")})
    append = shop.store.append

    def broken(table, *rest, **more):
        if table == "risk_scores":
            raise OSError("the disk is full")
        append(table, *rest, **more)

    monkeypatch.setattr(shop.store, "append", broken)
    with pytest.raises(OSError, match="the disk is full"):
        scored(shop, "risk", at(shop, 1), {1: (0.9, "high")})
    monkeypatch.undo()
    scored(shop, "risk", at(shop, 2), {1: (0.9, "high")})
    assert risks(shop, at(shop, 2)) == {1: (0.9, "high", DAY + timedelta(days=1))}


def test_every_table_of_scores_names_a_customer_so_that_an_erasure_finds_it(shop):
    assert all("customer_key" in shop.store.tables[name].spec.columns for name in SCORE_TABLES)
    assert all(set(SCORES[source]) < set(score_columns(source)) for source in SCORES)
