"""Own segments on the web: in step with the library, their pages, the list filtered by them, journeys, audiences."""

import csv
import hashlib
import io
from datetime import timedelta
from typing import Any

import pytest

from tenure_web.customers import sync
from tenure_web.customers.models import Customer, Membership, MembershipMove, Profile, State
from tests.examples import examples

SEGMENTS = """
segments:
  buyers:
    title: {en: Buyers, zh: 买家}
    meaning: {en: Ordered within 20 days., zh: 20 天内下过单。}
    rule: days_since_last_order <= 20
  top:
    title: {en: Top half, zh: 前一半}
    meaning: {en: The upper half by revenue., zh: 消费额前一半。}
    rule: percentile(revenue) >= 50
"""


@pytest.fixture
def shop(prepared: Any, request: pytest.FixtureRequest) -> Any:
    """Four customers: 1 and 2 ordered ten days ago, 3 and 4 forty days ago; 2 and 4 spent more."""
    return prepared("own_segments", four, changing="changing" in request.fixturenames)


def four(workspace: Any) -> None:
    (workspace.folder / "definitions/segments/own.yml").write_text(SEGMENTS, "utf-8")
    order(workspace, {"c1": (10, 100), "c2": (10, 900), "c3": (40, 100), "c4": (40, 900)})
    sync.everyone(workspace, workspace.clock.now(), "import")


def order(workspace: Any, orders: dict[str, tuple[int, int]]) -> None:
    now = workspace.clock.now()
    lines = [
        f"{who},{(now - timedelta(days=days)).isoformat()},{who}-{days},{amount}"
        for who, (days, amount) in orders.items()
    ]
    file = workspace.folder / "orders.csv"
    file.write_text("\n".join(["customer,time,order,amount", *lines]), "utf-8")
    workspace.collect.load_orders(file, columns={name: name for name in ("customer", "time", "order", "amount")})


def members(workspace: Any, segment: str) -> set[str]:
    from tenure_web.customers.labels import label_id

    names = dict(Customer.objects.values_list("customer_key", "external_id"))
    found = Membership.objects.filter(segment=label_id("own", segment))
    return {names[key] for key in found.values_list("customer_key", flat=True)}


def test_memberships_are_those_of_the_library(shop: Any) -> None:
    assert members(shop, "buyers") == {"c1", "c2"}
    assert members(shop, "top") == {"c2", "c4"}


@pytest.mark.postgres(alone=True)
def test_an_order_brings_its_customer_in_and_leaves_ranked_segments_until_all_are_done(
    shop: Any, changing: None
) -> None:
    order(shop, {"c3": (0, 5000)})
    sync.touch(shop, [shop.find("c3")], shop.clock.now())
    assert members(shop, "buyers") == {"c1", "c2", "c3"}
    assert members(shop, "top") == {"c2", "c4"}
    sync.everyone(shop, shop.clock.now())
    assert members(shop, "top") == {"c3"}  # two share the edge: they stay outside
    moves = MembershipMove.objects.filter(customer_key=shop.find("c3"), cause="event")
    assert [move.entered for move in moves] == [True]


def test_a_segment_that_is_defined_no_more_has_no_members(shop: Any, changing: None) -> None:
    (shop.folder / "definitions/segments/own.yml").unlink()
    sync.everyone(shop, shop.clock.now(), "definition")
    assert not Membership.objects.exists()


