"""The one gate: who may be written to, when, and the reason when not."""

import json
from datetime import time, timedelta

import pytest

from tenure.messages import WITHDRAWN
from tenure_web.customers import profiles
from tenure_web.customers.models import Profile
from tenure_web.messages import consent, handoff, outbox
from tenure_web.messages.models import Consent, Copy, Message, Suppression

pytestmark = pytest.mark.django_db


def fate(message):
    message.refresh_from_db()
    return message.state, message.reason


def test_without_a_mail_server_a_message_lands_in_the_mailbox_in_the_customers_language(customer, plan, now):
    ann, wang = plan(customer()), plan(customer("王芳"))
    assert handoff.work(now) == 2
    assert fate(ann) == fate(wang) == ("sent", "")
    assert wang.subject == "谢谢您，芳"
    assert ann.subject == "Thank you, Ann"
    copy = Copy.objects.get(message=wang)
    assert "您好，王芳" in copy.html
    assert f"/u/{wang.token}" in copy.text
    assert wang.links == ["https://shop.example/new"]
    assert "https://shop.example/new" not in copy.html


@pytest.mark.postgres
def test_the_same_step_of_the_same_enrolment_is_planned_once(customer, plan, now):
    someone = customer()
    plan(someone, enrolment=7)
    plan(someone, enrolment=7)
    handoff.work(now)
    plan(someone, enrolment=7)
    handoff.work(now)
    assert Copy.objects.count() == 1


def test_whoever_has_not_agreed_is_skipped_with_the_reason(customer, plan, now):
    silent, gone = plan(customer(agreed=False)), customer()
    consent.say(gone.email, WITHDRAWN, "phone call", "", now, "colleague")
    withdrawn = plan(gone)
    handoff.work(now)
    assert fate(silent) == ("skipped", "no_consent")
    assert fate(withdrawn) == ("skipped", "withdrawn")
    assert not Copy.objects.exists()


@pytest.mark.postgres
def test_consent_said_before_the_address_was_known_counts_for_the_person(customer, plan, now):
    someone = customer(agreed=False)
    consent.take(someone.customer_key, "email", {"state": "granted", "basis": "form"}, now)
    handoff.work(now)
    message = plan(someone)
    handoff.work(now)
    assert fate(message) == ("sent", "")


@pytest.mark.postgres
def test_collected_consent_is_kept_once_with_its_evidence_under_the_address(customer, now):
    Profile.objects.create(source_key=9, fields={"email": {"value": " Ann@Shop.example", "at": now.isoformat()}})
    for _ in range(2):
        consent.take(9, "email", {"state": "granted", "basis": "form", "evidence": "newsletter box, v3"}, now)
    row = Consent.objects.get()
    assert (row.address, row.state, row.basis, row.evidence) == (
        "ann@shop.example",
        "granted",
        "form",
        "newsletter box, v3",
    )


@pytest.mark.postgres
def test_a_visitor_who_said_no_before_signing_in_has_said_no(workspace, customer, plan, now):
    someone, seen = customer(), {"type": "track", "event": "Seen", "userId": "ann"}
    no = {"type": "identify", "anonymousId": "device", "traits": {"consent": {"email": False}}}
    site = workspace.collect.sources.create_key("site", now)
    body = json.dumps({"batch": [seen, no, {**seen, "anonymousId": "device"}]}).encode()
    workspace.collect.accept("batch", body, [site], now + timedelta(hours=1))
    with workspace.writing():
        workspace.collect.drain_all()
    profiles.take(workspace)
    assert workspace.collect.find("device") == someone.customer_key
    message = plan(someone)
    handoff.work(now + timedelta(hours=2))
    assert fate(message) == ("skipped", "withdrawn")
    assert consent.agreed() == consent.agreed([someone.customer_key]) == {"email": frozenset()}


