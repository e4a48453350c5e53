"""What the shop sends while it goes on living: calls the collect room takes without a refusal."""

import json
from datetime import UTC, datetime

from tenure.collect.check import Checker, Request
from tenure.collect.personal import Personal
from tenure.samples import Shop, Trickle

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def calls(count=300, at=NOW):
    trickle = Trickle(Shop(customers=200, seed=5), at)
    return [call for _ in range(count) for call in trickle.calls(NOW)]


def test_every_call_is_taken_in():
    body = json.dumps({"batch": calls()}).encode()
    good, bad = Checker("CNY", Personal()).request(Request(1, NOW, 1, "batch", body))
    assert not bad
    assert {event.name for event in good} >= {"Order Completed", "Product Viewed", "Signed Up", "Order Refunded"}


def test_newcomers_become_known_and_most_agree_to_mail():
    known = [call for call in calls() if call["type"] == "identify"]
    assert len(known) > 10
    assert 0.4 < sum("consent" in call["traits"] for call in known) / len(known) < 0.95


def test_two_runs_never_share_an_id():
    first, second = calls(), calls(at=datetime(2026, 1, 2, 3, 5, tzinfo=UTC))
    assert not {call["messageId"] for call in first} & {call["messageId"] for call in second}
    assert len({call["messageId"] for call in first}) == len(first)


def test_calls_of_one_visit_are_in_order_and_not_in_the_future():
    for call in calls(50):
        assert call["timestamp"] <= "2026-01-02T03:04:05Z"