@pytest.mark.thorough
def test_the_pages_show_size_rule_and_who_came_in_both_languages(
    shop: Any, sign_in: Any, vera: Any, lin: Any, changing: None
) -> None:
    shop.keep_history()
    client = sign_in(vera)
    lines = {line.segment.key: line for line in client.get("/segments/").context["own"]}
    assert (lines["buyers"].customers, lines["buyers"].share, lines["buyers"].revenue_share) == (2, 0.5, 0.5)
    page = client.get("/segments/buyers/?days=30")
    assert page.context["traffic"].entered == 2
    assert page.context["traffic"].left == 2
    behind = [client.get(f"/segments/buyers/{which}/?days=30").context["found"] for which in ("came", "left")]
    assert [(each.total, len(each.keys)) for each in behind] == [(2, 2), (2, 2)]
    assert client.get("/segments/buyers/came/?days=8").status_code == 404
    series = page.context["chart"]["series"][0]
    assert series["values"][-1] == 2
    assert client.get(series["hrefs"][-1]).context["found"].total == 2
    assert "days_since_last_order &lt;= 20" in page.content.decode()
    assert "Advertising audience" not in page.content.decode()
    chinese = sign_in(lin).get("/segments/top/", headers={"Accept-Language": "zh-CN"}).content.decode()
    for words in ("前一半", "哪些客户属于它", "人数变化", "广告受众", "「净销售额」的百分位"):
        assert words in chinese


def test_the_list_of_customers_filters_by_it(shop: Any, sign_in: Any, lin: Any) -> None:
    page = sign_in(lin).get("/customers/?member=buyers").content.decode()
    assert ">c1<" in page
    assert ">c4<" not in page
    assert "Own segment" in page


def test_an_audience_holds_hashes_of_those_who_did_not_say_no(shop: Any, sign_in: Any, mona: Any) -> None:
    from tenure_web.audit.models import Entry
    from tenure_web.messages.consent import say

    first, second = (Customer.objects.get(external_id=who) for who in ("c1", "c2"))
    Customer.objects.filter(pk=first.pk).update(email=" Anna@Example.com", phone="138 0013 8000")
    Customer.objects.filter(pk=second.pk).update(email="bob@example.com")
    say("bob@example.com", "withdrawn", "", "", shop.clock.now(), "test")
    response = sign_in(mona).post("/segments/buyers/audience/")
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert rows == [
        {
            "email_sha256": hashlib.sha256(b"anna@example.com").hexdigest(),
            "phone_sha256": hashlib.sha256(b"+8613800138000").hexdigest(),
            "phone_digits_sha256": hashlib.sha256(b"8613800138000").hexdigest(),
        }
    ]
    entry = Entry.objects.get(verb="export.audience")
    assert (entry.target, entry.detail) == ("buyers", {"customers": 1})


@pytest.mark.parametrize(("leaves", "entered"), [pytest.param(False, "c3", marks=pytest.mark.thorough), (True, "c1")])
def test_a_journey_starts_when_somebody_comes_or_leaves(shop: Any, changing: None, leaves: bool, entered: str) -> None:
    from tenure_web.journeys import enrol, running
    from tenure_web.journeys.models import Enrolment, Journey

    trigger = {"segment": "buyers"} | ({"leaves": True} if leaves else {})
    tree = {"key": "j", "title": {"en": "J", "zh": "旅程"}, "trigger": trigger, "again": "never",
            "steps": [{"id": "wait-1", "wait": {"days": 1}}]}  # fmt: skip
    row = Journey.objects.create(key="j", draft=tree)
    running.start(row, None, shop.clock.now(), everybody=False)
    order(shop, {"c3": (0, 50)})
    sync.touch(shop, [shop.find("c3")], shop.clock.now())
    later = shop.clock.now() + timedelta(days=11)
    sync.touch(shop, [shop.find("c1")], later, "time")
    enrol.enrol(shop.clock.now())
    assert [each.customer_key for each in Enrolment.objects.all()] == [shop.find(entered)]


@pytest.mark.thorough
def test_consent_reaches_the_rules_of_segments(shop: Any, changing: None) -> None:
    from tenure_web.messages.consent import say, suppress

    mail = "  mail: {title: {en: a, zh: 甲}, meaning: {en: b, zh: 乙}, rule: consent.email}\n"
    for who in ("c1", "c2", "c3"):
        Customer.objects.filter(external_id=who).update(email=f"{who}@example.com")
    say("c1@example.com", "granted", "form", "", shop.clock.now(), "test")
    say("c2@example.com", "granted", "form", "", shop.clock.now(), "test")
    suppress("c2@example.com", "bounce", shop.clock.now())
    (shop.folder / "definitions/segments/own.yml").write_text(SEGMENTS + mail, "utf-8")
    sync.everyone(shop, shop.clock.now(), "definition", people=False)
    assert members(shop, "mail") == {"c1"}


