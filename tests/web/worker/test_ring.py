"""What customers do reaches what the web shows: one by one as it happens, and the same when everybody is done anew."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

import tenure
from tenure.stages import compute_history
from tenure.workspace import Workspace
from tenure_web.customers import everybody, labels, sync
from tenure_web.customers.models import Customer, Feature, ObservedMove, Place, SegmentMove, State
from tenure_web.worker import ring
from tests.examples import examples

NOW = datetime(2024, 6, 1, 4, tzinfo=UTC)


@pytest.fixture
def shop(workspace: Workspace, db: None) -> Iterator[Workspace]:
    """A workspace that stands just after noon of 1 June 2024."""
    workspace.save_settings(workspace.settings.changed(clock="2024-06-01T12:01"))
    labels.forget()
    ring.begin_anew()
    sync._ahead.clear()
    yield workspace
    labels.forget()


def send(shop: Workspace, *calls: dict[str, Any]) -> None:
    """Events, as a server would send them; nothing is loaded yet."""
    key = shop.collect.sources.create_key("test", NOW)
    shop.collect.accept("batch", msgspec.json.encode({"batch": calls}), [key], NOW)


def order(user: str, number: str, days_ago: float, revenue: float = 100) -> dict[str, Any]:
    """An order some days ago."""
    at = NOW - timedelta(days=days_ago)
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": user,
        "messageId": f"m-{number}",
        "timestamp": at.isoformat(),
        "properties": {"order_id": number, "revenue": revenue, "currency": "CNY"},
    }


def load(shop: Workspace) -> None:
    """Let the ring do what waits."""
    while ring.load(NOW):
        pass


def stage_of(user: str, lifecycle: str = "purchase") -> str:
    """The stage the web shows."""
    key = Customer.objects.get(external_id=user).pk
    place = Place.objects.get(customer_key=key, lifecycle=labels.label_id("lifecycle", lifecycle))
    return labels.label_key(place.stage).split("/")[1]


def pictures() -> dict[str, Any]:
    """All that the web shows of customers, comparable."""
    return {
        model.__name__: sorted(model.objects.values_list(*[f.attname for f in model._meta.fields if f.attname != "id"]))
        for model in (State, Place, Customer)
    } | {"features": {row.pk: row.values for row in Feature.objects.all()}}


@pytest.mark.postgres(alone=True)
def test_an_order_moves_its_customer_and_the_move_carries_rule_and_evidence(shop: Workspace) -> None:
    send(
        shop,
        {"type": "identify", "userId": "lin", "messageId": "i", "traits": {"name": "林一", "email": "lin@example.com"}},
    )
    load(shop)
    assert stage_of("lin") == "prospect"
    send(shop, order("lin", "1", 0.1))
    load(shop)
    assert stage_of("lin") == "first_purchase"
    customer = Customer.objects.get(external_id="lin")
    assert (customer.name, customer.email) == ("林一", "lin@example.com")
    move = ObservedMove.objects.filter(lifecycle=labels.label_id("lifecycle", "purchase")).latest("id")
    assert labels.label_key(move.to_stage) == "purchase/first_purchase"
    assert move.cause == "event"
    assert move.evidence["orders"] == 1
    assert "orders" in move.rule


@pytest.mark.thorough
@pytest.mark.postgres(alone=True)
def test_nothing_new_changes_nothing(shop: Workspace) -> None:
    send(shop, order("lin", "1", 5), order("bob", "2", 50))
    load(shop)
    moves, before, version = ObservedMove.objects.count(), pictures(), sync.version()
    send(shop, order("lin", "1", 5))
    load(shop)
    assert (ObservedMove.objects.count(), pictures(), sync.version()) == (moves, before, version)


@pytest.mark.parametrize("seed", [3])
def test_one_by_one_gives_what_everybody_anew_gives(shop: Workspace, seed: int) -> None:
    chance, size = random.Random(seed), examples(10, thorough=13)
    calls = [
        order(f"u{chance.randrange(12)}", str(n), chance.uniform(0, 500), chance.randint(5, 400))
        for n in range(examples(5, thorough=60))
    ]
    calls += [
        {"type": "page", "anonymousId": f"a{n % 5}", "userId": f"u{n % 5}", "messageId": f"p{n}",
         "timestamp": (NOW - timedelta(days=n)).isoformat(), "name": "Home"} for n in range(examples(6, thorough=10))
    ]  # fmt: skip
    calls += [{"type": "page", "anonymousId": f"a{n}", "messageId": f"q{n}", "name": "Home"} for n in range(8)]
    chance.shuffle(calls)
    for start in range(0, len(calls), size):
        send(shop, *calls[start : start + size])
        load(shop)
    one_by_one = pictures()
    sync.everyone(shop, shop.clock.now())
    assert pictures() == one_by_one
    assert len(one_by_one["State"]) == examples(10, thorough=15)


LOOKS_BACK = """
lifecycle: tea
title: {en: Tea, zh: 茶}
meaning: {en: How close., zh: 有多近。}
rule_order: [away, regular, guest]
stages:
  guest:
    title: {en: Guest, zh: 茶客}
    meaning: {en: Now and then., zh: 偶尔。}
  regular:
    title: {en: Regular, zh: 常客}
    meaning: {en: Often., zh: 常来。}
    rule: orders_30d >= 2
    minimum_stay: 12
    leave: days_since_last_order > 16
  away:
    title: {en: Away, zh: 久未到店}
    meaning: {en: Gone., zh: 离开。}
    rule: days_since_last_order > 14
    leaving: true
