"""What readers do without signing in: unsubscribe, open, click; and that it comes back as events."""

from datetime import timedelta

import pytest
from django.test import Client

from tenure_web.messages import consent, handoff, told
from tenure_web.messages.models import Consent, Message, Reaction, Suppression

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader():
    """A mail program: no cookies, and cross-site checks as strict as in production."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def sent(customer, plan, now):
    message = plan(customer("王芳"))
    handoff.work(now)
    message.refresh_from_db()
    return message


def test_a_scanner_that_follows_the_link_unsubscribes_nobody(reader, sent):
    for _ in range(2):
        page = reader.get(f"/u/{sent.token}")
        reader.head(f"/u/{sent.token}")
    assert page.status_code == 200
    assert "确认退订" in page.content.decode()
    assert not Suppression.objects.exists()
    assert consent.states({1: sent.address}) == {1: "granted"}


@pytest.mark.postgres
def test_one_click_unsubscribes_without_a_cookie_and_twice_is_once(reader, sent, plan, now):
    for _ in range(2):
        answer = reader.post(f"/u/{sent.token}", {"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert "您已退订" in answer.content.decode()
    assert Suppression.objects.get().reason == "unsubscribed"
    word = Consent.objects.order_by("-id").first()
    assert (word.state, word.basis, word.evidence) == ("withdrawn", "unsubscribe link", f"message {sent.pk}")
    assert Consent.objects.count() == 2
    other = Message.objects.create(
        version=9, step="x", enrolment=9, customer_key=1, template="hello", token="t9", planned_at=now, due_at=now
    )
    handoff.work(now + timedelta(minutes=1))
    other.refresh_from_db()
    assert (other.state, other.reason) == ("skipped", "suppressed")


def test_a_made_up_token_is_nobodys(reader, sent):
    for path in ("/u/x", f"/u/{sent.token}x", "/c/x", f"/c/{sent.token}.0.aaaa", f"/c/{sent.token}.7.aaaa"):
        assert reader.get(path).status_code == 404
    assert reader.post("/u/x").status_code == 404


def test_a_click_goes_only_where_the_letter_pointed(reader, sent):
    from tenure.messages import click_token
    from tenure_web.worker import workspace

    secret = workspace.current().secret
    good, beyond = click_token(secret, sent.token, 0), click_token(secret, sent.token, 1)
    answer = reader.get(f"/c/{good}")
    assert (answer.status_code, answer["location"]) == (302, "https://shop.example/new")
    assert reader.get(f"/c/{beyond}").status_code == 404
    assert reader.get(f"/c/{good}?to=https://evil.example")["location"] == "https://shop.example/new"


@pytest.mark.postgres
def test_opens_and_clicks_count_once(reader, sent):
    for _ in range(3):
        pixel = reader.get(f"/o/{sent.token}")
        assert (pixel.status_code, pixel["content-type"]) == (200, "image/gif")
        reader.head(f"/o/{sent.token}")
    assert reader.get("/o/unknown").status_code == 200
    assert Reaction.objects.get().kind == "opened"


@pytest.mark.postgres
def test_what_became_of_a_message_comes_back_as_events_exactly_once(reader, sent, workspace):
    reader.get(f"/o/{sent.token}")
    reader.post(f"/u/{sent.token}")
    assert told.tell() == 3
    assert told.tell() == 0
    Message.objects.update(told=False)
    assert told.tell() == 1
    with workspace.writing():
        workspace.collect.drain()
    con = workspace.store.snapshot().connect()
    found = con.execute("SELECT name, count(*) FROM events GROUP BY 1 ORDER BY 1").fetchall()
    assert found == [("Email Delivered", 1), ("Email Opened", 1), ("Email Unsubscribed", 1)]
