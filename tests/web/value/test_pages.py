"""The pages of value and risk: what everybody is worth, who may be lost and why, and the card of one customer."""

import json
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from tenure.risk import Churn, Linear
from tenure_web.customers.models import State
from tenure_web.worker.models import Job


@pytest.fixture
def forecasts(prepared: Any, request: pytest.FixtureRequest) -> Any:
    """Four customers: three with a value and a risk in the store, one who never ordered."""
    return prepared("forecasts", four, changing="changing" in request.fixturenames)


def four(workspace: Any) -> None:
    from tenure_web.customers import forecasts, labels
    from tenure_web.customers.models import Customer, Place, State

    labels.forget()
    now = workspace.clock.now()
    con = workspace.store.connect()
    rows = [(1, 10.0, 0.9, 90_000, 50_000, 120_000), (2, 2.0, 0.5, 30_000, 0, 60_000), (3, 0.1, 0.1, 1_000, 0, 4_000)]
    con.execute(
        "CREATE TEMP TABLE v (customer_key BIGINT, purchases DOUBLE, alive DOUBLE,"
        " value BIGINT, low BIGINT, high BIGINT)"
    )
    con.executemany("INSERT INTO v VALUES (?, ?, ?, ?, ?, ?)", rows)
    workspace.store.append("value", con, "SELECT *, 'ParetoNBD' AS model, TIMESTAMP '2026-01-01' AS as_of FROM v")
    con.execute("CREATE TEMP TABLE r (customer_key BIGINT, probability DOUBLE, band VARCHAR)")
    con.executemany("INSERT INTO r VALUES (?, ?, ?)", [(1, 0.7, "high"), (2, 0.4, "medium"), (3, 0.1, "low")])
    workspace.store.append(
        "risk", con, "SELECT *, 90 AS days, 'boosting' AS model, TIMESTAMP '2026-01-01' AS as_of FROM r"
    )
    con.close()
    channel = labels.label_id("channel", "search")
    for key in range(1, 5):
        ordered = now - timedelta(days=40 * key) if key < 4 else None
        Customer.objects.create(customer_key=key, name=f"客户{key}", created_at=now)
        State.objects.create(
            customer_key=key,
            channel=channel,
            segment=labels.label_id("segment", "champion" if key == 1 else "at_risk"),
            first_order_at=ordered,
            last_order_at=ordered,
        )
        Place.objects.create(
            customer_key=key,
            lifecycle=labels.label_id("lifecycle", "growth"),
            stage=labels.label_id("stage", "growth", "retention" if key == 1 else "churn"),
            since=now.date(),
        )
    assert forecasts.show(workspace) == 3


@pytest.mark.postgres
def test_forecasts_are_written_once_and_survive_a_change_of_the_rest(forecasts: Any) -> None:
    from tenure_web.customers import forecasts as shown
    from tenure_web.customers.models import State
    from tenure_web.customers.shown import STATE_FIELDS

    assert shown.show(forecasts) == 0
    assert not {"value", "risk", "next_order_on", "health", "risk_since"} & set(STATE_FIELDS)
    assert list(State.objects.order_by("customer_key").values_list("value", "risk")) == [
        (90_000, 0.7),
        (30_000, 0.4),
        (1_000, 0.1),
        (None, None),
    ]


def test_of_a_contract_what_its_risk_took_is_at_stake(forecasts: Any, changing: None) -> None:
    from tenure_web.customers import forecasts as shown
    from tenure_web.customers.models import State

    assert list(State.objects.order_by("customer_key").values_list("stake", flat=True)) == [63_000, 12_000, 100, None]
    con = forecasts.store.connect()
    renewed = "SELECT * REPLACE ('ShiftedBetaGeometric' AS model, 0 AS value) FROM value WHERE customer_key < 3"
    forecasts.store.append("value", forecasts.store.snapshot().connect(), renewed, overwrite=True)
    con.execute("CREATE TEMP TABLE s AS SELECT 1 AS customer_key, 45_000 AS amount, TIMESTAMP '2026-01-01' AS as_of")
    forecasts.store.append("stakes", con, "SELECT * FROM s")
    shown.show(forecasts)
    assert list(State.objects.order_by("customer_key").values_list("value", "stake"))[:2] == [(0, 45_000), (0, None)]


