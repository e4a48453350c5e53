"""Risk in a workspace: learned on past cuts, kept, explained; told in words when there is nothing to learn."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tenure
from tenure.clock import AsOf
from tenure.errors import NotFound, UsageError
from tenure.risk.churn import Churn
from tenure.risk.examples import HORIZONS, examples
from tenure.risk.report import cuts_of, judged
from tenure.risk.room import _drifted
from tenure.workspace import Workspace

COLUMNS = {name: name for name in ("customer", "time", "order", "amount")}
END = date(2025, 1, 1)


def loaded(folder: Path, rows: list[tuple[str, date, str]]) -> Workspace:
    made = tenure.init(folder / "shop", zone="UTC", currency="USD", clock=END.isoformat())
    file = folder / "orders.csv"
    lines = [f"{customer},{day},{number},{amount}" for number, (customer, day, amount) in enumerate(rows)]
    file.write_text("\n".join(["customer,time,order,amount", *lines]))
    with made.writing():
        made.collect.load_orders(file, COLUMNS)
    return made


def regulars(customers: int) -> list[tuple[str, date, str]]:
    """Everybody has a pace of their own, from weekly to every other month; half of them stop on a day of their own."""
    rng = np.random.default_rng(11)
    rows = []
    for number in range(customers):
        day = END - timedelta(days=int(rng.integers(300, 480)))
        leaves = END - timedelta(days=int(rng.integers(1, 290))) if number % 2 else END
        pace = float(rng.choice([7, 14, 30, 60]))
        while day < leaves:
            rows.append((f"c{number}", day, str(int(rng.integers(10, 90)))))
            day += timedelta(days=max(1, round(rng.gamma(4, pace / 4))))
    return rows


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = loaded(tmp_path_factory.mktemp("risk"), regulars(300))
    with made.writing():
        made.risk.renew(days=45)
    return made


def test_what_the_kept_table_marks_as_used_is_what_scores(shop: Workspace) -> None:
    kept = shop.risk.kept()
    assert kept is not None
    assert [row["model"] for row in kept.report["models"] if row["used"]] == [kept.model.kind]
    assert kept.report["beside_naive"] == "nearer"


@pytest.mark.thorough
@pytest.mark.parametrize("used", ["boosting", "logistic"])
def test_the_hold_out_marks_the_kind_that_is_used_now_whichever_it_would_have_been_then(
    shop: Workspace, used: str
) -> None:
    con, clock = shop.store.snapshot().connect(), shop.clock
    cuts = cuts_of(con, shop.definitions, clock, clock.as_of(), 45)
    found = judged(con, clock.as_of(), 45, cuts, used)
    assert [row.model for row in found.rows if row.chosen] == [used]
    squares = {row.model: row.figures.brier for row in found.rows}
    assert (squares[used] < squares["naive"]) is (found.beside_naive == "nearer")


@pytest.mark.thorough
def test_the_models_beat_what_silence_alone_says(shop: Workspace) -> None:
    report = shop.risk.report(days=45)
    rows = {row.model: row.figures for row in report.rows}
    assert set(rows) == {"boosting", "logistic", "naive"}
    assert min(rows["boosting"].log_loss, rows["logistic"].log_loss) < rows["naive"].log_loss
    assert (rows["boosting"].auc or 0) > 0.8
    (chosen,) = (row for row in report.rows if row.chosen)
    assert abs(chosen.figures.bias) < 0.1


def test_the_horizon_comes_from_the_shops_own_gaps(shop: Workspace) -> None:
    from tenure.risk import choose_horizon

    found = choose_horizon(shop.store.snapshot().connect(), shop.clock.as_of())
    gaps = sorted(later for _, later in all_gaps())
    assert found.gaps == len(gaps)
    assert found.typical == gaps[-(-len(gaps) * 4 // 5) - 1]
    assert found.days == next(days for days in HORIZONS if days >= found.typical)


def all_gaps() -> list[tuple[str, int]]:
    days: dict[str, set[date]] = {}
    for customer, day, _ in regulars(300):
        days.setdefault(customer, set()).add(day)
    return [
        (customer, (after - before).days) for customer, seen in days.items() for before, after in pairwise(sorted(seen))
    ]


def test_outcomes_equal_a_plain_count_over_the_file(shop: Workspace) -> None:
    cut = AsOf(shop.clock.start_of(date(2024, 10, 1)), date(2024, 10, 1))
    found = examples(shop.store.snapshot().connect(), shop.definitions, shop.clock, cut, 45)
    days: dict[str, list[date]] = {}
    for customer, day, _ in regulars(300):
        days.setdefault(customer, []).append(day)
    names = dict(shop.store.snapshot().connect().execute("SELECT customer_key, external_id FROM customers").fetchall())
    assert found.lost is not None
    slow = {
        name: not any(cut.day <= day < cut.day + timedelta(days=45) for day in seen)
        for name, seen in days.items()
        if min(seen) < cut.day
    }
    assert {names[key]: bool(lost) for key, lost in zip(found.customer_key, found.lost, strict=True)} == slow


def test_a_planted_leak_would_be_seen(shop: Workspace) -> None:
    """Features as of the cut do not change when everything after it is taken away."""
    cut = AsOf(shop.clock.start_of(date(2024, 10, 1)), date(2024, 10, 1))
    con = shop.store.snapshot().connect()
    whole = examples(con, shop.definitions, shop.clock, cut, None)
    con.execute("CREATE TEMP TABLE early AS SELECT * FROM events WHERE day < DATE '2024-10-01'").fetchall()
    con.execute("CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM early").fetchall()
    past = examples(con, shop.definitions, shop.clock, cut, None)
    assert np.array_equal(whole.values, past.values, equal_nan=True)
    con.execute("UPDATE early SET day = DATE '2024-10-01', ts = TIMESTAMP '2024-10-01' WHERE source_key = 1").fetchall()
    moved = examples(con, shop.definitions, shop.clock, cut, None)
    assert len(moved) == len(past) - 1


def test_everybody_who_ordered_is_scored(shop: Workspace) -> None:
    con = shop.store.snapshot().connect()
    count, low, high, days = con.execute(
        "SELECT count(*), min(probability), max(probability), any_value(days) FROM risk"
    ).fetchall()[0]
    assert (count, days) == (300, 45)
    assert 0 < low < 0.3
    assert 0.8 < high < 1


def test_reasons_add_up_to_the_score_and_are_said_in_both_languages(shop: Workspace) -> None:
    con = shop.store.snapshot().connect()
    key, probability = con.execute("SELECT customer_key, probability FROM risk ORDER BY 2 DESC LIMIT 1").fetchall()[0]
    why = shop.risk.why(key)
    assert why.probability == pytest.approx(probability, abs=1e-9)
    assert why.average + sum(cause.adds for cause in why.causes) + why.rest == pytest.approx(why.log_odds)
    assert 1 / (1 + np.exp(-why.log_odds)) == pytest.approx(probability)
    raising = next(cause for cause in why.causes if cause.adds > 0)
    assert raising.words.en.endswith("raises the risk")
    assert raising.words.zh.endswith("提高流失风险")
    assert why.hint.zh


def test_it_learns_anew_only_when_due(shop: Workspace, tmp_path: Path) -> None:
    copied = tenure.open(shutil.copytree(shop.folder, tmp_path / "shop"))
    with copied.writing():
        again = copied.risk.renew()
    assert (again.refitted, again.days) == (False, 45)
    kept = copied.risk.kept()
    assert kept is not None
    assert Churn.from_dict(kept.model.to_dict()).to_dict() == kept.model.to_dict()
    assert kept.report["days"] == 45


def test_those_who_left_differ_by_silence(shop: Workspace) -> None:
    found = shop.risk.losses(days=45)
    strongest = {driver.feature for driver in found.drivers[:6]}
    assert strongest & {"days_since_last_order", "orders_30d", "gap_ratio", "revenue_90d", "orders_90d"}
    assert all(driver.adjusted_p <= 0.05 for driver in found.drivers)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "There are no orders"),
        ([("a", END - timedelta(days=3), "5")], "The history is too short"),
        pytest.param(
            [(f"c{n}", END - timedelta(days=300), "5") for n in range(300)],
            "too little to learn from",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_too_little_to_learn_from_is_told_in_words(tmp_path: Path, rows: list[Any], words: str) -> None:
    made = loaded(tmp_path, rows) if rows else tenure.init(tmp_path / "shop", zone="UTC", currency="USD")
    with made.writing(), pytest.raises(UsageError, match=words):
        made.risk.renew()


def test_somebody_who_never_ordered_has_no_risk(shop: Workspace) -> None:
    with pytest.raises(NotFound, match="never ordered"):
        shop.risk.why(999_999)


@pytest.mark.thorough
def test_it_learns_anew_when_customers_look_otherwise(tmp_path: Path) -> None:
    """Everybody falls silent at once, three weeks after the fit: no schedule would have it learn so soon."""
    silent = END - timedelta(days=20)
    shop = loaded(tmp_path, [row for row in regulars(300) if row[1] < silent])
    with shop.writing():
        assert shop.risk.renew(silent, days=45).why == "asked"
        assert shop.risk.renew(silent + timedelta(days=3)).why == ""
        assert shop.risk.renew(END).why == "drift"
        assert shop.risk.renew(END).why == ""


def test_a_mean_forecast_that_moves_by_a_twentieth_in_a_week_is_a_drift(shop: Workspace) -> None:
    kept = shop.risk.kept()
    assert kept is not None
    mean, now = kept.report["mean"], kept.as_of
    week, day = (AsOf(now.instant + timedelta(days=n), now.day + timedelta(days=n)) for n in (7, 1))
    assert _drifted(kept, week, mean + 0.06)
    assert _drifted(kept, week, mean - 0.06)
    assert not _drifted(kept, week, mean + 0.04)
    assert not _drifted(kept, day, mean + 0.3)
