"""Own segments: everybody by one query is what the rules say of each; percentiles, lists, nests; who came and went."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure import reports
from tenure.definitions import check
from tenure.segments import belongs, followed, needs_everyone
from tests.engine import on_duckdb

SEGMENTS = """
segments:
  top:
    title: {en: Top, zh: 头部}
    meaning: {en: The top fifth by revenue., zh: 消费额前两成。}
    rule: percentile(revenue) >= 80
  kept:
    title: {en: Kept, zh: 留住}
    meaning: {en: Regulars and guests of honour., zh: 常客与贵宾。}
    rule: stage.growth = 'retention' OR in segment.honour
    exclude: in segment.staff
  honour:
    title: {en: Honour, zh: 贵宾}
    meaning: {en: By hand., zh: 手工名单。}
    customers: [c3, c7, nobody]
  staff:
    title: {en: Staff, zh: 员工}
    meaning: {en: Our own people., zh: 自己人。}
    file: staff.csv
  spender:
    title: {en: Spender, zh: 近期高消费}
    meaning: {en: Spent 50 within 60 days., zh: 60 天内消费满 50。}
    features:
      spent_60d:
        title: {en: Spent in 60 days, zh: 近 60 天消费}
        meaning: {en: Sum of orders., zh: 订单金额合计。}
        kind: sum
        events: Order Completed
        of: amount
        within_days: 60
    rule: spent_60d >= 50
  cared:
    title: {en: Cared for, zh: 需关怀}
    meaning: {en: Valuable and agreed to e-mail., zh: 有价值且同意邮件。}
    rule: value_segment IN ('loyal', 'champion', 'high_potential') AND consent.email
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Ten customers: customer n orders n times, every twelve days from the first of January, for 10 n each time."""
    made = tenure.init(tmp_path_factory.mktemp("members") / "shop", zone="UTC", clock="2024-06-01")
    folder = made.folder / "definitions/segments"
    (folder / "own.yml").write_text(SEGMENTS, "utf-8")
    (folder / "staff.csv").write_text("customer,name\nc7,Lin\n\nc9,Bob\n", "utf-8")
    lines = [
        f"c{n},{date(2024, 1, 1).fromordinal(date(2024, 1, 1).toordinal() + 12 * k)},c{n}-{k},{10 * n}"
        for n in range(1, 11)
        for k in range(n)
    ]
    file = Path(made.folder) / "orders.csv"
    file.write_text("\n".join(["customer,time,order,amount", *lines]))
    made.collect.load_orders(file, columns={name: name for name in ("customer", "time", "order", "amount")})
    agreed = [made.find("c2"), made.find("c10")]
    made.outside = lambda _customers: {"email": agreed}
    made.keep_history()
    return made


@cache
def standing(shop: Any, day: str) -> Any:
    """Everybody's standing as of a day. It reads consent, so no restatement of it is kept."""
    return shop.standing(day).con


def members(shop: Any, key: str, day: str = "2024-06-01") -> set[str]:
    inside = f"SELECT external_id FROM standing JOIN customers USING (customer_key) WHERE in_segment_{key}"
    return {customer for (customer,) in standing(shop, day).execute(inside).fetchall()}


def test_a_percentile_takes_no_more_than_its_share(shop: Any) -> None:
    assert {customer for _key, customer in shop.members("top").rows} == members(shop, "top") == {"c9", "c10"}


def test_lists_nest_and_exclusions_win(shop: Any) -> None:
    assert members(shop, "honour") == {"c3", "c7"}
    assert members(shop, "staff") == {"c7", "c9"}
    assert members(shop, "kept") >= {"c3", "c10"}
    assert not members(shop, "kept") & {"c7", "c9"}


def test_a_feature_of_its_own_sums_a_window(shop: Any) -> None:
    assert members(shop, "spender", "2024-02-01") == {"c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10"}


def test_consent_comes_from_outside(shop: Any) -> None:
    cared = members(shop, "cared")
    assert cared <= {"c2", "c10"}
    assert "c10" in cared


def test_everybody_in_sql_is_what_each_rule_says_of_each_customer(shop: Any) -> None:
    con = standing(shop, "2024-04-20")
    cursor = con.execute("SELECT s.*, external_id FROM standing AS s JOIN customers USING (customer_key)")
    names = [each[0] for each in cursor.description]
    rows = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    revenues = sorted(row["revenue"] for row in rows)
    agreed = {shop.find("c2"), shop.find("c10")}
    checked = 0
    for row in rows:
        row["percentile_revenue"] = 100 * sum(each < row["revenue"] for each in revenues) / len(revenues)
        row["consent_email"] = row["customer_key"] in agreed
        for key, segment in shop.definitions.segments.items():
            listed = row["external_id"] in segment.customers
            assert row[f"in_segment_{key}"] == belongs(segment, row, listed), (key, row["external_id"])
            checked += 1
    assert checked == 60


