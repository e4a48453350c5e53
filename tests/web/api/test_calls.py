"""The Segment HTTP API without a network: addresses, keys, answers, and bodies that mean no good."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from django.test import Client

from tenure.collect import Unavailable

CALL = {"userId": "lin", "event": "Tasted", "name": "Tea", "groupId": "g", "previousId": "l"}
PATHS = {
    "identify": "i", "track": "t", "page": "p", "screen": "s", "group": "g", "alias": "a",
}  # fmt: skip


def post(path: str, body: Any, key: str | None = None, **headers: str) -> Any:
    if key:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().post(path, raw, content_type=headers.pop("Content-Type", "text/plain"), headers=headers)


def test_each_call_has_its_address_and_the_browser_s_short_one(workspace: Any, key: str) -> None:
    for name, letter in PATHS.items():
        for path in (f"/v1/{name}", f"/v1/{letter}"):
            answer = post(path, CALL, key)
            assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert [request.endpoint for request in workspace.collect.inbox.take(0, 99)][::2] == list(PATHS)


@pytest.mark.postgres
def test_batches_and_imports_are_one(workspace: Any, key: str) -> None:
    for path in ("/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch", "/v1/batch/"):
        assert post(path, {"batch": [{"type": "track", **CALL}] * 3}, key).status_code == 200
    assert workspace.collect.drain().accepted == 15


def test_the_write_key_may_stand_in_three_places_and_in_a_beacon_s_address(key: str) -> None:
    assert post("/v1/track", CALL, key).status_code == 200
    assert post("/v1/track", {**CALL, "writeKey": key}).status_code == 200
    assert post("/v1/track", CALL, Authorization=f"Bearer {key}").status_code == 200
    assert post("/v1/track", {**CALL, "writeKey": key}, Authorization="Bearer something else").status_code == 200
    assert post(f"/beacon/v1/batch?writeKey={key}", {"batch": []}).status_code == 200


def test_without_a_known_write_key_nothing_comes_in(workspace: Any) -> None:
    for authorization in ("", "Basic ???", "Basic bGluOg==", "Basic /////w==", "Bearer x", "Digest"):
        answer = post("/v1/track", CALL, Authorization=authorization)
        assert answer.status_code == 401
        assert set(answer.json()) == {"code", "message"}
    assert workspace.collect.waiting() == 0


@pytest.mark.postgres
def test_a_revoked_key_lets_nothing_in(workspace: Any, key: str) -> None:
    from tenure.clock import Clock

    workspace.collect.sources.revoke_key(workspace.collect.sources.keys()[0].id, Clock("UTC").now())
    assert post("/v1/track", CALL, key).status_code == 401


def test_the_bytes_decide_what_a_body_is(workspace: Any, key: str) -> None:
    batch = json.dumps({"batch": [{"type": "track", **CALL}]}).encode()
    for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded", "nonsense"):
        for body in (batch, gzip.compress(batch)):
            assert post("/v1/batch", body, key, **{"Content-Type": kind}).status_code == 200
    assert workspace.collect.drain().accepted == 8


def test_a_browser_may_send_from_any_page(key: str) -> None:
    answer = Client().options("/v1/t", headers={"Origin": "https://shop.example"})
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Content-Type" in answer["Access-Control-Allow-Headers"]
    assert post("/v1/t", CALL, key)["Access-Control-Allow-Origin"] == "*"
    assert Client().get("/v1/t").status_code == 405


def test_analytics_js_is_told_where_to_send(key: str) -> None:
    answer = Client().get(f"/v1/projects/{key}/settings", headers={"Host": "events.example"})
    assert answer.json()["integrations"]["Segment.io"]["apiHost"] == "events.example/v1"
    assert Client().get("/v1/projects/none/settings").status_code == 404
    assert Client().get("/v1/nothing").json()["code"] == "unknown_path"


def test_a_pixel_carries_a_call(workspace: Any, key: str) -> None:
    answer = Client().get(f"/pixel/v1/track?writeKey={key}&userId=lin&event=Opened&properties.mail=7")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/gif")
    data = base64.b64encode(json.dumps({**CALL, "writeKey": key}).encode()).decode().rstrip("=")
    assert Client().get(f"/v1/pixel/track?data={data}").status_code == 200
    assert Client().get("/v1/pixel/track?data=%%%").status_code in (400, 401)
    assert workspace.collect.drain().accepted == 2


BAD_EVENTS = [
    b'{"type":"track","userId":"lin","event":"a","properties":{"v":NaN}}',
    b'{"type":"track","userId":"lin","event":"a","properties":{"v":Infinity}}',
    b'{"type":"track","userId":"lin","event":"a","properties":{"v":1e999}}',
    b'{"type":"track","userId":"lin","event":"a\x00"}',
    b'{"type":"track","userId":"lin","event":"a\\u0000"}',
    b'{"type":"track","userId":"lin","event":"\xff\xfe"}',
    b'{"type":"track","userId":"lin","event":"\\ud800"}',
    b'{"type":"track","userId":"lin","event":"a","properties":{"v":"' + b"x" * 40_000 + b'"}}',
    b'{"type":"track","userId":"lin","event":"a","properties":{"v":' + b"9" * 5000 + b"}}",
    b'{"type":"track","userId":"lin","event":"a","properties":{"v":' + b"[" * 100 + b"]" * 100 + b"}}",
    b'{"type":"track","userId":{"a":1},"event":"a"}',
    b'{"type":"track","event":"a"}',
    b'{"type":"track","userId":"lin","event":"a","timestamp":"soon"}',
    b'{"type":"track","userId":"lin","event":"Order Completed","properties":{"revenue":"lots"}}',
    b"17", b"null", b'"text"', b"[[[]]]", b"{}",
]  # fmt: skip


@pytest.mark.postgres
def test_one_bad_event_never_costs_the_others(workspace: Any, key: str) -> None:
    for number, bad in enumerate(BAD_EVENTS):
        good = [
            b'{"type":"track","userId":"lin","event":"Good","messageId":"%d.%d"}' % (number, part) for part in range(4)
        ]
        body = b'{"batch":[' + b",".join([*good[:2], bad, *good[2:]]) + b"]}"
        assert post("/v1/batch", body, key).status_code == 200, bad[:80]
    result = workspace.collect.drain()
    assert (result.accepted, result.refused) == (4 * len(BAD_EVENTS), len(BAD_EVENTS))
    letters = workspace.collect.dead_letters.list()
    assert len(letters) == len(BAD_EVENTS)
    assert all(letter.words("en") and letter.text for letter in letters)


BAD_BODIES = [
    (b"", 400),
    (b"{", 400),
    (b"[]", 400),
    (b"null", 400),
    (b"not json", 400),
    (b'{"batch":{}}', 400),
    (b'{"batch":"x"}', 400),
    (b'{"batch":[1,2', 400),
    (b"\xff" * 100, 400),
    (b"\x00" * 100, 400),
    (b"\x1f\x8bbroken", 400),
    (gzip.compress(b'{"batch":[]}', mtime=0)[:-4], 400),
    (b'{"batch":' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400),
    (b'{"batch":[' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"]}", 400),
    (b" " * (4 * 1024 * 1024 + 1), 413),
    (gzip.compress(b" " * 8_000_000, mtime=0), 413),
]


def test_only_a_body_that_cannot_be_read_is_refused_whole(workspace: Any, key: str) -> None:
    for body, status in BAD_BODIES:
        answer = post("/v1/batch", body, key)
        assert answer.status_code == status, body[:80]
        assert set(answer.json()) == {"code", "message"}
    assert workspace.collect.waiting() == 0


def test_an_empty_batch_is_fine_and_stores_nothing(workspace: Any, key: str) -> None:
    assert post("/v1/batch", {"batch": []}, key).status_code == 200
    assert workspace.collect.waiting() == 0


def test_under_overload_clients_are_told_when_to_come_again(workspace: Any, key: str) -> None:
    workspace.collect.inbox._depth = 1
    assert post("/v1/track", CALL, key).status_code == 200
    answer = post("/v1/track", CALL, key)
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 300
    assert set(answer.json()) == {"code", "message"}


@pytest.mark.postgres
@pytest.mark.parametrize("error", [Unavailable("disk full"), RuntimeError("a fault of ours")])
def test_when_nothing_can_be_stored_nothing_is_acknowledged(
    workspace: Any, key: str, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(workspace.collect.inbox, "put", fail)
    answer = post("/v1/track", CALL, key)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
