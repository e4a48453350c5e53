"""The simulated shop: equal seeds give equal shops, and what it does agrees with what is true of it."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest

import tenure
from tenure.definitions import Words
from tenure.errors import UsageError
from tenure.needs import load_titles
from tenure.reports.costs import cac
from tenure.samples import Shop, costs_to_collect, say, titles_to, to_collect, to_files, to_store
from tenure.samples.catalog import CATEGORIES, CHANNELS, PRODUCTS
from tenure.samples.columns import What
from tenure.samples.ledger import costs
from tenure.settings import Settings
from tenure.store import Store

SMALL = Shop(customers=400, seed=7)


@pytest.fixture(scope="module")
def told():
    with duckdb.connect() as con:
        say(con, SMALL.block(0))
        yield con


def one(con, query):
    return con.execute(query).fetchone()


def test_the_same_seed_gives_the_same_shop_and_another_seed_another():
    first, again, other = (Shop(customers=300, seed=seed).block(0).events for seed in (1, 1, 2))
    assert all(np.array_equal(getattr(first, name), getattr(again, name)) for name in ("person", "at", "amount"))
    assert len(first) != len(other) or not np.array_equal(first.at, other.at)


@pytest.mark.thorough
def test_a_block_can_be_made_alone():
    shop = Shop(customers=40_010)
    assert shop.blocks == 3
    last = shop.block(2)
    assert last.lives.number.tolist() == list(range(40_000, 40_010))
    assert all(np.array_equal(a.events.at, b.events.at) for a, b in zip([last], list(shop.stream())[2:], strict=True))


def test_everything_happens_before_the_end_and_oldest_first(told):
    events = SMALL.block(0).events
    assert (np.diff(events.at) >= 0).all()
    assert one(told, "SELECT max(ts) < TIMESTAMP '2026-01-01' AND min(ts) > TIMESTAMP '2023-12-31' FROM sample") == (
        True,
    )


def test_every_person_is_seen_and_has_one_id_at_a_time(told):
    assert one(told, "SELECT count(DISTINCT coalesce(external_id, anonymous_id)) >= 400 FROM sample") == (True,)
    assert one(told, "SELECT count(*) FROM sample WHERE external_id IS NULL AND anonymous_id IS NULL") == (0,)
    people = SMALL.block(0)
    assert np.unique(people.events.person).tolist() == list(range(400))


def test_some_people_begin_anonymously_and_are_known_later(told):
    later = """SELECT count(*) FROM (SELECT anonymous_id FROM sample WHERE anonymous_id IS NOT NULL
        GROUP BY 1 HAVING bool_or(external_id IS NULL) AND bool_or(kind = 'identify'))"""
    assert one(told, later)[0] > 5


def test_orders_are_worth_their_lines_less_the_coupon(told):
    wrong = """SELECT count(*) FROM (SELECT amount, properties,
            list_sum([line.price * CAST(line.quantity AS BIGINT) for line in products]) AS gross
        FROM sample WHERE name = 'Order Completed')
        WHERE amount <> gross - CASE WHEN properties IS NULL THEN 0 ELSE gross // 10 END"""
    assert one(told, wrong) == (0,)


def test_refunds_are_negative_and_never_more_than_their_order(told):
    query = """SELECT count(*), count(*) FILTER (r.amount < 0 AND r.amount >= -o.amount AND r.ts > o.ts)
        FROM sample AS r JOIN sample AS o ON o.order_id = r.order_id AND o.name = 'Order Completed'
        WHERE r.name = 'Order Refunded'"""
    refunds, sound = one(told, query)
    assert refunds == sound > 0


def test_truth_agrees_with_what_was_seen(told):
    truth = SMALL.truth()
    seen = np.bincount(
        SMALL.block(0).events.person[SMALL.block(0).events.what == What.ORDERED], minlength=SMALL.customers
    )
    assert np.array_equal(truth.orders, seen)
    assert not truth.alive[~truth.buyer].any()
    assert 0.6 < truth.consent.mean() < 0.8