"""


def chaos(shop: Workspace, seed: int, days: int) -> None:
    """Days of a shop in which everything comes late, twice, in the wrong order, dated ahead, merged, corrected."""
    chance = random.Random(seed)
    sent: list[dict[str, Any]] = []
    (shop.folder / "definitions/lifecycles/tea.yml").write_text(LOOKS_BACK, "utf-8")
    for day in range(days):
        for turn in range(3):
            clock = NOW + timedelta(days=9 * day, hours=2 * turn, minutes=1)
            shop.save_settings(shop.settings.changed(clock=clock.isoformat()))
            if turn == 0 and day:
                ring.everyone(clock)
            calls = [some_call(chance, clock, f"{day}-{turn}-{n}") for n in range(chance.randrange(1, 9))]
            calls += chance.sample(sent, min(len(sent), 2))
            sent += calls
            chance.shuffle(calls)
            send(shop, *calls)
            load(shop)


def some_call(chance: random.Random, clock: datetime, mark: str) -> dict[str, Any]:
    user = f"u{chance.randrange(8)}"
    at = (clock - timedelta(days=chance.choice([-0.05, 0, 0, 0.01, 0.1, 1, 8, 40, 200]))).isoformat()
    who = chance.choice([{"userId": user}, {"anonymousId": f"a{user}"}, {"userId": user, "anonymousId": f"a{user}"}])
    base = {**who, "messageId": mark, "timestamp": at}
    number = f"{user}-{chance.randrange(9)}"
    properties = {"order_id": number, "revenue": chance.randint(5, 900), "currency": "CNY"}
    return chance.choice(
        [
            {**base, "type": "page", "name": "Home"},
            {**base, "type": "identify", "traits": {"name": mark, "channel": chance.choice(["广告", "search"])}},
            {**base, "type": "track", "event": "Order Completed", "properties": properties},
            {**base, "type": "track", "event": "Order Completed", "properties": properties},
            {**base, "type": "track", "event": "Order Refunded", "properties": properties},
            {**base, "type": "track", "event": "Product Viewed", "properties": {}},
        ]
    )


DERIVED = ("stage_history", "segment_history")


def checksums(shop: Workspace) -> dict[str, Any]:
    """{derived table: (rows, sum of their hashes)}."""
    con = shop.store.snapshot().connect()
    return {table: con.execute(f"SELECT count(*), sum(hash(t)) FROM {table} AS t").fetchall()[0] for table in DERIVED}


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [1])
def test_late_repeated_reordered_and_merged_events_give_what_a_run_from_nothing_gives(
    shop: Workspace, seed: int
) -> None:
    chaos(shop, seed, days=4)
    one_by_one, moves = pictures(), ObservedMove.objects.count()
    sync.everyone(shop, shop.clock.now(), "definition")
    assert (pictures(), ObservedMove.objects.count()) == (one_by_one, moves), "there was nothing left to correct"
    for model in (State, Place, Feature, Customer):
        model.objects.all().delete()
    sync.everyone(shop, shop.clock.now(), "import")
    assert pictures() == one_by_one
    assert len(one_by_one["State"]) >= 8
    shop.run()
    kept = checksums(shop)
    for table in DERIVED:
        shutil.rmtree(shop.store.root / table)
    again = tenure.open(shop.folder)
    again.run()
    assert checksums(again) == kept
    assert all(rows > 20 for rows, _ in kept.values())


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(2, 22))
def test_twenty_more_such_shops_agree_too(shop: Workspace, seed: int) -> None:
    chaos(shop, seed, days=40)
    one_by_one = pictures()
    sync.everyone(shop, shop.clock.now(), "definition")
    assert pictures() == one_by_one


@pytest.mark.thorough
def test_an_anonymous_visitor_becomes_one_with_the_person_who_signs_in(shop: Workspace) -> None:
    send(shop, {"type": "page", "anonymousId": "a1", "messageId": "p", "name": "Home"})
    load(shop)
    assert State.objects.count() == 1
    send(shop, order("lin", "1", 1))
    load(shop)
    assert State.objects.count() == 2
    send(shop, {"type": "identify", "userId": "lin", "anonymousId": "a1", "messageId": "i", "traits": {}})
    load(shop)
    assert State.objects.count() == Customer.objects.count() == 1
    assert Feature.objects.get().values["orders"] == 1


@pytest.mark.thorough
@pytest.mark.postgres
def test_people_merged_by_hand_come_apart_as_they_were(shop: Workspace) -> None:
    send(shop, order("lin", "1", 30), order("bob", "2", 3), order("bob", "3", 2))
    load(shop)
    before = pictures()
    lin, bob = (Customer.objects.get(external_id=name).pk for name in ("lin", "bob"))
    moved = shop.collect.people.merge(lin, bob)
    sync.touch(shop, {lin, bob, *moved}, NOW)
    assert State.objects.get().orders == 3
    moved = shop.collect.people.unmerge(lin, bob)
    sync.touch(shop, {lin, bob, *moved}, NOW)
    assert pictures() == before


@pytest.mark.thorough
def test_time_alone_moves_people_and_is_named_as_the_cause(shop: Workspace) -> None:
    send(shop, order("lin", "1", 1), order("lin", "2", 10), order("lin", "3", 20))
    load(shop)
    SegmentMove.objects.all().delete()
    later = NOW + timedelta(days=400)
    assert stage_of("lin", "growth") != "churn"
    sync.everyone(shop, later, "time")
    assert stage_of("lin", "growth") == "churn"
    assert ObservedMove.objects.filter(cause="time", lifecycle=labels.label_id("lifecycle", "growth")).count() == 1
    assert SegmentMove.objects.get().cause == "time"


@pytest.mark.thorough
def test_imported_people_do_not_count_as_having_just_appeared(shop: Workspace) -> None:
    send(shop, order("lin", "1", 5))
    shop.collect.drain_all()
    sync.everyone(shop, NOW, "import")
    assert State.objects.count() == 1
    assert ObservedMove.objects.count() == 0


def test_what_was_stored_before_a_crash_reaches_the_web_after_it(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(shop, {"type": "page", "anonymousId": "a1", "messageId": "p", "name": "Home"})
    load(shop)
    send(
        shop,
        {"type": "identify", "userId": "lin", "anonymousId": "a1", "messageId": "i", "traits": {}},
        order("lin", "1", 2),
    )

    def crash(*_: object, **__: object) -> int:
        raise OSError("no space left")

    with monkeypatch.context() as failing:
        failing.setattr(sync, "touch", crash)
        with pytest.raises(OSError, match="no space"):
            ring.load(NOW)
    assert State.objects.get().orders == 0
    load(shop)
    assert State.objects.get().orders == 1


@pytest.mark.thorough
def test_who_is_touched_while_everybody_is_done_anew_stays_newer(shop: Workspace) -> None:
    send(shop, order("lin", "1", 3))
    load(shop)
    with sync.recording():
        standing = shop.standing_now(shop.clock.as_of())
        compute_history(standing.con, shop.definitions, standing.as_of)
        send(shop, order("lin", "2", 1), order("bob", "3", 1))
        load(shop)
        sync.everyone(shop, shop.clock.now(), "time", standing)
    assert sorted(State.objects.values_list("orders", flat=True)) == [1, 2]


@pytest.mark.thorough
def test_who_is_touched_between_the_gathering_and_the_writing_of_its_range_stays_newer(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(shop, order("lin", "1", 3), order("bob", "2", 3))
    load(shop)
    gather = everybody._Stands.gather

    def meanwhile(part: everybody._Stands, keys: tuple[int, int]) -> None:
        gather(part, keys)
        if State.objects.get(customer_key=shop.find("lin")).orders == 1:
            send(shop, order("lin", "3", 1))
            load(shop)

    monkeypatch.setattr(everybody._Stands, "gather", meanwhile)
    moves = ObservedMove.objects.count
    before = moves()
    sync.everyone(shop, NOW + timedelta(days=400), "time")
    assert State.objects.get(customer_key=shop.find("lin")).orders == 2
    assert (stage_of("lin", "growth"), stage_of("bob", "growth")) == ("retention", "churn")
    assert Feature.objects.get(customer_key=shop.find("lin")).values["orders"] == 2
    assert moves() > before


@pytest.mark.thorough
def test_who_moves_by_time_is_shown_before_everybody_else_is_asked(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(shop, order("lin", "1", 1), order("bob", "2", 2), order("charlie", "3", 178))
    load(shop)
    sync.everyone(shop, NOW + timedelta(days=1), "time")
    assert stage_of("charlie", "growth") == "conversion"
    monkeypatch.setattr(everybody, "RANGE", 1)
    seen: list[str] = []
    sync.everyone(
        shop, NOW + timedelta(days=4), "time", progress=lambda share: seen.append(stage_of("charlie", "growth"))
    )
    assert seen[0] == "churn"
    assert ObservedMove.objects.filter(customer_key=shop.find("charlie"), to_stage=churn()).count() == 1


def churn() -> int:
    return labels.label_id("stage", "growth", "churn")


@pytest.mark.thorough
@pytest.mark.postgres(alone=True)
@pytest.mark.django_db(transaction=True)
def test_the_first_turn_over_everybody_fills_an_empty_database_outside_any_other_transaction(shop: Workspace) -> None:
    send(shop, order("lin", "1", 5), order("bob", "2", 50))
    shop.collect.drain_all()
    sync.everyone(shop, NOW, "import")
    assert stage_of("lin") == "first_purchase"
    sync.everyone(shop, NOW + timedelta(days=400), "time")
    assert stage_of("lin", "growth") == "churn"
    assert ObservedMove.objects.filter(cause="time").exists()


def test_the_longer_a_history_takes_the_later_it_is_made_again(
    shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small shop's first file is on the board at once; a large one spends at most a tenth of the time on it."""
    took = [timedelta(seconds=seconds) for seconds in (0.5, 45, 120)]
    assert [ring._rest(each).total_seconds() for each in took] == [10, 600, 1200]
    versions, now = [], NOW
    monkeypatch.setattr(ring, "_history_at", None)
    for share, minutes in ((10, 11), (10, 11), (1_000_000, 11), (10, 11)):
        monkeypatch.setattr(ring, "HISTORY_SHARE", share)
        send(shop, order("lin", f"o{len(versions)}", 2))
        load(shop)
        ring.tidy(now)
        versions.append(shop.store.tables["stage_history"].version())
        now += timedelta(minutes=minutes)
    assert versions[0] < versions[1] < versions[2] == versions[3]
