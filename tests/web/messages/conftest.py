"""One shop's mail for these tests: customers who agreed, a template, planned messages, a real SMTP server."""

import socket
from datetime import UTC, datetime

import pytest
from aiosmtpd.controller import Controller

from tenure.messages import GRANTED

NOW = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)  # 11:00 in Shanghai


class Post:
    """A mail server that keeps what it is given; a name before the @ chooses another answer."""

    def __init__(self):
        self.got = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone"):
            return "550 5.1.1 no such person"
        if address.startswith("full"):
            return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.got.append((envelope.rcpt_tos[0], envelope.content))
        if envelope.rcpt_tos[0].startswith("break"):
            server.transport.abort()
        return "250 OK"


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def open_post():
    """A mail server on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    handler = Post()
    handler.port = port
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def post(db, workspace, open_post):
    """A mail server, set up in the settings."""
    from tenure_web.settings.models import MailServer

    MailServer.objects.create(host="127.0.0.1", port=open_post.port, security="none")
    workspace.save_settings(workspace.settings.changed(sender_email="hello@lin.example"))
    return open_post


@pytest.fixture
def template(db):
    from tenure_web.messages.models import Template

    return Template.objects.create(
        key="hello",
        name="Hello",
        subject_en="Thank you, {{ customer.first_name }}",
        body_en="Hello **{{ customer.name }}**\n\n[Look](https://shop.example/new)",
        subject_zh="谢谢您，{{ customer.first_name }}",
        body_zh="您好，{{ customer.name }}\n\n[去看看](https://shop.example/new)",
    )


@pytest.fixture
def customer(db):
    """Make a customer who agreed to e-mail (unless told otherwise)."""
    from tenure_web.customers.models import Customer
    from tenure_web.messages import consent

    made = []

    def make(name="Ann Lee", email=None, agreed=True, **fields):
        key = len(made) + 1
        email = f"c{key}@shop.example" if email is None else email
        made.append(Customer.objects.create(customer_key=key, name=name, email=email, created_at=NOW, **fields))
        if agreed and email:
            consent.say(email, GRANTED, "checkout box", "order 1", NOW, "test")
        return made[-1]

    return make


@pytest.fixture
def plan(template):
    """Plan a message to a customer, as a journey would."""
    from tenure_web.messages import outbox
    from tenure_web.messages.models import Message

    numbers = iter(range(1, 100_000))

    def make(customer, at=NOW, step="email-1", enrolment=None, held_out=False):
        enrolment = enrolment or next(numbers)
        outbox.plan([outbox.Planned(1, step, enrolment, customer.customer_key, "hello", held_out)], at)
        return Message.objects.get(version=1, step=step, enrolment=enrolment)

    return make


@pytest.fixture
def sending(db):
    """The row that governs sending, changed and saved at once."""

    from tenure_web.messages.gate import governing

    def change(**values):
        row = governing()
        for name, value in values.items():
            setattr(row, name, value)
        row.save()
        return row

    return change
