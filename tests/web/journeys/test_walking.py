"""From an observed move to a message: entering, waiting, checking, leaving, each exactly once."""

import pytest

from tenure_web.journeys import advance, enrol, running
from tenure_web.journeys.figures import figures
from tenure_web.journeys.models import Enrolment, Journey, Tally
from tenure_web.messages import handoff
from tenure_web.messages.models import Copy, Message, Sending

pytestmark = pytest.mark.django_db


def fates():
    return sorted(Message.objects.values_list("customer_key", "step", "state", "reason"))


@pytest.mark.postgres
def test_a_move_starts_the_journey_and_the_message_reaches_the_mailbox(shop, journey, turn, lin, now):
    ann, before = shop.customer(), shop.customer()
    shop.move(before, "first_purchase")
    running.start(journey({"email": "a"}), lin, now, everybody=False)
    shop.move(ann, "first_purchase")
    for _ in range(3):
        turn(now)
    assert fates() == [(ann, "email-1", "sent", "")], "who moved before the start does not enter"
    assert Copy.objects.count() == 1
    assert Enrolment.objects.get().reason == "end"


def test_everybody_who_is_there_can_enter_at_the_start(shop, journey, turn, lin, now):
    there = [shop.customer(stage="first_purchase") for _ in range(3)]
    shop.customer()
    row = journey({"email": "a"})
    assert running.start(row, lin, now, everybody=True) == 3
    assert enrol.present(row, now) == 0
    turn(now)
    assert [key for key, *_ in fates()] == there


def test_a_value_segment_starts_a_journey_too(shop, journey, turn, lin, now):
    ann = shop.customer(segment="loyal")
    running.start(journey({"email": "a"}, trigger={"segment": "at_risk"}), lin, now, everybody=False)
    shop.resegment(ann, "at_risk")
    turn(now)
    assert fates() == [(ann, "email-1", "sent", "")]


def test_people_wait_and_the_condition_is_asked_again(shop, journey, turn, lin, now, day):
    row = journey({"wait": {"days": 2}}, {"check": "orders = 1"}, {"email": "a"})
    running.start(row, lin, now, everybody=False)
    ann, bob = shop.customer("Ann"), shop.customer("Bob")
    for key in (ann, bob):
        shop.move(key, "first_purchase", orders=1)
    turn(now)
    turn(now + day)
    assert fates() == []
    assert figures(row).steps["wait-1"].waiting == 2
    shop.move(bob, "repeat_purchase", orders=2)
    turn(now + 2 * day)
    assert fates() == [(ann, "email-1", "sent", "")]
    found = figures(row)
    assert (found.steps["check-1"].passed, found.steps["check-1"].failed) == (1, 1)
    assert (found.steps["wait-1"].waiting, found.steps["wait-1"].passed) == (0, 2)
    assert found.reasons == {"check": 1, "end": 1}


def test_rules_read_stages_and_segments(shop, journey, turn, lin, now):
    branch = {
        "branch": [{"when": "segment = 'loyal' and stage_purchase = 'first_purchase'", "steps": [{"email": "a"}]}],
        "otherwise": [{"email": "b"}],
    }
    running.start(journey(branch), lin, now, everybody=False)
    loyal, plain = shop.customer(segment="loyal"), shop.customer()
    for key in (loyal, plain):
        shop.move(key, "first_purchase")
    turn(now)
    assert [(key, step) for key, step, *_ in fates()] == [(loyal, "email-1"), (plain, "email-2")]


def test_an_order_is_the_goal_and_calls_the_waiting_message_back(shop, journey, turn, lin, now, day):
    row = journey({"wait": {"days": 2}}, {"email": "a"}, goal={"event": "Order Completed", "days": 30})
    running.start(row, lin, now, everybody=False)
    ann, bob = shop.customer(), shop.customer()
    for key in (ann, bob):
        shop.move(key, "first_purchase")
    turn(now)
    shop.order(ann, now + day)
    shop.order(bob, now - day)
    turn(now + day * 1.5)
    assert Enrolment.objects.get(customer_key=ann).reason == "goal"
    turn(now + 3 * day)
    assert fates() == [(bob, "email-1", "sent", "")], "an order from before entering is no goal"
    assert figures(row).reached == 1


