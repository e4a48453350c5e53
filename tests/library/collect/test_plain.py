"""The quick reading of calls, held equal to the checker's own."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tenure.collect import commerce
from tenure.collect.check import Checker, Refusal, Request
from tenure.collect.personal import Personal
from tenure.collect.staging import StagedEvent
from tests.examples import examples

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
PERSONAL = Personal(["Lucky Number"])


class Never:
    """A quick reading that reads nothing."""

    def event(self, *_: object) -> None:
        return None


def slow() -> Checker:
    checker = Checker("CNY", PERSONAL, "inbox:a")
    checker._plain = Never()  # type: ignore[assignment]
    return checker


QUICK, SLOW = Checker("CNY", PERSONAL, "inbox:a"), slow()

text = st.sampled_from(
    ["", " ", "a", "lin", "茶 100克", "a@b.cn", "null", "x" * 400, '"\\\n', "0", "\0", "🍵", "2026-02-01"]
)
number = st.sampled_from([0, -1, 7, 1.5, -0.0, 69.0, 1e300, 1e-7, 123456789012345678901, 0.1 + 0.2, True])
scalar = st.one_of(st.none(), text, number)
line = st.dictionaries(
    st.sampled_from(["product_id", "productId", "sku", "name", "category", "quantity", "price", "brand"]), scalar
)
keys = st.sampled_from(
    "order_id orderId total revenue currency product_id name category quantity price email phone consent context"
    " path title url lucky_number 口味 message".split()
)
value = st.one_of(scalar, st.sampled_from(["CNY", "cny", "GBP", "12.50"]), st.lists(scalar, max_size=2), line)
properties = st.one_of(
    st.none(),
    st.dictionaries(keys, value, max_size=4),
    st.fixed_dictionaries({"products": st.lists(line, max_size=2), "order_id": scalar, "total": scalar}),
    st.lists(scalar, max_size=1),
)
moment = st.sampled_from(
    [None, "", "2026-02-28T10:00:00Z", "2026-02-28T10:00:00.123+08:00", "2026-W09-1T10:00:00Z", "20260228", 1772272800,
     1772272800123, "2026-03-03T00:00:00Z", "yesterday", "1800-01-01", "2026-03-01T11:59:00Z"]
)  # fmt: skip
context = st.one_of(
    st.none(),
    st.dictionaries(
        st.sampled_from(["page", "campaign", "locale", "ip", "traits", "externalIds", "library", "userAgent"]),
        st.one_of(text, st.dictionaries(st.sampled_from(["url", "name", "email", "source"]), scalar, max_size=2)),
        max_size=3,
    ),
)
event = st.sampled_from(
    ["Tasted", "Product Viewed", "product_added", "Order Completed", "Order Refunded", "Order Cancelled", "Signed Up",
     "Subscription Started", "", None, 5, "x" * 400, "\0"]
)  # fmt: skip
whole = {
    "type": st.sampled_from(["track", "page", "screen", "identify", "t", "group", "alias", "dance", "", None, 3]),
    "event": event,
    "name": text,
    "category": st.sampled_from(["", "tea", None]),
    "userId": st.one_of(scalar, st.just(["a"])),
    "anonymousId": scalar,
    "messageId": scalar,
    "timestamp": moment,
    "originalTimestamp": moment,
    "sentAt": moment,
    "traits": st.sampled_from([None, {}, {"email": "lin@example.com", "plan": "gold"}, [1], {"plan": None}]),
    "context": context,
    "properties": properties,
    "integrations": st.just({"All": True}),
    "sourceKey": st.sampled_from([None, 5]),
}
kinds = st.sampled_from(["track", "page", "screen"])
plain = {
    "type": kinds,
    "event": st.sampled_from(["Tasted", "Product Viewed", "Order Completed"]),
    "userId": st.just("lin"),
}
call = st.one_of(
    st.fixed_dictionaries({}, optional=whole),
    st.fixed_dictionaries(plain, optional={name: each for name, each in whole.items() if name not in plain}),
)
endpoint = st.sampled_from(["batch", "import", "record", "track", "page", "identify"])


def read(checker: Checker, request: Request) -> tuple[list[StagedEvent], list[tuple[int, Refusal]]]:
    return checker.request(request, 40)


@settings(max_examples=examples(20, 60), deadline=None)
@given(st.lists(call, min_size=1, max_size=4), endpoint, context, moment, st.booleans())
def test_a_call_says_the_same_however_it_is_read(
    calls: list[dict[str, Any]], door: str, shared: Any, sent: Any, ascii_only: bool
) -> None:
    several = door in ("batch", "import", "record")
    body = {"batch": calls, "context": shared, "sentAt": sent} if several else calls[0]
    request = Request(7, NOW, 1, door, json.dumps(body, ensure_ascii=ascii_only).encode())
    assert read(QUICK, request) == read(SLOW, request)
    assert read(QUICK, request) == read(SLOW, request), "what is remembered says the same"


@given(st.one_of(line, st.dictionaries(st.sampled_from(["sku", "quantity", "price"]), value)))
def test_what_is_remembered_of_a_product_is_what_is_read(said: dict[str, Any]) -> None:
    def outcome(read: Any) -> str:
        try:
            return repr(read(said, "CNY"))
        except commerce.Unfit as error:
            return repr(error.args)

    assert outcome(commerce._line) == outcome(commerce._read_line)
    assert outcome(commerce._line) == outcome(commerce._read_line), "again"


@given(st.dictionaries(keys, st.one_of(value, st.lists(st.one_of(line, st.lists(line, max_size=1)), max_size=2))))
@example({"note": "a@b.cn"})
@example({"products": [{"sku": "t", "note": [{"email": "x"}]}]})
def test_what_is_left_as_it_is_holds_nothing_personal(said: dict[str, Any]) -> None:
    if PERSONAL.leaves(said, json.dumps(said).encode()):
        assert json.dumps(PERSONAL.split(said)) == json.dumps((said, {}))


def test_usual_properties_are_left_as_they_are() -> None:
    said = {"order_id": "1", "total": 9, "products": [{"sku": "茶", "price": 9.5, "gift": False}], "tags": ["a", None]}
    assert PERSONAL.leaves(said, json.dumps(said).encode())
    assert not PERSONAL.leaves({"note": "a@b.cn"}, b'{"note": "a\\u0040b.cn"}')


def test_what_is_remembered_belongs_to_its_name_and_its_currency() -> None:
    def amounts(checker: Checker) -> list[Any]:
        said = {"order_id": "1", "total": 12.5}
        calls = [{"type": "track", "userId": "lin", "event": name, "properties": said} for name in NAMES]
        found, _ = checker.request(Request(7, NOW, 1, "batch", json.dumps({"batch": calls}).encode()))
        return [(each.amount, each.currency, each.order_id) for each in found]

    assert amounts(QUICK) == [(1250, "CNY", "1"), (-1250, "CNY", "1"), (None, None, None)]
    assert amounts(Checker("JPY", PERSONAL)) == [(13, "JPY", "1"), (-13, "JPY", "1"), (None, None, None)]


NAMES = ("Order Completed", "Order Refunded", "Tasted")


def test_the_usual_calls_need_no_second_look() -> None:
    said = {"path": "/", "title": "Tea"}
    context = {"library": {"name": "analytics.js"}, "page": {"url": "https://shop.example/"}, "userAgent": "x"}
    calls = [
        {"type": "page", "userId": "lin", "name": "Home", "properties": said, "context": context},
        {"type": "track", "anonymousId": "a-1", "event": "Product Viewed", "properties": {"sku": "t", "price": 9}},
        {"type": "track", "userId": 5, "event": "Order Completed", "timestamp": "2026-02-28T10:00:00Z",
         "properties": {"order_id": "1", "total": "9.00", "products": [{"sku": "t", "price": 9, "quantity": 1}]}},
    ]  # fmt: skip
    checker = Checker("CNY", PERSONAL)
    checker._call = Never().event  # type: ignore[assignment, method-assign]
    found, refused = checker.request(Request(7, NOW, 1, "batch", json.dumps({"batch": calls}).encode()))
    assert len(found) == 3
    assert None not in found
    assert not refused
