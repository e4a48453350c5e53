"""Seasons, festivals and leanings: what was planted is found, and what chance or growth makes is not."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from tenure.needs.affinity import leanings, make_affinities
from tenure.needs.festivals import dates, swings
from tenure.needs.season import season

FIRST = date(2022, 1, 1)
MONTHS = np.array([0.8, 0.8, 0.9, 1, 1, 1, 1, 1, 1, 1.1, 1.3, 1.4])
WEEK = np.array([0.9, 0.9, 0.9, 1, 1.1, 1.2, 1.0])


def daily(days: int, months: bool = True, growth: float = 0.0, level: float = 200.0) -> np.ndarray:
    """Orders a day, Poisson, with the week above, the year above (or none) and growth (in logarithms, over all)."""
    rng = np.random.default_rng(7)
    when = [FIRST + timedelta(days=n) for n in range(days)]
    mean = level * np.exp(growth * np.arange(days) / days) * WEEK[[day.weekday() for day in when]]
    return rng.poisson(mean * (MONTHS[[day.month - 1 for day in when]] if months else 1.0)).astype(float)


def test_the_planted_year_and_week_are_found_beside_growth() -> None:
    found = season(FIRST, daily(1096, growth=1.0))
    assert (found.yearly, len(found.weeks)) == ("told", 52)
    truth = MONTHS / np.exp(np.log(MONTHS).mean())
    for each, index in zip(found.months, truth, strict=True):
        assert each.low < index < each.high or each.index == pytest.approx(index, rel=0.03)
        assert each.index == pytest.approx(index, rel=0.06)
    week = WEEK / WEEK.mean()
    assert [each.index for each in found.weekdays] == pytest.approx(list(week), rel=0.03)
    assert np.prod([each.index for each in found.months]) == pytest.approx(1)


def test_growth_alone_is_no_season() -> None:
    assert season(FIRST, daily(1096, months=False, growth=1.5)).yearly == "none"


def test_under_two_years_a_year_is_not_told_apart_from_a_trend() -> None:
    found = season(FIRST, daily(700))
    assert (found.yearly, found.p, found.months, found.weeks) == ("short", None, (), ())
    assert len(found.weekdays) == 7
    assert found.by_month[0] == (date(2022, 1, 1), pytest.approx(daily(700)[:31].mean()))
    assert season(FIRST, daily(40)).weekdays == ()


def test_festivals_fall_on_the_days_of_both_calendars() -> None:
    found = dates(2025)
    assert found["spring"] == date(2025, 1, 29)
    assert found["lantern"] == date(2025, 2, 12)
    assert found["dragon"] == date(2025, 5, 31)
    assert found["mid_autumn"] == date(2025, 10, 6)
    assert found["easter"] == date(2025, 4, 20)
    assert found["mother"] == date(2025, 5, 11)
    assert found["black_friday"] == date(2025, 11, 28)
    assert dates(2024)["spring"] == date(2024, 2, 10)
    assert dates(2024)["mid_autumn"] == date(2024, 9, 17)


def test_a_planted_festival_is_found_and_the_others_are_left_to_chance() -> None:
    orders = daily(1096, months=False)
    for year in (2022, 2023, 2024):
        at = (date(year, 11, 11) - FIRST).days
        orders[at - 4 : at + 1] *= 2
    ordinary = {each.period: each.index for each in season(FIRST, orders).weekdays}
    found = {each.festival.key: each for each in swings(FIRST, orders, ordinary)}
    singles = found.pop("singles")
    assert (singles.times, singles.sure, singles.next) == (3, True, date(2025, 11, 11))
    assert singles.index == pytest.approx(2, rel=0.1)
    assert singles.low < 2 < singles.high
    assert [key for key, each in found.items() if each.sure] == []


def shares() -> duckdb.DuckDBPyConnection:
    """Two thousand customers of 2 to 9 lines whose shares lie around (.5, .3, .2), concentration 4; two segments."""
    rng = np.random.default_rng(3)
    con = duckdb.connect()
    con.execute("CREATE TABLE goods AS SELECT i AS good, 'k' || i AS category FROM range(3) AS t(i)")
    con.execute("CREATE TABLE lines (customer_key BIGINT, good INTEGER)")
    rows = []
    for who in range(2000):
        own = rng.dirichlet(4 * np.array([0.5, 0.3, 0.2]))
        rows += [(who, int(good)) for good in rng.choice(3, rng.integers(2, 10), p=own)]
    con.execute("INSERT INTO lines SELECT unnest(?), unnest(?)", [[who for who, _ in rows], [good for _, good in rows]])
    con.execute(
        "CREATE TABLE segment_history AS SELECT customer_key, DATE '2025-01-01' AS month, CASE WHEN"
        " avg(CASE WHEN good = 2 THEN 1 ELSE 0 END) > .4 THEN 'sweet' ELSE 'rest' END AS segment"
        " FROM lines GROUP BY ALL"
    )
    return con


def test_the_weight_of_the_shops_shares_is_recovered_and_shares_are_drawn_to_it() -> None:
    con = shares()
    weight = make_affinities(con)
    assert weight == pytest.approx(4, rel=0.12)
    shop = dict(
        con.execute(
            "SELECT category, count(*) / sum(count(*)) OVER () FROM lines JOIN goods USING (good) GROUP BY 1"
        ).fetchall()
    )
    for category, n, total, share, lift in con.execute(
        "SELECT category, n, total, share, lift FROM affinities WHERE customer_key < 20"
    ).fetchall():
        assert share == pytest.approx((n + weight * shop[category]) / (total + weight))
        assert lift == pytest.approx(share / shop[category])


def test_a_segment_of_a_few_is_never_sure() -> None:
    con = shares()
    con.execute("UPDATE segment_history SET segment = 'few' WHERE customer_key < 3")
    told = [each for each in leanings(con, make_affinities(con)) if each.segment == "few"]
    assert len(told) == 3
    assert all(each.low < 1 < each.high for each in told)


def test_a_segment_that_leans_to_a_category_is_told_with_an_interval() -> None:
    con = shares()
    told = {(each.segment, each.category): each for each in leanings(con, make_affinities(con))}
    sweet, rest = told["sweet", "k2"], told["rest", "k2"]
    assert sweet.low > 1.5 > 1 > rest.high
    counted = con.execute(
        "SELECT avg(CASE WHEN good = 2 THEN 1.0 ELSE 0 END) FILTER (segment = 'sweet'),"
        " avg(CASE WHEN good = 2 THEN 1.0 ELSE 0 END)"
        " FROM lines JOIN segment_history USING (customer_key)"
    ).fetchall()[0]
    assert (sweet.share, sweet.lift) == (pytest.approx(counted[0]), pytest.approx(counted[0] / counted[1]))
