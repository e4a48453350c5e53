"""Hand-off by SMTP against a real server: headers, answers, retries."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from tenure.errors import TenureError
from tenure_web.messages import handoff, outbox
from tenure_web.messages.models import Copy, Message
from tenure_web.messages.system import system_mail

pytestmark = pytest.mark.django_db


@pytest.mark.postgres
def test_a_message_goes_out_once_with_one_click_unsubscribe(customer, plan, now, post):
    message = plan(customer("王芳"))
    handoff.work(now)
    handoff.work(now)
    assert len(post.got) == 1
    mail = message_from_bytes(post.got[0][1], policy=policy.default)
    assert mail["list-unsubscribe"] == f"<http://localhost:8765/u/{message.token}>"
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert mail["from"].addresses[0].display_name == "Lin's tea"
    assert mail["subject"] == "谢谢您，芳"
    message.refresh_from_db()
    assert message.state == "sent"
    assert not Copy.objects.exists()


def test_each_answer_of_the_server_is_written_down(customer, plan, now, post):
    states = {}
    for name in ("gone", "full", "break", "fine"):
        states[name] = plan(customer(email=f"{name}@shop.example"), at=now + timedelta(seconds=len(states)))
    for _ in range(5):
        handoff.work(now + timedelta(seconds=10))
    found = {name: Message.objects.get(pk=message.pk) for name, message in states.items()}
    assert (found["gone"].state, found["gone"].reason) == ("failed", "refused")
    assert (found["full"].state, found["full"].reason, found["full"].attempts) == ("planned", "unreachable", 1)
    assert (found["break"].state, found["break"].reason) == ("unknown", "broken")
    assert found["fine"].state == "sent"
    for days in range(10):
        handoff.work(now + timedelta(days=1 + days))
    assert sorted(to for to, _ in post.got) == ["break@shop.example", "fine@shop.example"]
    assert Message.objects.get(pk=found["full"].pk).state == "failed"


def test_nothing_is_claimed_while_there_is_no_sender(customer, plan, now, post, workspace):
    workspace.save_settings(workspace.settings.changed(sender_email=""))
    message = plan(customer())
    handoff.work(now)
    message.refresh_from_db()
    assert message.state == "planned"


@pytest.mark.postgres
def test_a_claimed_message_whose_worker_is_gone_is_unknown_for_ever(customer, plan, now, post):
    message = plan(customer())
    Message.objects.filter(pk=message.pk).update(state="claimed", lease="x", lease_until=now)
    handoff.work(now + timedelta(seconds=1))
    handoff.work(now + timedelta(days=1))
    message.refresh_from_db()
    assert (message.state, message.reason) == ("unknown", "crashed")
    assert post.got == []


def test_a_test_message_goes_to_the_colleague_with_the_customers_words(customer, template, now, post):
    someone = customer("王芳", agreed=False)
    row = outbox.try_out("hello", someone.customer_key, "bob@example.com", "zh", now)
    assert row.state == "sent"
    assert post.got[0][0] == "bob@example.com"
    assert b"List-Unsubscribe" not in post.got[0][1]


def test_mail_to_colleagues_leaves_no_text_behind(post, db):
    system_mail("new@example.com", "Come in", "Your link: https://x.example/secret-1")
    assert post.got[0][0] == "new@example.com"
    row = Message.objects.get()
    assert (row.kind, row.state) == ("system", "sent")
    assert not Copy.objects.exists()
    with pytest.raises(TenureError):
        system_mail("gone@example.com", "Come in", "x")


def test_mail_to_colleagues_never_lands_in_the_mailbox(db):
    with pytest.raises(TenureError, match="no mail server"):
        system_mail("new@example.com", "Come in", "Your link")
