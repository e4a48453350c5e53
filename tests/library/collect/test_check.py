"""Checking single calls."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.collect import REASONS, StagedEvent, StagedProduct, accept, words
from tenure.collect.check import Checker, Refusal, Request
from tenure.collect.personal import Personal
from tenure.collect.said import Unfit

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
CHECKER = Checker("CNY", Personal(["Lucky Number"]))


def check(call: Any, endpoint: str = "batch", **batch: Any) -> StagedEvent | Refusal:
    raw = call if isinstance(call, bytes) else json.dumps(call).encode()
    body = (
        b'{"batch":['
        + raw
        + b"]"
        + b"".join(b',"%s":%s' % (k.encode(), json.dumps(v).encode()) for k, v in batch.items())
        + b"}"
    )
    text = body if endpoint in accept.MANY else raw
    good, bad = CHECKER.request(Request(7, NOW, 1, endpoint, text))
    return good[0] if good else bad[0][1]


def event(call: Any, endpoint: str = "batch", **batch: Any) -> StagedEvent:
    found = check(call, endpoint, **batch)
    assert isinstance(found, StagedEvent), found
    return found


TRACK = {"type": "track", "userId": "lin", "event": "Tasted"}


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ({**TRACK, "userId": ["a"]}, "type"),
        ({**TRACK, "properties": [1]}, "type"),
        ({**TRACK, "context": "web"}, "type"),
        ({**TRACK, "userId": "x" * 400}, "type"),
        ({**TRACK, "event": "x" * 400}, "type"),
        (b"3", "type"),
        (b"null", "type"),
        ({**TRACK, "userId": None}, "no_id"),
        ({**TRACK, "userId": " "}, "no_id"),
        ({**TRACK, "userId": "00000000-0000-0000-0000-000000000000"}, "no_id"),
        ({**TRACK, "userId": "Anonymous"}, "no_id"),
        ({**TRACK, "userId": -1}, "no_id"),
        ({**TRACK, "event": ""}, "no_name"),
        ({"type": "track", "userId": "lin"}, "no_name"),
        ({"type": "alias", "userId": "lin"}, "no_previous_id"),
        ({"type": "dance", "userId": "lin"}, "unknown_type"),
        ({"userId": "lin"}, "unknown_type"),
        (b'{"type":"track","userId":"lin","event":"a","properties":{"v":NaN}}', "number"),
        (b'{"type":"track","userId":"lin","event":"a","properties":{"v":1e999}}', "number"),
        (b'{"type":"track","userId":"lin","event":"a","properties":{"v":' + b"9" * 5000 + b"}}", "number"),
        (b'{"type":"track","userId":"lin","event":"a\\u0000"}', "nul"),
        (b'{"type":"track","userId":"lin","event":"a\x00"}', "nul"),
        (b'{"type":"track","userId":"lin","event":"a","properties":{"\\u0000":1}}', "nul"),
        (b'{"type":"track","userId":"lin","event":"\xff"}', "text"),
        (b'{"type":"track","userId":"lin","event":"\\ud800"}', "text"),
        ({**TRACK, "properties": {"v": "x" * 33_000}}, "too_large"),
        ({**TRACK, "properties": {"v": json.loads("[" * 40 + "]" * 40)}}, "too_deep"),
        ({**TRACK, "timestamp": "yesterday"}, "time"),
        ({**TRACK, "timestamp": "0001-01-01T00:00:00Z"}, "time"),
        ({**TRACK, "timestamp": 1e300}, "time"),
        ({**TRACK, "timestamp": "2026-03-03T00:00:00Z"}, "future"),
        ({**TRACK, "timestamp": "9999-12-31T23:59:59Z", "sentAt": "2026-03-01T11:00:00Z"}, "future"),
        ({**TRACK, "event": "Order Completed", "properties": {"order_id": 1, "revenue": "much"}}, "amount"),
        ({**TRACK, "event": "Order Completed", "properties": {"order_id": 1, "revenue": True}}, "amount"),
        ({**TRACK, "event": "Order Completed", "properties": {"order_id": 1, "revenue": 1e30}}, "amount"),
        ({**TRACK, "event": "Order Completed", "properties": {"order_id": 1, "currency": "points"}}, "currency"),
        ({**TRACK, "event": "Order Completed", "properties": {"order_id": 1, "products": "tea"}}, "products"),
        ({**TRACK, "event": "Order Completed", "properties": {"products": [{"quantity": "NaN"}]}}, "products"),
    ],
)  # fmt: skip
def test_it_says_why_an_event_cannot_be_loaded(call: Any, reason: str) -> None:
    found = check(call)
    assert isinstance(found, Refusal)
    assert found.reason == reason
    assert found.raw


def test_every_reason_has_words_in_both_languages() -> None:
    assert all(english and chinese and english != chinese for english, chinese in REASONS.values())
    assert words("nul", "zh-hans") == REASONS["nul"][1]


@pytest.mark.parametrize(
    ("context", "reason"),
    [(b'"\xff"', "text"), (b'"\\u0000"', "nul"), (b"NaN", "number"), (b"[" * 40 + b"]" * 40, "too_deep"),
     (b'"' + b"x" * 40_000 + b'"', "too_large")],
    ids=["text", "nul", "number", "too_deep", "too_large"],
)  # fmt: skip
def test_what_is_wrong_with_the_context_of_a_batch_costs_none_of_its_calls(context: bytes, reason: str) -> None:
    body = b'{"context":{"page":{"title":%s}},"batch":[%s]}' % (context, json.dumps(TRACK).encode())
    [good], [(_, bad)] = CHECKER.request(Request(7, NOW, 1, "batch", body))
    assert (good.name, good.properties, bad.reason) == ("Tasted", None, reason)


WHOLE = json.dumps(
    {"batch": [{**TRACK, "properties": {"a": 1.5}, "traits": {"email": "l@example.com"}}, {**TRACK, "type": "page"}],
     "context": {"page": {"url": "/tea"}, "traits": {"plan": "gold"}}, "sentAt": "2026-03-01T12:00:00Z"}
).encode()  # fmt: skip
ODD = (b"null", b"NaN", b"[]", b"{}", b"\x00", b"\xff", b'"', b"1e999", b"-", b"9" * 50, b"\\ud800", b",", b"]", b":")


@given(st.lists(st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 12), st.sampled_from(ODD)), max_size=4))
def test_a_body_that_is_taken_in_can_be_checked_whatever_happened_to_it(cuts: list[tuple[int, int, bytes]]) -> None:
    body = WHOLE
    for place, length, odd in cuts:
        body = body[:place] + odd + body[place + length :]
    try:
        calls = accept.calls(body, "batch").items
    except accept.Refused:
        return
    good, bad = CHECKER.request(Request(7, NOW, 1, "batch", body))
    assert len(calls) <= len(good) + len(bad) <= len(calls) + 1
    assert "unforeseen" not in {refusal.reason for _, refusal in bad}


def test_what_no_check_foresaw_costs_only_the_call_it_is_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(call: Any, *_: object) -> StagedEvent:
        raise RuntimeError if call.name == "Odd" else Unfit("no_id", "")

    monkeypatch.setattr(CHECKER, "_event", fail)
    body = json.dumps({"batch": [{**TRACK, "name": name, "traits": {"a": 1}} for name in ("Odd", "Even")]}).encode()
    _, bad = CHECKER.request(Request(7, NOW, 1, "batch", body))
    assert [refusal.reason for _, refusal in bad] == ["unforeseen", "no_id"]


def test_a_literal_backslash_before_u0000_is_no_nul() -> None:
    assert event(b'{"type":"track","userId":"lin","event":"a\\\\u0000"}').name == "a\\u0000"


def test_the_path_is_the_type_of_a_single_call() -> None:
    assert event({"userId": "lin", "event": "Tasted"}, "track").kind == "track"
    assert event({"userId": "lin", "name": "Home"}, "page").name == "Home"


def test_ids_that_are_numbers_become_text_and_nulls_say_nothing() -> None:
    found = event({**TRACK, "userId": 17, "anonymousId": None, "category": None, "properties": None})
    assert (found.external_id, found.anonymous_id, found.properties) == ("17", None, None)
    assert event({**TRACK, "userId": 17.0}).external_id == "17"


def test_a_message_without_an_id_is_given_one_that_stays() -> None:
    assert event(TRACK).message_id == event(TRACK).message_id == "inbox:7:0"
    assert event({**TRACK, "messageId": "m"}).message_id == "m"


def test_traits_at_the_top_win_over_those_of_the_context_and_personal_ones_are_taken_out() -> None:
    traits = {"plan": "gold", "email": "Lin@example.com", "firstName": "Lin", "age": None, "lucky-number": 8}
    found = event(
        {"type": "identify", "userId": "lin", "traits": traits, "context": {"traits": {"plan": "x", "size": 3}}}
    )
    assert json.loads(found.properties or "") == {"plan": "gold", "size": 3}
    assert json.loads(found.personal or "") == {"email": "Lin@example.com", "first_name": "Lin", "lucky_number": 8}
    assert found.email == "Lin@example.com"


def test_the_context_of_the_batch_holds_for_its_calls() -> None:
    call = {"type": "identify", "userId": "lin", "context": {"locale": "zh-CN"}}
    found = event(
        call, context={"locale": "en", "traits": {"email": "lin@example.com"}, "campaign": {"source": "wechat"}}
    )
    assert found.email == "lin@example.com"
    assert json.loads(found.properties or "")["context"] == {"locale": "zh-CN", "campaign": {"source": "wechat"}}


def test_a_refused_call_keeps_what_its_batch_said_for_it() -> None:
    sent = (NOW + timedelta(minutes=5)).isoformat()
    batch = {"context": {"locale": "zh", "page": {"path": "/"}}, "sentAt": sent}
    wrong = TRACK | {
        "timestamp": sent,
        "properties": {"revenue": "much"},
        "event": "Order Completed",
        "context": {"page": 1},
    }
    found = check(wrong, **batch)
    assert isinstance(found, Refusal)
    kept = json.loads(found.raw)
    assert (kept["context"], kept["sentAt"]) == ({"locale": "zh", "page": 1}, sent)
    corrected = wrong | {"properties": {"order_id": "o1", "revenue": 5}}
    replayed = event(kept | {"properties": corrected["properties"]})
    assert replayed == event(corrected, **batch)
    assert replayed.ts == event(TRACK).ts


def test_a_refused_call_that_is_no_mapping_is_kept_as_it_came() -> None:
    found = check(b"[1, 2]", context={"locale": "zh"})
    assert isinstance(found, Refusal)
    assert found.raw == b"[1, 2]"


def test_personal_fields_never_stay_among_the_facts() -> None:
    properties = {
        "color": "red", "note_to": "write to bob@example.com now", "shipping_address": {"street": "x", "city": "y"},
        "cart": [{"sku": "a", "email": "z@example.com", "text": "ask z@example.com"}],
    }  # fmt: skip
    found = event(
        {**TRACK, "properties": properties, "context": {"ip": "10.0.0.1", "page": {"url": "/?m=a@example.com"}}}
    )
    assert "@example.com" not in (found.properties or "")
    assert "10.0.0.1" not in (found.properties or "") + (found.personal or "")
    found = event({"type": "identify", "userId": "lin", "context": {"ip": "10.0.0.1"}})
    assert json.loads(found.personal or "") == {"ip": "10.0.0.1"}


def test_the_city_of_an_address_and_the_month_of_a_birthday_are_facts() -> None:
    traits = {"address": {"city": "上海", "street": "南京路"}, "birthday": "1990-05-17"}
    found = event({"type": "identify", "userId": "lin", "traits": traits})
    assert json.loads(found.properties or "") == {"city": "上海", "birthday_month": 5}


def test_consent_by_trait_is_personal_and_names_its_evidence() -> None:
    found = event({"type": "identify", "userId": "lin", "traits": {"consent": {"email": True, "sms": "yes"}}})
    assert json.loads(found.personal or "")["consent:email"]["state"] == "granted"
    assert "consent:sms" not in (found.personal or "")


def test_shared_ids_in_the_context_name_the_person_too() -> None:
    context = {"externalIds": [{"id": "lin@example.com", "type": "email"}, {"id": "a1", "type": "anonymous_id"}, 5]}
    found = event({**TRACK, "context": context})
    assert (found.email, found.anonymous_id) == ("lin@example.com", "a1")


@pytest.mark.parametrize(
    ("properties", "amount"),
    [
        ({"revenue": 12.1, "total": 15}, 1210),
        ({"total": "15.005"}, 1501),
        ({"revenue": 0.1 + 0.2}, 30),
        ({"revenue": "1e2"}, 10_000),
        ({}, None),
        ({"revenue": 1200, "currency": "jpy"}, 1200),
    ],
)
def test_an_order_is_worth_its_revenue_else_its_total_exactly(properties: dict[str, Any], amount: int | None) -> None:
    assert event({**TRACK, "event": "Order Completed", "properties": properties}).amount == amount


def test_a_refund_is_negative_and_worth_its_total() -> None:
    found = event({**TRACK, "event": "Refunded Order", "properties": {"order_id": 1, "total": 5, "revenue": 4}})
    assert (found.name, found.amount, found.order_id) == ("Order Refunded", -500, "1")


def test_an_order_has_lines_and_an_odd_price_elsewhere_costs_nothing() -> None:
    lines = [{"product_id": 5, "price": "9.90", "quantity": 2, "category": "Tea"}, {"sku": "b"}]
    found = event({**TRACK, "event": "order_completed", "properties": {"order_id": "o", "products": lines}})
    assert found.products == (StagedProduct("5", None, "Tea", 2.0, 990), StagedProduct("b"))
    assert json.loads(found.properties or "") == {"order_id": "o"}
    viewed = event(
        {**TRACK, "event": "Product Viewed", "properties": {"product_id": "p", "price": "ask", "currency": "??"}}
    )
    assert viewed.products is None


def test_a_viewed_product_is_a_line_of_its_own() -> None:
    found = event({**TRACK, "event": "Product Viewed", "properties": {"product_id": "p", "name": "Cup", "price": 3}})
    assert found.products == (StagedProduct("p", "Cup", None, None, 300),)


def kept(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


@pytest.mark.parametrize(
    ("times", "happened"),
    [
        ({}, NOW),
        ({"timestamp": "2011-12-01T08:00:00+08:00"}, datetime(2011, 12, 1, tzinfo=UTC)),
        ({"timestamp": "2011-12-01"}, datetime(2011, 12, 1, tzinfo=UTC)),
        ({"timestamp": 1322697600}, datetime(2011, 12, 1, tzinfo=UTC)),
        ({"timestamp": 1322697600000}, datetime(2011, 12, 1, tzinfo=UTC)),
        # rudder-sdk-node: timestamp is the user's, originalTimestamp is now
        ({"timestamp": "2011-12-01", "originalTimestamp": "2026-03-01T12:00:00Z"}, datetime(2011, 12, 1, tzinfo=UTC)),
        # the sender's clock is an hour fast: the event happened an hour before it says
        ({"timestamp": "2026-03-01T12:30:00Z", "sentAt": "2026-03-01T13:00:00Z"}, NOW - timedelta(minutes=30)),
        ({"originalTimestamp": "2026-03-01T10:30:00Z", "sentAt": "2026-03-01T11:00:00Z"}, NOW - timedelta(minutes=30)),
        # a batch that waited for two days is no wrong clock
        ({"timestamp": "2026-02-27T11:00:00Z", "sentAt": "2026-02-27T12:00:00Z"}, NOW - timedelta(days=2, hours=1)),
        # a second on the way does not move midnight's orders to another day
        ({"timestamp": "2026-02-01T00:00:00Z", "sentAt": "2026-03-01T12:00:01Z"}, datetime(2026, 2, 1, tzinfo=UTC)),
        ({"timestamp": "2026-02-01T00:00:00Z", "sentAt": "noon"}, datetime(2026, 2, 1, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_it_corrects_a_wrong_clock_and_leaves_history_alone(times: dict[str, Any], happened: datetime) -> None:
    assert event({**TRACK, **times}).ts == kept(happened)
    if "sentAt" in times:
        single = {key: value for key, value in times.items() if key != "sentAt"}
        assert event({**TRACK, **single}, sentAt=times["sentAt"]).ts == kept(happened)


def test_an_import_of_history_keeps_its_times() -> None:
    found = event({**TRACK, "timestamp": "2011-12-01T00:00:00Z"}, "import", sentAt="2026-03-01T13:00:00Z")
    assert found.ts == kept(datetime(2011, 12, 1, tzinfo=UTC))


def test_it_keeps_the_raw_times_so_that_all_can_be_computed_again() -> None:
    found = event({**TRACK, "timestamp": "2026-03-01T12:30:00Z", "sentAt": "2026-03-01T13:00:00Z"})
    assert found.original_at == kept(NOW + timedelta(minutes=30))
    assert found.sent_at == kept(NOW + timedelta(hours=1))
    assert found.received_at == kept(NOW)
