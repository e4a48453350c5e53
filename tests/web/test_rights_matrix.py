"""Rights are a table: rights_matrix.txt says for every address and role what GET and POST answer.

An address without a row fails, a row without an address too. Nothing in the table exists (number 999999, key no-such),
so who has the right reads 404 where an object is asked for, and who has not reads 403. `door` is the sign-in page.
"""

import copy
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, get_resolver, resolve

from tests.examples import examples

pytestmark = pytest.mark.django_db

TABLE = Path(__file__).with_name("rights_matrix.txt")
ROLES = ("owner", "manager", "member", "viewer", "stranger")
MACHINES = ("/v1/", "/beacon/", "/pixel/", "/u/")  # keys and tokens instead of sessions
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
DEFAULTS = 'INSERT INTO "messaging_sending"'  # the one row of defaults, made when first looked at
GET_THAT_WRITES = ("/o/", "/c/", "/come-in/")  # an open, a click, a one-time link of the terminal


def rows() -> dict[str, tuple[list[str], list[str]]]:
    found = {}
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            address, *codes = line.split()
            assert len(codes) == 2 * len(ROLES), line
            found[address] = (codes[: len(ROLES)], codes[len(ROLES) :])
    return found


def routes(patterns: Any, before: str = "") -> set[str]:
    """Every address pattern of the project."""
    found: set[str] = set()
    for each in patterns:
        if hasattr(each, "url_patterns"):
            found |= routes(each.url_patterns, before + str(each.pattern))
        else:
            found.add(before + str(each.pattern))
    return found


def answer(client: Client, method: str, address: str, headers: dict[str, str] | None = None) -> Any:
    """The answer, with everything the request changed taken back."""
    cookies = copy.deepcopy(client.cookies)
    with transaction.atomic():
        found = getattr(client, method)(address, headers=headers)
        if found.streaming:
            b"".join(found.streaming_content)
        transaction.set_rollback(True)
    client.cookies = cookies
    return found


def code(found: Any) -> str:
    at_the_door = found.status_code == 302 and found.url.startswith("/sign-in/?next=")
    return "door" if at_the_door else str(found.status_code)


@pytest.fixture
def browsers(lin: Any, mona: Any, bob: Any, vera: Any, sign_in: Any) -> dict[str, Client]:
    people = dict(zip(ROLES, (lin, mona, bob, vera), strict=False))
    found = {role: sign_in(people[role]) if role in people else Client() for role in ROLES}
    for browser in found.values():
        browser.raise_request_exception = False
    return found


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    known, ours = set(), routes(get_resolver().url_patterns)
    for address in rows():
        try:
            known.add(resolve(address).route)
        except Resolver404:
            pytest.fail(f"{address} leads nowhere")
    assert ours - known == set(), "these addresses have no row in rights_matrix.txt"


def asked(codes: list[str]) -> list[int]:
    """The places of the roles to ask: all, in the quick suite the last who may most and the first who may less."""
    firsts = [place for place in range(1, len(ROLES)) if codes[place] != codes[place - 1]]
    return examples([firsts[0] - 1, *firsts] if firsts else [0], list(range(len(ROLES))))


def said_in(code: str) -> dict[str, str] | None:
    """In the quick suite a part of a page asks for what is refused or not there: it is told a sentence, not a page."""
    return examples({"HX-Request": "true"} if code in ("403", "404") else None, None)


def test_every_role_gets_what_the_table_says_and_looking_changes_nothing(browsers: dict[str, Client]) -> None:
    wrong = []
    for address, expected in rows().items():
        for method, codes in zip(("get", "post"), expected, strict=True):
            for place in asked(codes):
                with CaptureQueriesContext(connection) as queries:
                    found = answer(browsers[ROLES[place]], method, address, said_in(codes[place]))
                if code(found) != codes[place]:
                    wrong.append(f"{method} {address} as {ROLES[place]}: {code(found)} instead of {codes[place]}")
                if method == "get":
                    check_looking(address, found, [query["sql"].lstrip() for query in queries])
    assert not wrong, "\n" + "\n".join(wrong)


def check_looking(address: str, found: Any, said: list[str]) -> None:
    """Looking writes nothing, and every page is guarded by headers."""
    written = [sql for sql in said if sql.upper().startswith(WRITES) and DEFAULTS not in sql]
    assert not written or address.startswith(GET_THAT_WRITES), (address, written)
    if address.startswith(MACHINES):
        return
    policy = found.headers.get("Content-Security-Policy", "")
    assert "default-src 'self'" in policy, address
    assert "object-src 'none'" in policy, address
    assert "unsafe-eval" not in policy, address
    assert found.headers["X-Content-Type-Options"] == "nosniff", address
    assert found.headers["Referrer-Policy"] == "same-origin", address
    assert found.headers["Cross-Origin-Opener-Policy"] == "same-origin", address
    if found.status_code == 200:
        assert "Cache-Control" in found.headers, address


def test_another_site_can_make_nobody_do_anything(lin: Any) -> None:
    victim = Client(enforce_csrf_checks=True)
    victim.force_login(lin)
    for address in rows():
        if not address.startswith(MACHINES):
            found = answer(victim, "post", address)
            assert found.status_code in (403, 405), address