@pytest.mark.thorough
def test_a_word_on_consent_alone_moves_its_customer(shop: Any, changing: None) -> None:
    from tenure_web.messages.consent import say, suppress
    from tenure_web.worker import ring

    mail = "  mail: {title: {en: a, zh: 甲}, meaning: {en: b, zh: 乙}, rule: consent.email}\n"
    (shop.folder / "definitions/segments/own.yml").write_text(SEGMENTS + mail, "utf-8")
    told = {"email": {"value": "c1@example.com", "at": "2023-01-01T00:00:00+00:00"}}
    Profile.objects.create(source_key=shop.find("c1"), fields=told)
    sync.touch(shop, [shop.find("c1")], shop.clock.now())
    ring.everyone(shop.clock.now())
    say("c1@example.com", "granted", "form", "", shop.clock.now(), "test")
    say("nobody@example.com", "granted", "form", "", shop.clock.now(), "test")
    assert members(shop, "mail") == set()
    ring.everyone(shop.clock.now())
    assert members(shop, "mail") == {"c1"}
    if examples(quick=False, thorough=True):
        suppress("c1@example.com", "bounce", shop.clock.now())
        ring.everyone(shop.clock.now())
        assert members(shop, "mail") == set()


PROFILE = """
segments:
  buyers:
    title: {en: Buyers, zh: 买家}
    meaning: {en: Ordered within 20 days., zh: 20 天内下过单。}
    rule: days_since_last_order <= 20
  keen:
    title: {en: Keen spenders, zh: 活跃高消费}
    meaning: {en: The customers we want more of., zh: 我们想要更多的客户。}
    traits:
      lately: {title: {en: ordered lately, zh: 最近下过单}, rule: days_since_last_order <= 20}
      means: {title: {en: spends well, zh: 消费能力强}, rule: revenue >= 500, weight: 2}
"""


def test_a_profile_stands_beside_the_channels_and_every_number_opens_its_customers(
    shop: Any, changing: None, sign_in: Any, vera: Any
) -> None:
    from tenure_web.customers.labels import label_id

    (shop.folder / "definitions/segments/own.yml").write_text(PROFILE, "utf-8")
    sync.everyone(shop, shop.clock.now(), "import")
    assert members(shop, "keen") == {"c2", "c4"}
    State.objects.filter(customer_key__in=[shop.find("c1"), shop.find("c2")]).update(
        channel=label_id("channel", "search")
    )
    page = sign_in(vera).get("/segments/")
    grid = page.context["profiles"]
    ((segment, everybody, cells),) = grid.rows
    assert (segment.key, everybody.customers, everybody.average) == ("keen", 2, 90000)
    assert [(key, cell.customers) for (key, _), cell in zip(grid.channels, cells, strict=True)] == [
        ("search", 1),
        ("", 1),
    ]
    assert "?member=keen&amp;channel=search" in page.content.decode()
    behind = sign_in(vera).get("/customers/?member=keen&channel=search").content.decode()
    assert ">c2<" in behind
    assert ">c4<" not in behind


@pytest.mark.thorough
def test_the_page_of_a_profile_says_its_traits_in_words(shop: Any, changing: None, sign_in: Any, vera: Any) -> None:
    (shop.folder / "definitions/segments/own.yml").write_text(PROFILE, "utf-8")
    sync.everyone(shop, shop.clock.now(), "import")
    page = sign_in(vera).get("/segments/keen/", headers={"Accept-Language": "zh-CN"}).content.decode()
    for words in ("消费能力强", "净销售额不低于", "契合度", "权重"):
        assert words in page
