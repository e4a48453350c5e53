"""Risk of contracts: P(not renewed), chosen by itself where a company lives from contracts."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

import tenure
from tenure.clock import AsOf
from tenure.errors import NotFound, UsageError
from tenure.risk import choose_horizon
from tenure.value import contracts, held
from tenure.value.renewals import Chances, Own, renewals
from tenure.value.renewals_report import QUARTER
from tenure.workspace import Workspace
from tests.examples import examples

END = date(2025, 1, 1)
COUNT = examples(60, thorough=360)


def event(customer: str, day: date, name: str, number: int = 0, **said: object) -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).isoformat()
    words: dict[str, Any] = {"type": "track", "userId": customer, "event": name, "timestamp": at}
    words["properties"] = {"who": customer, **said}
    return {**words, "messageId": f"{customer}-{name}-{day}-{number}"}


def loaded(folder: Path, events: list[dict[str, Any]], clock: date = END) -> Workspace:
    folder.mkdir(exist_ok=True)
    made = tenure.init(folder / "shop", zone="UTC", currency="USD", clock=clock.isoformat())
    file = folder / "events.jsonl"
    file.write_text("\n".join(map(json.dumps, events)))
    with made.writing():
        made.collect.load_events(file)
    return made


def subscribers(count: int) -> list[dict[str, Any]]:
    """Monthly contracts. Half use it rarely, and mostly do not renew; they fall silent, and some of them cancel."""
    rng, found = np.random.default_rng(7), []
    for number in range(count):
        who, keen = f"s{number}", number % 2 == 0
        day = END - timedelta(days=int(rng.integers(60, 400)))
        found.append(event(who, day, "Subscription Started", interval="month", plan="pro"))
        while day < END:
            uses = rng.integers(8, 15) if keen else rng.integers(0, 3)
            found += [event(who, day + timedelta(days=2 * n), "Product Viewed", n) for n in range(uses)]
            day += timedelta(days=30)
            if rng.random() < (0.03 if keen else 0.3):
                if number % 3 == 0:
                    found.append(event(who, day, "Subscription Cancelled"))
                break
            found.append(event(who, day, "Subscription Renewed", interval="month"))
    day_of = END.isoformat()
    return [each for each in found if each["timestamp"] < day_of]


def priced(count: int) -> list[dict[str, Any]]:
    """The same, each paying 20 dollars a month."""
    paid = {"revenue": 20, "currency": "USD"}
    return [{**each, "properties": {**each["properties"], **paid}} for each in subscribers(count)]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Their events, before anything was learned of them."""
    return loaded(tmp_path_factory.mktemp("contracts"), subscribers(COUNT))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, known: Workspace) -> Workspace:
    """The same, scored."""
    made = tenure.open(shutil.copytree(known.folder, tmp_path_factory.mktemp("scored") / "shop"))
    with made.writing():
        made.risk.renew()
    return made


