"""What is known of a customer's company: from all members' `group` calls, the same wherever it is asked."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

import tenure
from tenure import pipeline
from tenure.clock import AsOf
from tenure.collect.erasure import erase_facts
from tenure.features import Scan
from tenure.segments import FEATURES, Cuts, compute_membership_history
from tenure.stages import compute_history
from tenure.workspace import Workspace

OWN = """
features:
  company_id: {title: Company, meaning: Its id., kind: company, of: id}
  company_since: {title: Since, meaning: Since when., kind: company, of: since}
  colleagues: {title: Colleagues, meaning: How many., kind: company, of: members}
  company_plan: {title: Plan, meaning: Its plan., kind: company, of: "property:plan"}
  seats: {title: Seats, meaning: Its seats., kind: company, of: "property:seats", type: integer}
  renewal: {title: Renewal, meaning: When it renews., kind: company, of: "property:renewal", type: date}
"""
STAGES = """
lifecycle: account
title: {en: Account, zh: 企业}
meaning: {en: How the company stands., zh: 企业处于什么阶段。}
stages:
  alone: {title: {en: Alone, zh: 个人}, meaning: {en: No company., zh: 没有企业。}}
  small: {title: {en: Small, zh: 小团队}, meaning: {en: A company., zh: 有企业。}, rule: company_id IS NOT NULL}
  team: {title: {en: Team, zh: 团队}, meaning: {en: Three or more., zh: 三人以上。}, rule: colleagues >= 3}
  due:
    title: {en: Due, zh: 待续约}
    meaning: {en: Renews soon., zh: 即将续约。}
    rule: company_plan = 'pro' AND renewal - today() BETWEEN 0 AND 5
rule_order: [due, team, small, alone]
"""
SEGMENTS = """
segments:
  roomy:
    title: {en: Roomy, zh: 席位多}
    meaning: {en: Many seats., zh: 席位多。}
    rule: seats >= 20 AND today() - company_since >= 2
"""
KNOWN = "company_id, company_plan, seats, colleagues"
CUTS = Cuts(date(2026, 3, 1), 0, (), (), (), None, True, False)
START, DAYS = date(2026, 3, 1), 30
READ = {"company_id", "company_since", "colleagues", "company_plan", "seats", "renewal"}
NOON = "2026-03-02T04:00:00+00:00"
COMPANIES = ["acme", "茶社", "42", ""]
Call = dict[str, Any]


def calls_of(seed: int) -> list[Call]:
    """Calls of 14 people in three companies: they join, change and leave; traits come, differ and cannot be read."""
    dice = random.Random(seed)
    calls = [said(f"u{n}", dice, {"type": "identify", "traits": {"city": "杭州"}}) for n in range(14)]
    for _ in range(70):
        traits = {
            "plan": dice.choice(["pro", "free", None]),
            "seats": dice.choice([5, "20", 30, "many", None]),
            "renewal": str(START + timedelta(days=dice.randrange(45))),
            "name": "Acme",
        }
        kept = {name: value for name, value in traits.items() if dice.random() < 0.6}
        call = {"type": "group", "groupId": dice.choice(COMPANIES), "traits": kept}
        calls.append(said(f"u{dice.randrange(14)}", dice, call))
    return calls


def said(user: str, dice: random.Random, call: Call) -> Call:
    at = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=dice.randrange(24 * DAYS))
    return {"userId": user, "timestamp": at.isoformat(), "messageId": f"m{dice.random()}", **call}


def put(shop: Workspace, *calls: Call) -> None:
    at = datetime(2026, 4, 1, tzinfo=UTC)
    source = shop.collect.sources.named("App", "tenure", at)
    shop.collect.inbox.put(source, "import", json.dumps({"batch": calls}).encode(), at)
    shop.collect.drain_all()


@pytest.fixture
def shop(tmp_path) -> Workspace:
    made = tenure.init(tmp_path / "shop", zone="Asia/Shanghai", clock="2026-03-31T00:00:00")
    for folder, text in (("features", OWN), ("lifecycles", STAGES), ("segments", SEGMENTS)):
        (made.folder / "definitions" / folder / "own.yml").write_text(text, "utf-8")
    return made


def lean(shop: Workspace) -> Any:
    """Only what these rules read."""
    known = shop.definitions
    read = Scan(known, frozenset({"today"} | READ | FEATURES)).features()
    return replace(
        known, features={each.key: each for each in read}, lifecycles={"account": known.lifecycles["account"]}
    )


def slowly(shop: Workspace, calls: list[Call], moment: AsOf, same: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The slow way: call by call, from the first to the moment."""
    place: dict[str, tuple[str, date]] = {}
    about: dict[str, dict[str, Any]] = {}
    people = set()
    for call in sorted(calls, key=lambda each: each["timestamp"]):
        at = datetime.fromisoformat(call["timestamp"])
        if at >= moment.instant:
            continue
        people.add(who := same.get(call["userId"], call["userId"]))
        if call["type"] != "group":
            continue
        company = call["groupId"]
        about.setdefault(company, {}).update({k: v for k, v in call["traits"].items() if v is not None})
        if place.get(who, ("", None))[0] != company:
            place[who] = (company, shop.clock.day(at))
    found = {}
    for who in people:
        company, since = place.get(who, ("", None))
        known = about[company] if company else {}
        seats = str(known.get("seats", ""))
        found[who] = {
            "company_id": company or None,
            "company_since": since if company else None,
            "colleagues": sum(each == company for each, _ in place.values()) if company else None,
            "company_plan": known.get("plan"),
            "seats": int(seats) if seats.isdigit() else None,
            "renewal": date.fromisoformat(known["renewal"]) if "renewal" in known else None,
            "today": moment.day,
        }
        found[who]["stage_account"] = shop.definitions.lifecycles["account"].assign(found[who]).key
        found[who]["in_segment_roomy"] = shop.definitions.segments["roomy"].rule.evaluate(found[who]) is True
    return found