def test_forecasts_are_shown_again_when_their_customers_came_after_them(
    forecasts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tenure_web.customers.models import State, SyncMark
    from tenure_web.worker import forecasting

    now = forecasts.clock.now()
    monkeypatch.setattr(forecasting, "_shown", None)
    assert forecasting.show(now) == 0
    State.objects.update(value=None, risk=None, stake=None)
    assert forecasting.show(now) == 0
    SyncMark.objects.update_or_create(pk=1, defaults={"at": now})
    assert forecasting.show(now) == 3
    assert forecasting.show(now) == 0
    assert State.objects.get(customer_key=1).value == 90_000


@pytest.mark.postgres
def test_the_value_page_adds_up(sign_in: Any, vera: Any, forecasts: Any) -> None:
    context = sign_in(vera).get("/value/").context
    assert (context["worth"].total, context["worth"].customers, context["worth"].median) == (121_000, 3, 30_000)
    for _title, rows in context["groups"]:
        assert sum(group.total for group in rows) == 121_000
        assert sum(group.customers for group in rows) == 3
    assert [group.total for group in context["channels"]] == [121_000]
    assert sum(context["chart"]["series"][0]["values"]) == 3


def deciles(total: float) -> list[dict[str, float]]:
    return [{"customers": 10, "expected": total * n / 10, "actual": total * n / 12} for n in range(10)]


def figures(total: float) -> dict[str, Any]:
    numbers = {"bias": -0.05, "mae": 0.71, "rmse": 1.234, "spearman": None, "gini": 0.68, "calibration": 0.1}
    return {**numbers, "deciles": deciles(total)}


def row(model: str, chosen: bool) -> dict[str, Any]:
    judged = figures(3.0 if chosen else 1.0)
    return {"model": model, "chosen": chosen, "purchases": judged, "spend": judged, "coverage": 0.825}


@pytest.mark.parametrize(("awaited", "beside"), [("purchase", "open"), ("renewal", "farther")])
def test_the_value_page_shows_the_whole_hold_out(
    sign_in: Any, vera: Any, forecasts: Any, changing: None, awaited: str, beside: str
) -> None:
    weeks = [{"week": n, "actual": 5.0 * n, "expected": 5.26 * n, "naive": 4.0 * n} for n in (1, 2, 3)]
    rows = [row("naive", False), row("ParetoNBD", True)]
    told = {"days": 92, "customers": 100, "purchases": 15, "currency": "CNY", "rows": rows}
    con = forecasts.store.connect()
    con.execute("CREATE TEMP TABLE m AS SELECT TIMESTAMP '2026-01-01' AS as_of, '{}' AS model, ? AS report", [
        json.dumps({**told, "tracking": weeks, "awaited": awaited, "notes": [], "beside_naive": beside})
    ])  # fmt: skip
    forecasts.store.append("value_model", con, "SELECT * FROM m")
    page = sign_in(vera).get("/value/")
    text = page.content.decode()
    (trusted,) = page.context["trusted"]
    assert [line["values"] for line in trusted["tracking"]["series"]] == [[5, 10, 15], [5.3, 10.5, 15.8], [4, 8, 12]]
    assert [line["values"][9] for line in trusted["tenths"]["series"]] == [2.7, 2.25]
    assert text.count("1.234") == 2
    assert text.count("The same in money") == 1
    assert ("82.5%" in text) is (awaited == "purchase")
    assert "RMSE" in text
    assert "Spearman" in text
    assert ("naive: the last rate goes on" in text) is (awaited == "renewal")
    assert ("would be renewed" in text) is (awaited == "renewal")
    assert ("not surely better than naive" in text) is (beside == "open")
    assert ("worse than naive" in text) is (beside == "farther")


def test_what_is_valued_by_what_is_told_of_a_company_with_orders_and_contracts(
    sign_in: Any, vera: Any, forecasts: Any, changing: None
) -> None:
    weeks = [{"week": 1, "actual": 5.0, "expected": 5.2}]
    told = {"days": 92, "customers": 100, "purchases": 15, "tracking": weeks, "notes": [], "currency": "CNY"}
    of = {
        kind: {**told, "awaited": kind, "rows": [row("naive", False), row(name, True)]}
        for kind, name in (("purchase", "ParetoNBD"), ("renewal", "each contract's own risk"))
    }
    con = forecasts.store.connect()
    con.execute("CREATE TEMP TABLE m AS SELECT TIMESTAMP '2026-01-01' AS as_of, '{}' AS model, ? AS report", [
        json.dumps({**of["purchase"], "contracts": of["renewal"]})
    ])  # fmt: skip
    forecasts.store.append("value_model", con, "SELECT * FROM m")
    con.execute("CREATE TEMP TABLE c AS SELECT 1 AS customer_key, 8.0 AS renewals, 80_000 AS value")
    forecasts.store.append("renewals", con, "SELECT *, TIMESTAMP '2026-01-01' AS as_of FROM c")
    client = sign_in(vera)
    page = client.get("/value/")
    worth, text = page.context["worth"], page.content.decode()
    assert worth.both
    assert (worth.part.value, worth.of_orders, worth.part.renewals) == (80_000, 41_000, 8.0)
    assert worth.orders == pytest.approx(12.1 - 8)
    assert [each["name"] for each in page.context["trusted"]] == ["purchase", "renewal"]
    assert "What is valued by what" in text
    assert "as it would have been told then" in text
    card = client.get("/risk/customers/1/")
    assert card.context["value"]["orders"] == pytest.approx(2)
    assert "¥800.00 of it by the contract, ¥100.00 by orders" in card.content.decode()
    assert "by the contract" not in client.get("/risk/customers/2/").content.decode()


def test_a_contract_that_has_ended_is_no_renewals_beside_orders(
    sign_in: Any, lin: Any, forecasts: Any, changing: None
) -> None:
    con = forecasts.store.connect()
    con.execute("CREATE TEMP TABLE c AS SELECT 1 AS customer_key, 0.0 AS renewals, 0 AS value")
    forecasts.store.append("renewals", con, "SELECT *, TIMESTAMP '2026-01-01' AS as_of FROM c")
    card = sign_in(lin).get("/risk/customers/1/").content.decode()
    assert "The contract has ended: all of it is expected from orders." in card
    assert "0.0 renewals" not in card


def test_of_orders_beside_contracts_their_own_part_is_at_stake(forecasts: Any, changing: None) -> None:
    from tenure_web.customers import forecasts as shown
    from tenure_web.customers.models import State

    con = forecasts.store.connect()
    con.execute("CREATE TEMP TABLE c AS SELECT 1 AS customer_key, 8.0 AS renewals, 80_000 AS value")
    forecasts.store.append("renewals", con, "SELECT *, TIMESTAMP '2026-01-01' AS as_of FROM c")
    shown.show(forecasts)
    assert list(State.objects.order_by("customer_key").values_list("stake", flat=True)) == [7_000, 12_000, 100, None]


def test_money_spent_on_a_channel_that_won_nobody_is_shown(
    sign_in: Any, vera: Any, forecasts: Any, changing: None
) -> None:
    today = forecasts.clock.as_of().day
    con, day = forecasts.store.connect(), today - timedelta(days=9)
    nothing = "CAST(NULL AS VARCHAR)"
    con.execute(
        "CREATE TEMP TABLE c AS SELECT CAST(1 AS BIGINT) AS cost_hash, 1 AS import_id, 1 AS source_id,"
        " CAST(? AS DATE) AS \"from\", CAST(? AS DATE) AS until, 'social' AS channel, 'advertising' AS kind,"
        f" CAST(5000 AS BIGINT) AS amount, 'CNY' AS currency, {nothing} AS persona, {nothing} AS segment",
        [day, day],
    )
    forecasts.store.append("costs", con, "SELECT * FROM c")
    page = sign_in(vera).get("/value/")
    last = page.context["channels"][-1]
    assert (last.customers, last.cost.amount, last.cost.cac) == (0, 5000, None)
    assert "for nobody" in page.content.decode()


@pytest.mark.parametrize(
    ("values", "edges"),
    [
        ([0, 0, 10_000, 21_000, 29_000, 32_000], ["¥0 – ¥50", "¥50 – ¥100", "¥100 – ¥150"]),
        ([0, 10, 900, 60_000, 900_000, 2_500_000], ["¥0 – ¥50", "¥50 – ¥100", "¥100 – ¥200"]),
        ([0, 0], ["¥0 and more"]),
    ],
)
def test_bars_of_value_lie_on_round_steps_and_hold_everybody(values: list[int], edges: list[str]) -> None:
    import duckdb

    from tenure_web.value.overview import spread

    con = duckdb.connect()
    con.execute("CREATE TABLE value AS SELECT unnest(?) AS value", [values])
    found = spread(con, "CNY")
    assert found["x"][: len(edges)] == edges
    assert len(found["brief"]) == len(found["x"])
    assert found["brief"][0] == "¥0"
    assert len(found["x"]) <= 12
    counts = found["series"][0]["values"]
    assert sum(counts) == len(values)
    assert counts[0] == sum(value < 5_000 for value in values)


def test_a_channels_cost_is_set_against_its_value(sign_in: Any, vera: Any, forecasts: Any) -> None:
    from tenure.reports.costs import ChannelCost
    from tenure_web.value.overview import Group

    cost = ChannelCost("search", advertising=20_000, research=0, sales=10_000, people=5, buyers=3)
    group = Group("Search", "", 3, 121_000, 121_000 / 3, 1.0, cost=cost)
    assert group.ratio == pytest.approx(121_000 / 3 / 10_000)
    assert group.ceiling == pytest.approx(121_000 / 9)


def test_the_list_is_filtered_and_sorted_by_value_and_risk(sign_in: Any, vera: Any, forecasts: Any) -> None:
    client = sign_in(vera)

    def keys(query: str) -> list[int]:
        return [row.state.customer_key for row in client.get(f"/customers/?{query}").context["rows"]]

    assert keys("risk=high") == [1]
    assert keys("risk=low&risk=medium&sort=-risk") == [2, 3]
    assert keys("worth=300&sort=value") == [2, 1]
    assert keys("sort=-value") == [1, 2, 3, 4]
    assert keys("risk=no-such") != []


def test_a_list_filtered_or_sorted_by_a_forecast_shows_it_and_keeps_its_filters_in_a_search(
    sign_in: Any, vera: Any, forecasts: Any
) -> None:
    client = sign_in(vera)

    def shown(query: str) -> list[str]:
        return [column.name for column in client.get(f"/customers/?{query}").context["columns"]]

    usual = shown("")
    assert not {"risk", "value", "next_order"} & set(usual)
    assert shown("risk=high&sort=-risk") == ["risk", *usual]
    assert shown("worth=300&sort=next_order") == ["value", "next_order", *usual]
    text = client.get("/customers/?risk=high&worth=300&after=x").content.decode()
    search = text[text.index('class="list-search"') : text.index('id="q"')]
    assert 'name="risk" value="high"' in search
    assert 'name="worth" value="300"' in search
    assert "after" not in search


def test_the_list_shows_and_sorts_by_what_is_at_stake_health_and_since_when(
    sign_in: Any, vera: Any, forecasts: Any, changing: None
) -> None:
    from tenure_web.customers import forecasts as shown

    con = forecasts.store.connect()
    con.execute(
        "CREATE TEMP TABLE h AS SELECT * FROM (VALUES (1, 30.9, 'bad'), (2, NULL, NULL), (4, 80.0, 'good'))"
        " AS h(customer_key, score, band)"
    )
    forecasts.store.append(
        "health",
        con,
        "SELECT customer_key, score, band, '{}' AS groups, CAST(NULL AS DOUBLE) AS before,"
        " CAST(NULL AS VARCHAR) AS segment, TIMESTAMP '2026-01-01' AS as_of FROM h",
    )
    for day, risks in (("2026-01-01", (0.7, 0.1, 0.1)), ("2026-01-05", (0.7, 0.4, 0.1))):
        moment = forecasts.clock.as_of(day)
        con = forecasts.store.snapshot().connect()
        con.execute("CREATE TEMP TABLE k (customer_key BIGINT, probability DOUBLE, band VARCHAR)")
        bands = ["high" if each > 0.6 else "medium" if each > 0.3 else "low" for each in risks]
        con.executemany("INSERT INTO k VALUES (?, ?, ?)", list(zip((1, 2, 3), risks, bands, strict=True)))
        forecasts.store.keep_scores(con, "risk", "SELECT * FROM k", moment, forecasts.clock)
    shown.show(forecasts)
    client = sign_in(vera)

    def listed(sort: str) -> list[tuple[Any, ...]]:
        context = client.get(f"/customers/?sort={sort}").context
        assert sort.lstrip("-") in [column.name for column in context["columns"]]
        return [(r.state.customer_key, r.state.stake, r.state.health, r.state.risk_since) for r in context["rows"]]

    one, two, three = (1, 63_000, 30, None), (2, 12_000, None, date(2026, 1, 5)), (3, 100, None, None)
    four = (4, None, 80, None)
    assert listed("-stake") == [one, two, three, four]
    assert listed("health")[:2] == [one, four]
    assert listed("risk_since")[0] == two


@pytest.fixture
def learned(prepared: Any, request: pytest.FixtureRequest) -> Any:
    """A kept fit by hand, plain enough to check: fewer orders in 90 days than two raise the risk."""
    return prepared("learned", fitted, changing="changing" in request.fixturenames)


def fitted(workspace: Any) -> None:
    four(workspace)
    now = workspace.clock.now()
    names, slope = ("orders_90d", "days_since_last_order"), np.array([-1.0, 0.5])
    line = Linear(0.2, slope, np.log1p(np.array([2.0, 30.0])), np.array([1.0, 1.0]))
    model = Churn("logistic", 90, names, line, 1.0, 0.0, np.array([2.0, 30.0]))
    report = {"days": 90, "cuts": 5, "typical_gap_at_most": 68, "models": []}
    con = workspace.store.connect()
    con.execute("CREATE TEMP TABLE f (model VARCHAR, report VARCHAR)")
    con.execute("INSERT INTO f VALUES (?, ?)", [json.dumps(model.to_dict()), json.dumps(report)])
    workspace.store.append("risk_model", con, "SELECT TIMESTAMP '2026-01-01' AS as_of, * FROM f")
    con.close()
    when = (now - timedelta(days=200)).isoformat()
    batch = [
        {
            "type": "track", "event": "Order Completed", "userId": f"c{key}", "messageId": f"o{key}",
            "timestamp": when, "properties": {"order_id": f"o{key}", "total": 10, "currency": "CNY"},
        }
        for key in (1, 2, 3)
    ]  # fmt: skip
    write_key = workspace.collect.sources.create_key("test", now)
    workspace.collect.accept("batch", json.dumps({"batch": batch}).encode(), [write_key], now)
    workspace.collect.drain_all()


def test_the_risk_page_says_what_is_at_stake(sign_in: Any, vera: Any, learned: Any) -> None:
    context = sign_in(vera).get("/risk/").context
    assert {band.key: (band.customers, band.stake) for band in context["bands"]} == {
        "high": (1, 63_000),
        "medium": (1, 12_000),
        "low": (1, 100),
    }
    assert context["stake"] == 75_100


@pytest.mark.parametrize(
    ("beside", "said"), [("open", "too little to choose by"), ("farther", "The naive line was nearer"), ("nearer", "")]
)
def test_the_risk_page_says_when_the_hold_out_does_not_tell_the_model_from_the_naive_one(
    sign_in: Any, vera: Any, learned: Any, changing: None, beside: str, said: str
) -> None:
    one = {"auc": 0.8, "brier": 0.14, "bias": 0.0, "top_lift": 1.3, "tenths": []}
    models = [{**one, "model": "logistic", "used": True}, {**one, "model": "naive", "used": False}]
    con, later = learned.store.connect(), json.dumps({"days": 90, "cuts": 5, "models": models, "beside_naive": beside})
    told = json.dumps(learned.risk.kept().model.to_dict())
    con.execute(
        "CREATE TEMP TABLE later AS SELECT TIMESTAMP '2026-01-02' AS as_of, ? AS model, ? AS report", [told, later]
    )
    learned.store.overwrite("risk_model", con, "SELECT * FROM later")
    con.close()
    text = sign_in(vera).get("/risk/").content.decode()
    assert said in text
    assert ("too little to choose by" in text) is (beside == "open")


def test_those_with_the_most_to_lose_come_first_with_reasons_and_without_names_for_a_viewer(
    sign_in: Any, lin: Any, vera: Any, learned: Any
) -> None:
    page = sign_in(lin).get("/risk/people/")
    assert [(each.row.state.customer_key, each.stake) for each in page.context["rows"]] == [(1, 63_000), (2, 12_000)]
    assert "raises the risk" in page.content.decode()
    masked = sign_in(vera).get("/risk/people/").content.decode()
    assert "客户1" not in masked
    assert "客**" in masked


@pytest.mark.thorough
def test_it_says_since_when_and_what_was_saved(sign_in: Any, vera: Any, learned: Any, changing: None) -> None:
    con = learned.store.connect()
    scores = "SELECT CAST(1 AS BIGINT) AS customer_key, DATE '2026-01-01' AS day, false AS inside"
    times = "TIMESTAMP '2026-01-01' AS as_of, TIMESTAMP '2026-01-01' AS made_at"
    told = "0.7 AS probability, 'high' AS band, DATE '2025-12-24' AS since"
    learned.store.append("risk_scores", con, f"{scores}, {times}, {told}")
    first = sign_in(vera).get("/risk/people/")
    assert {each.since for each in first.context["rows"]} == {None}
    earlier = scores.replace("2026-01-01", "2025-12-01")
    learned.store.append("risk_history", con, f"{earlier}, {times}, {told}")
    con.close()
    page = sign_in(vera).get("/risk/people/")
    assert [each.since.isoformat() if each.since else None for each in page.context["rows"]] == ["2025-12-24", None]
    saved = page.context["saved"]
    assert (saved.days, saved.endangered, saved.stayed, saved.spend) == (90, 3, 0, 0)
    assert "Saved: 0 of the 3 at medium or high risk" in page.content.decode()


def test_the_curves_say_how_long_customers_last(sign_in: Any, vera: Any, learned: Any) -> None:
    client = sign_in(vera)
    page = client.get("/risk/survival/")
    (line,) = page.context["lines"]
    assert (line.curve.customers, line.curve.lost, line.curve.median) == (3, 3, 90)
    assert [mark.share if mark else None for mark in line.marks] == [0.0]
    assert [mark.at_risk for mark in line.marks] == [0]
    assert page.context["chart"]["series"][0]["values"][-1] == 0.0
    chinese = client.get("/risk/survival/?by=moon", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "连续 90 天没有购买即为流失" in chinese
    for by in ("stage", "channel", "cohort"):
        assert "No group is large enough" in client.get(f"/risk/survival/?by={by}").content.decode()


def test_the_card_tells_value_with_interval_and_risk_with_reasons(sign_in: Any, lin: Any, learned: Any) -> None:
    card = sign_in(lin).get("/risk/customers/1/").content.decode()
    for words in ("¥900.00", "between ¥500.00 and ¥1,200.00", "Orders in 90 days: 0 (usually 2) raises the risk"):
        assert words in card
    chinese = sign_in(lin).get("/risk/customers/1/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "近 90 天订单数：0（通常 2），提高流失风险" in chinese


def test_without_a_forecast_the_pages_teach(sign_in: Any, vera: Any, workspace: Any, db: None) -> None:
    client = sign_in(vera)
    assert "No forecast yet" in client.get("/value/").content.decode()
    assert "No forecast yet" in client.get("/risk/").content.decode()
    assert "there is no complete span" in client.get("/risk/drivers/").content.decode()


@pytest.mark.parametrize("kind", ["value", "risk", "needs"])
def test_why_nothing_could_be_worked_out_is_told_until_it_can(
    sign_in: Any, vera: Any, workspace: Any, db: None, kind: str
) -> None:
    told = "There are no orders before 2026-01-01. Import orders first: tenure import orders FILE"
    ordered = workspace.clock.now()
    State.objects.create(customer_key=1, last_order_at=ordered)  # needs are not asked for where nobody ever ordered
    Job.objects.create(kind=kind, state=Job.FAILED, message=told)
    client = sign_in(vera)
    assert f"It could not be worked out this time: {told}" in client.get(f"/{kind}/").content.decode()
    chinese = client.get(f"/{kind}/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "这次没能算出：2026-01-01 之前没有订单。" in chinese
    Job.objects.create(kind=kind, state=Job.DONE)
    assert told not in client.get(f"/{kind}/").content.decode()


@pytest.mark.thorough
def test_the_card_of_needs_says_when_and_what(sign_in: Any, lin: Any, learned: Any, changing: None) -> None:
    with learned.writing():
        learned.needs.renew()
    card = sign_in(lin).get("/needs/customers/1/").content.decode()
    assert "overdue" in card
    assert "about every 60 days" in card
    assert "Next order" not in sign_in(lin).get("/needs/customers/4/").content.decode()


def test_the_steps_of_the_spread_reach_the_most_valuable() -> None:
    from tenure_web.value.overview import _edges

    for most in (3, 80, 415_306, 9_999_999, 500_000_000):
        edges = _edges(1, most, most)
        assert edges[0] == 0
        assert edges == sorted(set(edges))
        assert edges[-1] <= most < 2.5 * edges[-1], "nearly all would stand in the last bar"
        assert len(edges) <= 12
