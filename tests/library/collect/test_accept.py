"""Reading bodies."""

import gzip
import json
import zlib

import pytest

from tenure.collect import accept


def test_it_reads_a_batch_as_the_raw_calls_in_it() -> None:
    found = accept.calls(b'{"batch":[{"type":"track"}, {"a": 1}],"sentAt":"x","context":{"ip":"y"}}', "batch")
    assert found == accept.Calls((b'{"type":"track"}', b'{"a": 1}'), {"ip": "y"}, "x")


def test_it_reads_a_single_call_whole() -> None:
    assert accept.calls(b'{"event":"a"}', "track").items == (b'{"event":"a"}',)


def test_it_unpacks_gzip_by_its_bytes() -> None:
    assert accept.inflate(gzip.compress(b'{"batch":[]}')) == b'{"batch":[]}'
    assert accept.inflate(gzip.compress(b'{"batch"') + gzip.compress(b":[]}")) == b'{"batch":[]}'


@pytest.mark.parametrize(
    "body",
    [
        b"x" * 101,
        gzip.compress(b"x" * 101, mtime=0),
        gzip.compress(b"x" * 60, mtime=0) * 2,
        gzip.compress(b"\0" * 5_000_000, mtime=0),
    ],
)
def test_it_refuses_what_is_or_becomes_too_large(body: bytes) -> None:
    with pytest.raises(accept.Refused) as caught:
        accept.inflate(body, 100 if len(body) < 200 else 100_000)
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    "body",
    [
        b"\x1f\x8bnonsense",
        gzip.compress(b"{}", mtime=0)[:-6],
        gzip.compress(b"{}", mtime=0) + b"x",
        gzip.compress(b"", mtime=0) * 65,
        zlib.compress(b"{}"),
    ],
)
def test_it_refuses_gzip_that_is_broken(body: bytes) -> None:
    with pytest.raises(accept.Refused) as caught:
        accept.calls(accept.inflate(body), "track")
    assert caught.value.code == "unreadable"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"3", b'"x"', b"null", b"{} {}", b'{"batch":3}', b"{}", b"\xff\xfe", b'{"batch":[1,]}']
)
def test_it_refuses_what_no_tolerant_reader_can_read(body: bytes) -> None:
    with pytest.raises(accept.Refused) as caught:
        accept.calls(body, "batch")
    assert caught.value.code == "unreadable"


@pytest.mark.parametrize("inner", [b"[" * 20_000 + b"]" * 20_000, b'{"a":' * 20_000 + b"1" + b"}" * 20_000])
def test_it_refuses_nesting_bombs(inner: bytes) -> None:
    with pytest.raises(accept.Refused) as caught:
        accept.calls(b'{"batch":[' + inner + b"]}", "batch")
    assert caught.value.code == "nested"


@pytest.mark.parametrize(
    "bad", [b'{"v":NaN}', b'{"v":-Infinity}', b'{"v":"\xff"}', b'{"v":"\\ud800"}', b'{"v":"\x00"}', b'{"v":"\t"}']
)
def test_it_reads_on_past_an_event_that_strict_json_forbids(bad: bytes) -> None:
    found = accept.calls(b'{"batch":[{"a":1},' + bad + b',{"b":"\xe4\xbd\xa0"}]}', "batch")
    first, last = (json.loads(item) if isinstance(item, bytes) else item for item in found.items[::2])
    assert (first, last) == ({"a": 1}, {"b": "你"})


def test_it_finds_the_write_key_in_any_readable_body() -> None:
    assert accept.write_key(b'{"writeKey":"k"}') == "k"
    assert accept.write_key(b'{"writeKey":"k","v":NaN}') == "k"
    assert accept.write_key(b'{"writeKey":5}') is None
    assert accept.write_key(b'{"writeKey":"\xff"}') is None
    assert accept.write_key(b"{") is None
    assert accept.write_key(b"\xef\xbb\xbf" + b'{"writeKey":"k"}') == "k"