def test_a_few_customers_are_members_as_everybody_has_them(shop: Any) -> None:
    few = shop.standing_of([shop.find("c3"), shop.find("c7")], shop.clock.as_of("2024-04-20")).con
    found = few.execute("SELECT customer_key, in_segment_honour, in_segment_kept FROM standing").fetchall()
    assert sorted(found) == sorted([(shop.find("c3"), True, True), (shop.find("c7"), True, False)])
    keys = [shop.find("c3"), shop.find("c7")]
    quick = {
        row["customer_key"]: row for row in shop.few({key: key for key in keys}, shop.clock.as_of("2024-04-20")).rows
    }
    assert [(key, quick[key]["in_segment_honour"], quick[key]["in_segment_kept"]) for key in sorted(keys)] == sorted(
        found
    )
    assert "in_segment_top" not in [row[0] for row in few.execute("DESCRIBE standing").fetchall()]
    assert needs_everyone(shop.definitions, shop.definitions.segments["top"])


@pytest.mark.parametrize(
    "days",
    [
        ("2024-05-31",),
        pytest.param(("2024-01-01", "2024-02-25", "2024-03-08", "2024-04-30"), marks=pytest.mark.thorough),
    ],
)
def test_histories_are_what_every_day_alone_says(shop: Any, days: tuple[str, ...]) -> None:
    con = shop.store.snapshot().connect()
    definitions = shop.definitions
    assert {key: followed(definitions, each) for key, each in definitions.segments.items()} == {
        "top": "month", "kept": "day", "honour": "day", "staff": "day", "spender": "day", "cared": "none",
    }  # fmt: skip
    alone = on_duckdb(shop)
    for day in days:
        then = standing(alone, f"{day}T23:59:59")
        for key in ("kept", "honour", "staff", "spender"):
            found = con.execute(
                "SELECT customer_key FROM membership_history"
                ' WHERE segment = ? AND entered <= ? AND ("left" IS NULL OR "left" > ?)',
                [key, day, day],
            ).fetchall()
            ends = then.execute(f"SELECT customer_key FROM standing WHERE in_segment_{key}").fetchall()
            assert sorted(found) == sorted(ends), (key, day)
    for month in ("2024-02-01", "2024-06-01"):
        assert reports.member_sizes(con, "top", [date.fromisoformat(month)]) == (len(members(alone, "top", month)),)


@pytest.mark.thorough
def test_who_came_and_went_is_told_between_two_days(shop: Any) -> None:
    con = shop.store.snapshot().connect()
    start, end = date(2024, 1, 31), date(2024, 5, 31)
    alone = on_duckdb(shop)
    before, after = (members(alone, "spender", f"{day}T23:59:59") for day in (start, end))
    changes = reports.member_changes(con, "spender", start, end)
    names = dict(con.execute("SELECT customer_key, external_id FROM customers").fetchall())
    assert {names[key] for key in changes.entered} == after - before
    assert {names[key] for key in changes.left} == before - after
    assert changes.left


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("in segment.tp", 'there is no segment "tp". Did you mean "top"?'),
        ("stage.growth = 'retentoin'", 'there is no stage "retentoin". Did you mean "retention"?'),
        ("stage.grwth = 'retention'", 'there is no lifecycle "grwth". Did you mean "growth"?'),
        ("value_segment = 'champoin'", 'there is no value segment "champoin". Did you mean "champion"?'),
        ("percentile(channel) > 5", 'percentile needs a number; "channel" is none.'),
        ("percentile(nothing) > 5", 'unknown feature "nothing".'),
    ],
)
def test_what_does_not_exist_is_told(tmp_path: Path, rule: str, sentence: str) -> None:
    (tmp_path / "segments").mkdir()
    text = "segments:\n  top:\n    title: {en: a, zh: 甲}\n    meaning: {en: b, zh: 乙}\n    rule: " + rule + "\n"
    (tmp_path / "segments/a.yml").write_text(text, "utf-8")
    assert check(tmp_path) == [f'a.yml line 5: the rule of segment "top" is wrong: {sentence}']


def test_segments_that_need_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "segments").mkdir()
    words = "title: {en: a, zh: 甲}, meaning: {en: b, zh: 乙}"
    text = f"segments:\n  a: {{{words}, rule: in segment.b}}\n  b: {{{words}, rule: NOT in segment.a}}\n"
    (tmp_path / "segments/a.yml").write_text(text, "utf-8")
    assert check(tmp_path) == ["a.yml line 2: these segments need each other: a → b → a."]


def test_own_cut_points_take_the_place_of_learned_ones(tmp_path: Path) -> None:
    made = tenure.init(tmp_path / "shop", zone="UTC", clock="2024-06-01")
    text = "rfm: {days: [10, 20, 30, 40], orders: [1, 2, 3, 4], revenue: [10, 20, 30, 40], few_days: [7, 14, 28]}\n"
    (made.folder / "definitions/segments/rfm.yml").write_text(text, "utf-8")
    cuts = made.standing().cuts
    assert (cuts.days, cuts.orders, cuts.revenue) == ((10, 20, 30, 40), (1, 2, 3, 4), (1000, 2000, 3000, 4000))
    assert not cuts.few
    assert cuts.few_days == (7, 14, 28)