def test_a_goal_reached_while_the_message_waits_for_the_morning_keeps_it_back(shop, journey, turn, lin, now, day):
    row = journey({"email": "a"}, goal={"lifecycle": "purchase", "stage": "repeat_purchase", "days": 9})
    running.start(row, lin, now, everybody=False)
    ann = shop.customer()
    shop.move(ann, "first_purchase")
    night = now + day / 2  # 23:00 in Shanghai
    turn(night)
    assert fates() == [(ann, "email-1", "planned", "quiet_hours")]
    shop.move(ann, "repeat_purchase", at=night + day / 24)
    turn(night + day / 12)
    turn(now + day)
    assert fates() == [(ann, "email-1", "skipped", "goal")]


@pytest.mark.postgres(alone=True)
def test_people_held_out_walk_without_messages_and_are_compared(shop, journey, turn, lin, now):
    row = journey({"email": "a"}, holdout=50, goal={"event": "Order Completed"})
    running.start(row, lin, now, everybody=False)
    for _ in range(40):
        shop.move(shop.customer(), "first_purchase")
    turn(now)
    held = set(Enrolment.objects.filter(held_out=True).values_list("customer_key", flat=True))
    assert 8 <= len(held) <= 32
    assert {key for key, _, state, reason in fates() if (state, reason) == ("skipped", "holdout")} == held
    found = figures(row)
    assert (found.entries, found.held) == (40 - len(held), len(held))
    assert (found.steps["email-1"].sent, found.steps["email-1"].not_sent) == (40 - len(held), 0)
    assert found.active + sum(found.reasons.values()) == found.entries
    assert not found.compared.enough


@pytest.mark.postgres
def test_nobody_enters_twice_at_once_and_again_only_after_the_set_time(shop, journey, turn, lin, now, day):
    running.start(journey({"wait": {"days": 1}}, again={"days": 90}), lin, now, everybody=False)
    ann = shop.customer()
    entered = []
    for days in (0, 0.5, 30, 91):
        shop.move(ann, "first_purchase")
        turn(now + days * day)
        entered.append(Enrolment.objects.count())
    assert entered == [1, 1, 1, 2]


def test_the_default_is_once_only(shop, journey, turn, lin, now, day):
    running.start(journey({"email": "a"}), lin, now, everybody=False)
    ann = shop.customer()
    for days in (0, 400):
        shop.move(ann, "first_purchase")
        turn(now + days * day)
    assert Enrolment.objects.count() == 1


def test_a_paused_journey_keeps_everybodys_place_and_lets_in_later_who_came_meanwhile(
    shop, journey, turn, lin, now, day
):
    row = journey({"wait": {"days": 1}}, {"email": "a"})
    running.start(row, lin, now, everybody=False)
    ann, bob = shop.customer(), shop.customer()
    shop.move(ann, "first_purchase")
    turn(now)
    running.pause(row)
    shop.move(bob, "first_purchase")
    turn(now + 2 * day)
    assert fates() == []
    row.refresh_from_db()
    running.resume(row)
    turn(now + 2 * day)
    turn(now + 4 * day)
    assert [key for key, *_ in fates()] == [ann, bob]


def test_pausing_holds_what_waits_in_the_outbox(shop, journey, turn, lin, now, day):
    row = journey({"email": "a"})
    running.start(row, lin, now, everybody=False)
    shop.move(shop.customer(), "first_purchase")
    turn(now + day / 2)
    running.pause(row)
    turn(now + day)
    assert [state for *_, state, _ in fates()] == ["planned"]
    running.resume(row)
    turn(now + day)
    assert [state for *_, state, _ in fates()] == ["sent"]