def test_a_yes_without_a_basis_is_kept_but_counts_for_nothing(customer, plan, now):
    someone = customer(agreed=False)
    consent.take(someone.customer_key, "email", {"state": "granted"}, now)
    message = plan(someone)
    handoff.work(now)
    assert fate(message) == ("skipped", "no_consent")
    assert consent.counts() == {"granted": 0, "withdrawn": 0, "unproven": 1}


@pytest.mark.postgres
def test_an_import_cannot_lift_a_suppression(customer, plan, now):
    someone = customer()
    consent.suppress(someone.email.upper(), "unsubscribed", now)
    consent.take(someone.email, "email", {"state": "granted", "basis": "import"}, now + timedelta(days=1))
    message = plan(someone)
    handoff.work(now)
    assert fate(message) == ("skipped", "suppressed")
    assert Suppression.objects.count() == 1


def test_a_customer_without_an_address_or_with_an_impossible_one_is_skipped(customer, plan, now):
    nobody, broken = plan(customer(email="")), plan(customer(email="not an address"))
    handoff.work(now)
    assert fate(nobody) == fate(broken) == ("skipped", "no_address")


@pytest.mark.postgres
def test_the_budget_counts_within_one_batch_and_over_days(customer, plan, now, sending):
    sending(budget_messages=2, budget_days=7, quiet_start=time(0), quiet_end=time(0))
    someone, other = customer(), customer()
    messages = [plan(someone) for _ in range(3)] + [plan(other)]
    handoff.work(now)
    assert [fate(message)[0] for message in messages] == ["sent", "sent", "skipped", "sent"]
    assert fate(messages[2]) == ("skipped", "budget")
    later = plan(someone, at=now + timedelta(days=5))
    handoff.work(now + timedelta(days=5))
    assert fate(later) == ("planned", "budget")
    assert later.due_at == now + timedelta(days=7)
    handoff.work(later.due_at)
    assert fate(later) == ("sent", "")


def test_quiet_hours_follow_the_customers_own_clock(customer, plan, now, sending):
    sending(quiet_start=time(21), quiet_end=time(8))
    here, there = plan(customer()), plan(customer(details={"timezone": "America/New_York"}))
    handoff.work(now)  # 11:00 in Shanghai, 23:00 the day before in New York
    assert fate(here) == ("sent", "")
    assert fate(there) == ("planned", "quiet_hours")
    assert there.due_at == now + timedelta(hours=9)


@pytest.mark.postgres
def test_the_switch_stops_everything_and_stays_stopped_until_it_is_turned_back(customer, plan, now, lin):
    message = plan(customer())
    outbox.stop(True, lin, now)
    handoff.work(now)
    handoff.work(now + timedelta(days=1))
    assert fate(message) == ("planned", "")
    outbox.stop(False, lin, now)
    handoff.work(now)
    assert fate(message) == ("sent", "")


def test_whoever_is_held_out_gets_nothing_and_it_is_on_record(customer, plan, now):
    message = plan(customer(), held_out=True)
    handoff.work(now)
    assert fate(message) == ("skipped", "holdout")


@pytest.mark.postgres
def test_a_held_message_waits_and_one_called_back_never_goes(customer, plan, now):
    held, called = plan(customer(), enrolment=1), plan(customer(), enrolment=2)
    outbox.hold([1], True)
    outbox.call_back([2], "goal", now)
    handoff.work(now)
    assert fate(held) == ("planned", "paused")
    assert fate(called) == ("skipped", "goal")
    outbox.hold([1], False)
    handoff.work(now)
    assert fate(held) == ("sent", "")


def test_a_message_that_cannot_be_filled_in_fails_with_the_missing_name(customer, plan, now, template):
    template.body_en = "You have {{ features.points }} points"
    template.save()
    message = plan(customer())
    handoff.work(now)
    assert fate(message) == ("failed", "template")
    assert "features.points" in message.detail
    assert not Copy.objects.exists()


def test_a_message_without_its_template_or_customer_fails(customer, plan, now, template):
    someone = customer()
    message = plan(someone)
    template.delete()
    handoff.work(now)
    assert fate(message) == ("failed", "gone")
    assert Message.objects.count() == 1