def test_names_are_chinese_and_english_and_addresses_lead_nowhere(told):
    rows = told.execute("SELECT personal->>'name', personal->>'email' FROM sample WHERE kind = 'identify'").fetchall()
    chinese = [name for name, _ in rows if name[0] >= "一"]
    assert 0.5 < len(chinese) / len(rows) < 0.9
    assert all(email.rsplit("@", 1)[1].startswith("example.") for _, email in rows if email)
    assert len({email for _, email in rows if email}) == sum(1 for _, email in rows if email)


def test_those_who_left_stop_buying_and_the_living_go_on():
    shop = Shop(customers=4000, seed=3)
    truth, block = shop.truth(), shop.block(0)
    recent = np.zeros(4000, bool)
    ordered = block.events.what == What.ORDERED
    recent[block.events.person[ordered & (block.events.at > shop.span - 60)]] = True
    regular = (truth.weekly_rate > 0.15) & (truth.orders > 0)
    assert recent[regular & truth.alive].mean() > 3 * recent[regular & ~truth.alive].mean()


def test_it_goes_straight_into_a_store_with_identity_resolved(tmp_path):
    store = Store(tmp_path / "store", Settings())
    (tmp_path / "store").mkdir()
    count = to_store(SMALL, store)
    con = store.snapshot().connect()
    assert one(con, "SELECT count(*), count(DISTINCT customer_key) FROM events") == (count, 400)
    assert one(con, "SELECT count(*) FROM customers") == (400,)


def test_it_writes_the_files_a_shop_could_have_exported(tmp_path, told):
    paths = to_files(SMALL, tmp_path)
    lines = one(told, "SELECT sum(len(products)) FROM sample WHERE name IN ('Order Completed', 'Order Refunded')")[0]
    assert len(paths["orders"].read_text("utf-8").splitlines()) == lines + 1
    assert Path(paths["customers"]).read_text("utf-8").startswith("customer,name,email")


def test_a_shop_without_people_is_refused():
    with pytest.raises(UsageError, match="at least 1 customer"):
        Shop(customers=0)


def test_the_end_may_be_any_instant():
    shop = Shop(customers=200, end=datetime(2026, 3, 5, 10, 30, tzinfo=UTC))
    with duckdb.connect() as con:
        say(con, shop.block(0))
        assert one(con, "SELECT max(ts) < TIMESTAMP '2026-03-05 10:30:00' FROM sample") == (True,)


def test_what_winning_customers_cost_is_by_channel_and_month_and_the_same_again():
    found = costs(SMALL)
    assert found == costs(Shop(customers=400, seed=7))
    assert found != costs(Shop(customers=400, seed=8))
    assert {cost.channel for cost in found} == {channel.key for channel in CHANNELS} | {""}
    assert (found[0].first, found[-1].until) == (SMALL.first_day, date(2026, 1, 1))
    assert all((cost.first.year, cost.first.month) == (cost.until.year, cost.until.month) for cost in found)
    a_head = sum(cost.amount for cost in found if cost.channel == "advertising") / (400 * CHANNELS[0].share)
    assert 9_000 < a_head < 12_000


@pytest.mark.thorough
def test_the_ledger_takes_them_once_and_tells_the_cost_of_a_customer(tmp_path):
    made = tenure.init(tmp_path / "shop", zone="Asia/Shanghai", currency="CNY", clock="2026-01-01T08:00:00")
    shop = Shop(customers=60, seed=7)
    with made.writing():
        to_collect(shop, made.collect)
        costs_to_collect(shop, made.collect)
        costs_to_collect(shop, made.collect)
    con = made.store.snapshot().connect()
    each = {row.channel: row for row in cac(con, shop.first_day, date(2026, 1, 2), "CNY")}
    assert sum(row.amount for row in each.values()) == sum(cost.amount for cost in costs(shop))
    assert each["advertising"].cac > 5_000


def test_its_products_and_categories_have_titles_in_both_languages(tmp_path):
    titles_to(tmp_path)
    titles = load_titles(tmp_path)
    assert titles.of("longjing-50") == Words("West Lake Longjing 50 g", "西湖龙井 50克")
    assert all(
        titles.of(each.key).zh == each.zh and titles.of(each.zh).en == each.en for each in (*CATEGORIES, *PRODUCTS)
    )