def test_people_on_their_way_keep_the_version_they_entered(shop, journey, turn, lin, now, day):
    row = journey({"wait": {"days": 1}}, {"email": "a"})
    running.start(row, lin, now, everybody=False)
    ann, bob = shop.customer(), shop.customer()
    shop.move(ann, "first_purchase")
    turn(now)
    row.draft = {**row.draft, "steps": [{"id": "wait-1", "wait": {"days": 1}}, {"id": "email-2", "email": "b"}]}
    row.save()
    assert running.publish(row, lin).number == 2
    shop.move(bob, "first_purchase")
    turn(now)
    turn(now + day)
    assert [(key, step) for key, step, *_ in fates()] == [(ann, "email-1"), (bob, "email-2")]


def test_a_version_that_can_no_longer_be_read_pauses_the_journey_and_says_why(shop, journey, turn, lin, now, day):
    row = journey({"wait": {"days": 1}}, {"check": "orders > 1"})
    running.start(row, lin, now, everybody=False)
    shop.move(shop.customer(), "first_purchase")
    turn(now)
    row.current.tree["steps"][1]["check"] = "points > 1"
    row.current.save()
    from tenure_web.journeys import catalogue

    catalogue._of_version.cache_clear()
    turn(now + day)
    row.refresh_from_db()
    assert row.state == Journey.PAUSED
    assert "points" in row.problem
    assert Enrolment.objects.get().state == "active"


@pytest.mark.postgres
def test_taking_the_same_moves_and_places_twice_changes_nothing(shop, journey, turn, lin, now):
    row = journey({"email": "a"})
    running.start(row, lin, now, everybody=False)
    shop.move(shop.customer(), "first_purchase")
    turn(now)
    Journey.objects.update(moves_seen=0)
    Enrolment.objects.update(state="active", step="")
    turn(now)
    assert Copy.objects.count() == 1
    assert Enrolment.objects.count() == 1


@pytest.mark.postgres
def test_a_worker_that_lost_its_lease_writes_nothing(shop, journey, turn, lin, now, day, monkeypatch):
    row = journey({"email": "a"})
    running.start(row, lin, now, everybody=False)
    shop.move(shop.customer(), "first_purchase")
    enrol.enrol(now)
    decide = advance.journeys.decide

    def slow(*arguments):
        Enrolment.objects.update(lease="another")
        return decide(*arguments)

    monkeypatch.setattr(advance.journeys, "decide", slow)
    assert advance.advance(now) == 1
    assert not Message.objects.exists()
    assert not Tally.objects.exists()
    monkeypatch.undo()
    assert advance.advance(now) == 0, "the other worker still holds it"
    assert advance.advance(now + day) == 1
    handoff.work(now + day)
    assert Copy.objects.count() == 1


@pytest.mark.postgres
def test_a_merged_customer_walks_on_as_one_person_under_one_budget(shop, journey, turn, lin, now, day):
    from tenure_web.customers.sync import forget
    from tenure_web.messages.gate import governing

    governing()
    Sending.objects.update(budget_messages=1)
    running.start(journey({"email": "a"}, {"wait": {"days": 1}}, {"email": "b"}), lin, now, everybody=False)
    ann, annie = shop.customer(), shop.customer()
    for key in (ann, annie):
        shop.move(key, "first_purchase")
    turn(now)
    forget({annie}, {annie: ann})
    turn(now + day)
    assert {key for key, *_ in fates()} == {ann}
    assert [state for _, step, state, _ in fates() if step == "email-2"] == ["skipped", "skipped"]


def test_any_event_can_be_the_goal_and_is_read_from_the_store(shop, journey, turn, lin, now, day, workspace):
    from tenure.collect.calls import Happening

    row = journey({"wait": {"days": 9}}, goal={"event": "Signed Up", "days": 5})
    running.start(row, lin, now, everybody=False)
    people = [shop.customer() for _ in range(3)]
    for key in people:
        shop.move(key, "first_purchase")
    turn(now)
    moments = {people[0]: now + day, people[1]: now - day, people[2]: now + 6 * day}
    workspace.collect.record([Happening(key, "Signed Up", at, f"s-{key}") for key, at in moments.items()])
    with workspace.writing():
        workspace.collect.drain()
    turn(now + 2 * day)
    assert list(Enrolment.objects.exclude(goal_at=None).values_list("customer_key", "goal_at", "reason")) == [
        (people[0], now + day, "goal")
    ], "only what happened after entering and in time"
