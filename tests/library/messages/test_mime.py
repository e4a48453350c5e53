"""Hand-written MIME is read back by the standard library exactly, whatever is put into it."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.errors import UsageError
from tenure.messages import Letter, Mail, to_ascii, written

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
#: All that can be written. Asked by its codec, hypothesis first tries a million characters: 1.5 s in a new clone.
ANY = st.characters(exclude_categories=["Cs"])


def mail(**changes):
    made = {
        "to": "fang@例子.中国",
        "sender": "shop@lin.example",
        "sender_name": "林家小店",
        "to_name": "王芳",
        "letter": Letter("谢谢您的第一单" * 9, "<p>您好</p>" * 200, "您好\n" * 100),
        "message_id": "abc123@lin.example",
        "at": NOW,
        "headers": {
            "List-Unsubscribe": "<https://x.example/u/1>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    }
    return Mail(**{**made, **changes})


def test_what_is_written_is_read_back():
    data = written(mail())
    found = message_from_bytes(data, policy=policy.default)
    assert found["subject"] == "谢谢您的第一单" * 9
    assert str(found["from"].addresses[0].display_name) == "林家小店"
    assert found["to"].addresses[0].addr_spec == "fang@xn--fsqu00a.xn--fiqs8s"
    assert found["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert found.get_body(("plain",)).get_content() == "您好\n" * 100
    assert found.get_body(("html",)).get_content().strip() == "<p>您好</p>" * 200
    assert not found.defects
    assert max(len(line) for line in data.split(b"\r\n")) <= 998


@given(st.text(ANY, max_size=120), st.text(ANY, max_size=120), st.text(ANY, max_size=60))
def test_no_text_can_add_a_header(subject, sender_name, to_name):
    found = message_from_bytes(
        written(mail(letter=Letter(subject, "h", "t"), sender_name=sender_name, to_name=to_name))
    )
    assert [name.lower() for name in found.keys()] == [  # noqa: SIM118
        "from",
        "to",
        "subject",
        "date",
        "message-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "mime-version",
        "content-type",
    ]
    assert len(found.get_payload()) == 2


def test_a_folded_injection_stays_in_its_header():
    data = written(mail(letter=Letter("Hi\r\nBcc: all@x.example\r\n\r\nbody\x00", "h", "t")))
    assert b"\r\nBcc:" not in data


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@",
        "@b.example",
        "a b@c.example",
        "a@b.example\r\nRCPT TO:<x@y.example>",
        "a@b@c.example",
        "<a@b.example>",
        "a@b..c",
    ],
)
def test_what_is_not_an_address_is_refused(address):
    with pytest.raises(UsageError):
        to_ascii(address)