COLUMNS = (*sorted(READ), "stage_account", "in_segment_roomy")


def told(rows: dict[str, dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    return {who: tuple(row[name] for name in COLUMNS) for who, row in rows.items()}


def run(shop: Workspace, moment: AsOf) -> dict[str, tuple[Any, ...]]:
    con = pipeline.stand(shop.store.snapshot(), lean(shop), shop.clock, moment).con
    listed = ", ".join(COLUMNS)
    rows = con.execute(f"SELECT external_id, {listed} FROM standing JOIN customers USING (customer_key)").fetchall()
    return {row[0]: row[1:] for row in rows}


def end_of(shop: Workspace, day: date) -> AsOf:
    """The last microsecond of a day: what history says of it."""
    return AsOf(shop.clock.start_of(day + timedelta(days=1)) - timedelta(microseconds=1), day)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(6))
def test_run_history_and_a_few_alone_say_what_the_calls_say_one_by_one(shop, seed):
    calls = calls_of(seed)
    put(shop, *calls[:50])
    put(shop, *calls[50:])
    same = {"u1": "u2"}
    calls.append({"type": "alias", "previousId": "u1", "userId": "u2", "messageId": "a", "timestamp": NOON})
    put(shop, calls[-1])
    moments = [shop.clock.as_of("2026-03-14T13:00:00"), shop.clock.as_of("2026-03-31")]
    for moment in moments:
        expected = told(slowly(shop, calls, moment, same))
        assert run(shop, moment) == expected
    alone = {shop.find(who): who for who in ("u2", "u5", "u9") if who in expected}
    few = shop.few(shop.collect.members_of(alone)[0], moments[-1]).rows
    assert told({alone[row["customer_key"]]: row for row in few}) == {who: expected[who] for who in alone.values()}
    follow(shop, calls, same, moments[-1])


def follow(shop: Workspace, calls: list[Call], same: dict[str, str], moment: AsOf) -> None:
    """Stays and memberships, of everybody and of one alone, against each day's end by itself."""
    definitions, snapshot = lean(shop), shop.store.snapshot()
    with snapshot.computing() as engine:
        compute_history(engine, definitions, moment)
        compute_membership_history(engine, definitions, shop.clock, moment)
        con = snapshot.handed_over(engine, ("stays", "memberships"))
    one = shop.find("u5")
    alone = [(stay.stage, stay.entered) for stay in shop.history(one, moment.day) if stay.lifecycle == "account"]
    mine = f"SELECT stage, entered FROM stays WHERE customer_key = {one} ORDER BY entered, cause DESC"
    assert con.execute(mine).fetchall() == alone
    for day in (START + timedelta(days=step) for step in range(DAYS - 1)):
        then = slowly(shop, calls, end_of(shop, day), same)
        here = f"entered <= DATE '{day}' AND (\"left\" IS NULL OR \"left\" > DATE '{day}')"
        of = f"JOIN customers USING (customer_key) WHERE {here}"
        stays = dict(con.execute(f"SELECT external_id, stage FROM stays {of}").fetchall())
        assert stays == {who: row["stage_account"] for who, row in then.items()}, day
        inside = {row[0] for row in con.execute(f"SELECT external_id FROM memberships {of}").fetchall()}
        assert inside == {who for who, row in then.items() if row["in_segment_roomy"]}, day


@pytest.fixture
def teahouse(shop) -> Workspace:
    """Lin and Bob of one company: Lin said its plan, Bob more seats later, and both are placed by what either said."""
    put(
        shop, group("lin", 5, plan="pro", seats=20), group("bob", 9, seats=30), group("charlie", 9, "acme", plan="free")
    )
    return shop


def group(user: str, day: int, company: str = "茶社", **traits: Any) -> Call:
    at = f"2026-03-{day:02}T04:00:00Z"
    return {"type": "group", "userId": user, "groupId": company, "timestamp": at, "messageId": f"{user}{day}{company}",
            "traits": traits}  # fmt: skip


def now(shop: Workspace, who: str, known_at: str | None = None, as_of: str = "2026-03-31") -> tuple[Any, ...]:
    """What is known of one customer, from its own part of the store."""
    snapshot, moment, key = shop._snapshot(known_at), shop.clock.as_of(as_of), shop.find(who)
    con = shop.connect_for([key], snapshot)
    pipeline.stand(snapshot, lean(shop), shop.clock, moment, con=con, cuts=CUTS)
    return con.execute(f"SELECT {KNOWN} FROM standing WHERE customer_key = {key}").fetchall()[0]


def alone(shop: Workspace, who: str) -> tuple[Any, ...]:
    """What the worker says of one customer, from the events that it holds in memory."""
    (row,) = shop.few(shop.collect.members_of([shop.find(who)])[0], shop.clock.as_of()).rows
    return tuple(row[name] for name in KNOWN.split(", "))


def test_what_one_member_says_is_known_of_all(teahouse):
    assert now(teahouse, "bob") == alone(teahouse, "bob") == ("茶社", "pro", 30, 2)


@pytest.mark.thorough
def test_and_not_before_it_was_said_nor_by_those_of_another_company(teahouse):
    assert now(teahouse, "lin") == ("茶社", "pro", 30, 2)
    assert now(teahouse, "lin", as_of="2026-03-09") == ("茶社", "pro", 20, 1)
    assert now(teahouse, "charlie") == ("acme", "free", None, 1)


@pytest.mark.thorough
def test_a_call_of_a_colleague_changes_what_the_worker_says_at_once(teahouse):
    assert alone(teahouse, "lin") == ("茶社", "pro", 30, 2)
    put(teahouse, group("bob", 20, "acme"), group("charlie", 20, "茶社", plan="free"), group("dora", 20, ""))
    assert alone(teahouse, "lin") == now(teahouse, "lin") == ("茶社", "free", 30, 2)
    assert alone(teahouse, "bob") == now(teahouse, "bob") == ("acme", "free", None, 1)
    assert alone(teahouse, "dora") == (None, None, None, None)


@pytest.mark.thorough
def test_two_numbers_that_are_one_person_are_one_member(teahouse):
    put(teahouse, {"type": "alias", "previousId": "bob", "userId": "lin", "messageId": "a"})
    assert now(teahouse, "lin") == alone(teahouse, "lin") == ("茶社", "pro", 30, 1)


@pytest.mark.thorough
def test_what_an_erased_customer_said_of_the_company_goes_with_it(teahouse):
    bob = teahouse.find("bob")
    assert alone(teahouse, "lin")[2] == 30
    erase_facts(teahouse.store, teahouse.collect.loader.index, bob, [bob], teahouse.folder / "none")
    assert now(teahouse, "lin") == alone(teahouse, "lin") == ("茶社", "pro", 20, 1)
    assert calls_kept(teahouse) == 2


def calls_kept(shop: Workspace) -> int:
    return len(shop.store.snapshot().connect("company_calls").execute("FROM company_calls").fetchall())


@pytest.mark.thorough
def test_what_was_taken_back_or_received_later_is_not_known(teahouse):
    later = datetime(2026, 4, 9, tzinfo=UTC)
    source = teahouse.collect.sources.named("App", "tenure", later)
    body = json.dumps({"batch": [group("lin", 12, plan="free")]}).encode()
    teahouse.collect.inbox.put(source, "import", body, later)
    teahouse.collect.drain_all()
    assert now(teahouse, "bob")[1] == alone(teahouse, "bob")[1] == "free"
    assert now(teahouse, "bob", known_at="2026-04-05")[1] == "pro"
    last = teahouse.store.last_ingest()
    gone = f"SELECT 'event' AS kind, {last} AS id, 'test' AS cause, TIMESTAMP '2026-04-10' AS \"at\""
    teahouse.store.append("retractions", teahouse.store.connect(), gone)
    assert now(teahouse, "bob")[1] == alone(teahouse, "bob")[1] == "pro"


@pytest.mark.thorough
def test_a_call_whose_event_was_never_written_says_nothing(teahouse):
    """As a writer leaves the store that breaks off between the call and its event."""
    lin, con = teahouse.find("lin"), teahouse.store.connect()
    columns = "ts, received_at, CAST(NULL AS INTEGER) AS import_id, properties"
    half = (
        f"SELECT 4 AS ingest_id, {lin} AS source_key, '茶社' AS company, {columns} FROM (SELECT TIMESTAMP '2026-03-25'"
        " AS ts, TIMESTAMP '2026-04-01' AS received_at, '{\"plan\": \"free\"}' AS properties)"
    )
    teahouse.store.append("company_calls", con, half, {"ingest": 4})
    assert now(teahouse, "bob")[1] == "pro"
    again = tenure.open(teahouse.folder)
    put(again, group("charlie", 26, "acme", seats=3))
    assert now(again, "bob") == alone(again, "bob") == ("茶社", "pro", 30, 2)
    assert calls_kept(again) == 4


@pytest.mark.thorough
def test_a_store_from_before_there_were_companies_learns_what_was_said_then(teahouse):
    shutil.rmtree(teahouse.store.root / "company_calls")
    again = tenure.open(teahouse.folder)
    assert now(again, "lin") == (None, None, None, None)
    put(again, group("lin", 26, seats=40))
    assert now(again, "bob") == alone(again, "bob") == ("茶社", "pro", 40, 2)


def test_no_e_mail_or_phone_of_a_company_enters_the_store(teahouse):
    put(teahouse, group("lin", 8, plan="pro", email="a@tea.example", phone="13800000000", billing="ask b@tea.example",
                        address={"street": "1 West Lake", "city": "杭州"}))  # fmt: skip
    rows = teahouse.store.snapshot().connect("company_calls").execute("SELECT properties FROM company_calls").fetchall()
    said = " ".join(row[0] for row in rows)
    assert "杭州" in said
    assert not [word for word in ("tea.example", "138", "West Lake") if word in said]


@pytest.mark.thorough
def test_what_lies_ahead_knows_the_company_and_the_day_it_renews(teahouse):
    put(teahouse, group("lin", 28, renewal="2026-04-12"))
    (account,) = (each for each in teahouse.explain("bob").ahead if each.lifecycle.key == "account")
    assert (account.coming.stage.key, account.coming.day) == ("due", date(2026, 4, 7))
    assert account.next.key == "team"