@pytest.fixture
def changing(shop: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the shop, to write into."""
    return tenure.open(shutil.copytree(shop.folder, tmp_path / "shop"))


def keys(shop: Workspace) -> dict[str, int]:
    """Everybody's key by id, in one query: asking for each would take a minute."""
    con = shop.store.snapshot().connect()
    rows = con.execute("SELECT DISTINCT json_extract_string(properties, '$.who'), customer_key FROM events")
    return dict(rows.fetchall())


def test_a_company_of_contracts_awaits_renewals(known: Workspace) -> None:
    found = choose_horizon(known.store.snapshot().connect(), known.clock.as_of())
    assert (found.awaited, found.typical, found.days) == ("renewal", 30, 45)


@pytest.mark.thorough
def test_what_was_learned_says_that_renewals_are_awaited(shop: Workspace) -> None:
    assert shop.risk.kept().model.awaited == "renewal"  # type: ignore[union-attr]


def test_whose_contract_runs_equals_a_count_by_hand(known: Workspace) -> None:
    con = known.store.snapshot().connect()
    for day in (END, date(2024, 10, 1)):
        at = known.clock.as_of(day)
        asked = held(con, at, contracts(con, at))
        paid: dict[str, list[date]] = {}
        over: dict[str, date] = {}
        for said in subscribers(COUNT):
            when = date.fromisoformat(said["timestamp"][:10])
            if when < day and said["event"] == "Subscription Cancelled":
                over[said["userId"]] = when
            elif when < day and said["event"].startswith("Subscription"):
                paid.setdefault(said["userId"], []).append(when)
        grace = timedelta(days=39)  # 31 and a quarter
        runs = {who for who, days in paid.items() if who not in over and max(days) + grace > day}
        key = keys(known)
        assert {key[who] for who in runs} == set(asked.running.tolist())
        periods = dict(zip(asked.customer_key.tolist(), asked.periods.tolist(), strict=True))
        assert periods == {key[who]: len(days) for who, days in paid.items()}


@pytest.mark.thorough
def test_those_whose_contract_runs_are_scored_and_those_who_use_it_little_are_at_risk(shop: Workspace) -> None:
    con = shop.store.snapshot().connect()
    rows = dict(con.execute("SELECT customer_key, probability FROM risk").fetchall())
    assert set(rows) == set(held(con, shop.clock.as_of(), contracts(con, shop.clock.as_of())).running.tolist())
    key = keys(shop)
    keen = {key[f"s{number}"] for number in range(0, COUNT, 2)}
    mean = [np.mean([p for key, p in rows.items() if (key in keen) is side]) for side in (True, False)]
    assert mean[0] < 0.25 < mean[1]
    with pytest.raises(NotFound, match="no running contract"):
        shop.risk.why(min(set(key.values()) - set(rows)))


@pytest.mark.thorough
def test_it_is_judged_beside_the_age_of_contracts_alone(shop: Workspace) -> None:
    rows = {row.model: row for row in shop.risk.report().rows}
    assert set(rows) == {"boosting", "logistic", "sBG"}
    used = next(row for row in rows.values() if row.chosen)
    assert used.figures.log_loss < rows["sBG"].figures.log_loss
    assert abs(rows["sBG"].figures.bias) < 0.15
    assert shop.risk.report().document()["awaited"] == "renewal"


@pytest.mark.thorough
def test_health_knows_contracts_and_is_judged_by_renewals(changing: Workspace) -> None:
    shop = changing
    with shop.writing():
        assert shop.health.renew() == COUNT
    con = shop.store.snapshot().connect()
    running = set(held(con, shop.clock.as_of(), contracts(con, shop.clock.as_of())).running.tolist())
    rows = con.execute("SELECT customer_key, score, groups FROM health").fetchall()
    scores = {side: [score for key, score, _ in rows if (key in running) is side] for side in (True, False)}
    assert min(scores[True]) > np.mean(scores[False])
    for key, _, told in rows:
        groups = json.loads(told)
        assert (groups["contract"] >= 50) is (key in running)
        assert groups["pace"] is groups["depth"] is None
    found = shop.health.report()
    cut = found.cut
    assert cut is not None
    assert found.awaited == "renewal"
    ran = held(con, cut, contracts(con, cut)).running
    later = held(con, shop.clock.as_of(cut.day + timedelta(days=found.days)), contracts(con, cut)).running
    assert sum(each.customers for each in found.fared) == len(ran)
    assert sum(each.lost for each in found.fared) == len(set(ran.tolist()) - set(later.tolist()))
    assert found.auc is not None
    assert found.auc > 0.7


@pytest.mark.thorough
def test_value_follows_the_risk_of_each_contract(changing: Workspace) -> None:
    shop = changing
    with shop.writing():
        shop.value.renew()
    con, at = shop.store.snapshot().connect(), shop.clock.as_of()
    rows = con.execute(
        "SELECT customer_key, probability, purchases FROM risk JOIN value USING (customer_key)"
    ).fetchall()
    known = held(con, at, contracts(con, at))
    by_age = dict(zip(known.customer_key.tolist(), renewals(known).purchases.tolist(), strict=True))
    _, safest, most = min(rows, key=lambda row: row[1])
    key, riskiest, least = max(rows, key=lambda row: row[1])
    assert safest < 0.1 < 0.3 < riskiest
    assert least < by_age[key]
    assert most > least
    shares = [purchases / by_age[key] for key, _, purchases in rows]
    assert np.corrcoef([risk for _, risk, _ in rows], shares)[0, 1] < -0.9
    told = json.loads(con.execute("SELECT report FROM value_model").fetchall()[0][0])
    assert told["awaited"] == shop.value.report().awaited == "renewal"
    assert shop.value.kept() is None


@pytest.mark.thorough
def test_contracts_are_valued_by_age_while_the_hold_out_finds_that_surely_nearer(tmp_path: Path) -> None:
    shop = loaded(tmp_path, priced(360))
    truly = shop.value._foretold
    assert truly is not None

    def turned(con: duckdb.DuckDBPyConnection, cut: AsOf) -> Chances | None:
        told = truly(con, cut)
        return told and Chances(told.days, told.customer_key, 1 - told.chance)

    def found(refit: bool) -> tuple[list[float], float]:
        shop.value.renew(refit=refit)
        con = shop.store.snapshot().connect()
        worth = [row[0] for row in con.execute("SELECT purchases FROM value ORDER BY customer_key").fetchall()]
        return worth, float(con.execute("SELECT sum(amount) FROM stakes").fetchall()[0][0])

    con, at = shop.store.snapshot().connect(), shop.clock.as_of()
    by_age = renewals(held(con, at, contracts(con, at))).purchases.tolist()
    with shop.writing():
        shop.risk.renew()
        by_own, stake = found(True)
        assert by_own != pytest.approx(by_age)
        shop.value._foretold = turned
        assert found(True) == (pytest.approx(by_age), pytest.approx(stake)), "its risk is at stake all the same"
        shop.value._foretold = truly
        assert found(False)[0] == pytest.approx(by_age), "until the next fit"
        assert found(True)[0] == pytest.approx(by_own)


@pytest.mark.thorough
@pytest.mark.parametrize("table", ["renewals", "stakes"])
def test_what_contracts_bring_and_have_at_stake_deleted_comes_back(tmp_path: Path, table: str) -> None:
    def rows() -> list[tuple[object, ...]]:
        opened = tenure.open(folder)
        with opened.writing():
            opened.risk.renew()
            opened.value.renew()
        return opened.store.snapshot().connect(table).execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()

    folder = loaded(tmp_path, priced(360)).folder
    kept = rows()
    shutil.rmtree(folder / "store" / table)
    assert rows() == kept != []


@pytest.mark.thorough
def test_what_told_the_lost_is_told_of_contracts_too(shop: Workspace) -> None:
    found = shop.risk.losses()
    assert found.gone + found.kept > 50
    assert found.drivers
    assert shop.risk.declines().drivers == ()


@pytest.mark.thorough
def test_a_contract_without_told_renewals_runs_until_it_is_cancelled(tmp_path: Path) -> None:
    early = END - timedelta(days=400)
    said = [event("a", early, "Subscription Started"), event("b", early, "Subscription Started")]
    made = loaded(tmp_path, [*said, event("b", END - timedelta(days=9), "Subscription Cancelled")])
    con, at = made.store.snapshot().connect(), made.clock.as_of()
    assert held(con, at, contracts(con, at)).running.tolist() == [keys(made)["a"]]
    with made.writing(), pytest.raises(UsageError, match="too little to learn from"):
        made.risk.renew()


@pytest.mark.thorough
def test_what_contracts_are_worth_is_kept_for_a_company_without_orders(tmp_path: Path) -> None:
    made = loaded(tmp_path, priced(80))
    with made.writing():
        done = made.value.renew()
    assert (done.model, done.customers) == ("ShiftedBetaGeometric", 80)
    con = made.store.snapshot().connect()
    rows = con.execute("SELECT alive, purchases, value, low, high FROM value").fetchall()
    assert {row[0] for row in rows} == {0.0, 1.0}
    for alive, purchases, value, low, high in rows:
        assert low <= value <= high or not alive
        assert (value > 0) == (purchases > 0) == bool(alive)
        assert value <= 2_000 * purchases
    assert made.value.likeliest(made.find("s0")) is None


@pytest.mark.thorough
def test_the_hold_out_of_value_judges_what_would_have_been_shown_at_the_cut(tmp_path: Path) -> None:
    """A second way: a company whose past ends at the cut, scored as everyday, says what the hold-out expected."""
    cut = END - timedelta(days=QUARTER)
    all_of_it = loaded(tmp_path / "all", priced(360))
    before = [each for each in priced(360) if each["timestamp"] < cut.isoformat()]
    until_then = loaded(tmp_path / "then", before, clock=cut)
    with until_then.writing():
        until_then.risk.renew()
    then, at = until_then.store.snapshot().connect(), until_then.clock.as_of()
    who, known = {key: name for name, key in keys(until_then).items()}, held(then, at, contracts(then, at))
    shown = {who[key]: chance for key, chance in then.execute("SELECT customer_key, probability FROM risk").fetchall()}
    key = keys(all_of_it)
    told = all_of_it.risk.foretold(all_of_it.store.snapshot().connect(), all_of_it.clock.as_of(cut))
    assert told is not None
    foretold = dict(zip(told.customer_key.tolist(), told.chance.tolist(), strict=True))
    assert foretold == pytest.approx({key[name]: 1 - chance for name, chance in shown.items()})
    names = {customer: shown.get(who[customer], np.nan) for customer in known.customer_key.tolist()}
    own = Own(told.days, 1 - np.array(list(names.values())))
    expected = renewals(known, float(QUARTER - 1), own=own).purchases.sum()
    judged = all_of_it.value.report()
    assert judged.chosen.model == "each contract's own risk"
    assert judged.chosen.purchases.expected == pytest.approx(expected)
    _, age, mine = judged.rows
    assert mine.purchases.rmse < age.purchases.rmse
    assert mine.purchases.gini > age.purchases.gini
