"""The SMTP channel against a real server that accepts, refuses, stalls or breaks off."""

import socket
from datetime import UTC, datetime

import pytest
from aiosmtpd.controller import Controller

from tenure.messages import Letter, Mail
from tenure.messages.channels.email import SmtpChannel, SmtpServer


class Post:
    """Keeps what it is given; an address chooses the answer."""

    def __init__(self):
        self.got = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone@"):
            return "550 5.1.1 no such person"
        if address.startswith("full@"):
            return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if envelope.rcpt_tos[0].startswith("spam@"):
            return "554 5.7.1 we do not want this"
        self.got.append((envelope.rcpt_tos[0], envelope.content))
        if envelope.rcpt_tos[0].startswith("break@"):
            server.transport.abort()
        return "250 OK"


@pytest.fixture
def post():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    handler = Post()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    handler.server = SmtpServer("127.0.0.1", port, security="none", timeout=5)
    yield handler
    controller.stop()


def mail(to):
    return Mail(to, "shop@lin.example", "Lin", Letter("Hi", "<p>.</p>", ".\n..\n"), f"{to}", datetime.now(UTC))


def test_many_mails_go_over_one_connection_and_each_gets_its_answer(post):
    with SmtpChannel(post.server) as channel:
        states = [
            channel.send(mail(to)).state
            for to in (
                "a@x.example",
                "gone@x.example",
                "full@x.example",
                "spam@x.example",
                "b@x.example",
                "not an address",
            )
        ]
    assert states == ["sent", "failed", "later", "failed", "sent", "failed"]
    assert [to for to, _ in post.got] == ["a@x.example", "b@x.example"]


def test_a_connection_lost_after_the_text_was_given_is_unknown_and_the_next_mail_still_goes(post):
    with SmtpChannel(post.server) as channel:
        assert channel.send(mail("break@x.example")).state == "unknown"
        assert channel.send(mail("a@x.example")).state == "sent"


def test_a_server_that_is_not_there_means_later():
    with SmtpChannel(SmtpServer("127.0.0.1", 1, security="none", timeout=1)) as channel:
        outcome = channel.send(mail("a@x.example"))
    assert outcome.state == "later"
    assert "cannot be reached" in outcome.detail


def test_a_password_never_goes_over_a_line_that_should_be_encrypted_and_is_not(post):
    server = SmtpServer("127.0.0.1", post.server.port, "u", "p", "starttls", 5)
    with SmtpChannel(server) as channel:
        assert channel.send(mail("a@x.example")).state == "later"
    assert post.got == []
