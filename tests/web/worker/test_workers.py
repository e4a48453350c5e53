"""Two workers on PostgreSQL, killed and stopped: nothing is done twice, nothing is lost (needs --database postgres)."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import connection, transaction

import tenure
from tenure.workspace import Workspace
from tenure_web.customers import labels, sync
from tenure_web.customers.models import Customer, State
from tenure_web.journeys import running
from tenure_web.journeys.models import Enrolment, Journey
from tenure_web.messages.models import Message, Sending, Template
from tenure_web.worker import lease
from tenure_web.worker.models import Lease
from tests.warm import Started, Warm

PATIENCE = 60
#: A worker as it is, but with short leases, so that the test need not wait for long ones.
CHILD = """
import sys
from datetime import timedelta
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
django.setup()
from tenure_web.worker import lease
from tenure_web.worker.__main__ import main
from tenure_web.journeys import advance
from tenure_web.messages import gate
lease.LASTS, lease.EVERY = 1.5, 0.3
advance.LEASE = gate.LEASE = timedelta(seconds=1.5)
raise SystemExit(main())
"""

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres,
    pytest.mark.skipif("not config.getoption('--database') == 'postgres'", reason="needs --database postgres"),
]


class Workers:
    """Worker processes over the test's own database."""

    def __init__(self, shop: Workspace, warm: Warm) -> None:
        self.warm, self.script = warm, shop.folder / "tmp" / "child.py"
        self.script.write_text(CHILD)
        self.environment = {
            **os.environ,
            "TENURE_WORKSPACE": str(shop.folder),
            "DJANGO_SETTINGS_MODULE": "tenure_web.configuration",
            "PYTHONPATH": str(Path(tenure.__file__).parents[1]),
        }
        self.log = shop.folder / "workers.log"
        self.running: list[Started] = []

    def start(self) -> Started:
        with self.log.open("ab") as out:
            words = [str(self.script), connection.settings_dict["NAME"]]
            process = self.warm.start(words, self.environment, out=out.fileno(), err=out.fileno())
        self.running.append(process)
        return process

    def said(self, words: str) -> int:
        return self.log.read_text("utf-8").count(words)


@pytest.fixture
def workers(workspace: Workspace, warm: Warm) -> Iterator[Workers]:
    labels.forget()
    made = Workers(workspace, warm)
    yield made
    labels.forget()
    for process in made.running:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait()


def until(what: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def token() -> int:
    return Lease.objects.filter(name="writer").values_list("token", flat=True).first() or 0


def furnish(shop: Workspace) -> str:
    """A journey that writes to everybody with a first order; returns a write key."""
    shop.save_settings(shop.settings.changed(sender_email="hello@lin.example"))
    Sending.objects.update_or_create(pk=1, defaults={"quiet_start": "00:00", "quiet_end": "00:00"})
    Template.objects.create(key="hello", name="Hello", subject_en="Hi", body_en="Hello")
    tree = {
        "key": "x",
        "title": {"en": "X"},
        "trigger": {"lifecycle": "purchase", "stage": "first_purchase"},
        "steps": [{"id": "email-1", "email": "hello"}],
    }
    sync.everyone(shop, datetime.now(UTC), "import")  # from here on, who appears is news
    running.start(Journey.objects.create(key="x", draft=tree), None, datetime.now(UTC), everybody=False)
    return shop.collect.sources.create_key("test", datetime.now(UTC))


def buy(shop: Workspace, key: str, people: range) -> None:
    """Everybody of the range says who they are, agrees to mail and orders once."""
    for number in people:
        who, now = f"c{number}", datetime.now(UTC).isoformat()
        traits = {"email": f"{who}@shop.example", "name": who, "email_consent": True}
        order = {"order_id": who, "revenue": 10, "currency": "CNY"}
        calls = [
            {"type": "identify", "userId": who, "messageId": f"i{who}", "timestamp": now, "traits": traits},
            {"type": "track", "event": "Order Completed", "userId": who, "messageId": f"o{who}", "timestamp": now,
             "properties": order},
        ]  # fmt: skip
        shop.collect.accept("batch", msgspec.json.encode({"batch": calls}), [key], datetime.now(UTC))


def ordeal(shop: Workspace, workers: Workers, letters: Any, rounds: int) -> None:
    """In each round more people buy; the writer is killed or stopped meanwhile, the other worker goes on."""
    from tenure_web.messages import consent

    key = furnish(shop)
    for number in range(8 * rounds):
        consent.say(f"c{number}@shop.example", "granted", "box", "", datetime.now(UTC), "test")
    here, there = workers.start(), workers.start()
    until(lambda: workers.said("this worker writes"))
    writer, other = (here, there) if workers.said("this worker writes") and _writes(here) else (there, here)
    for turn in range(rounds):
        before = token()
        buy(shop, key, range(8 * turn, 8 * turn + 4))
        until(lambda: Message.objects.exists())
        writer.send_signal(signal.SIGKILL if turn % 2 else signal.SIGSTOP)
        buy(shop, key, range(8 * turn + 4, 8 * turn + 8))
        until(lambda before=before: token() > before)
        until(lambda turn=turn: State.objects.filter(orders=1).count() == 8 * (turn + 1))
        if turn % 2 == 0:
            writer.send_signal(signal.SIGCONT)
            writer.wait()  # a fork that ends itself so tells no exit code
            assert workers.said("This one ends and starts anew") == turn // 2 + 1
        writer, other = other, workers.start() if turn < rounds - 1 else other
    until(lambda: Enrolment.objects.filter(state="done").count() == 8 * rounds)
    until(lambda: not Message.objects.filter(state__in=("planned", "claimed")).exists())


def _writes(process: Started) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT holder FROM worker_lease WHERE name = 'writer'")
        (holder,) = cursor.fetchone()
    return bool(holder.startswith(f"{process.pid}-"))


def books_balance(shop: Workspace, letters: Any, people: int) -> None:
    """Every event stored once, everybody shown, each walked once, no message sent twice and none in silence."""
    rows = shop.store.snapshot().connect().execute("SELECT name, count(*) FROM events GROUP BY 1").fetchall()
    assert dict(rows)["Order Completed"] == people
    assert sorted(State.objects.values_list("orders", flat=True)) == [1] * people
    assert Customer.objects.count() == people
    assert Enrolment.objects.count() == Message.objects.count() == people
    got = Counter(str(letter["To"]) for letter in letters.got)
    states = dict(Message.objects.values_list("address", "state"))
    assert set(states.values()) <= {"sent", "unknown"}, Counter(states.values())
    for address, state in states.items():
        assert got[address] == 1 or (state == "unknown" and got[address] == 0)


@pytest.mark.thorough
def test_a_worker_that_is_stopped_past_its_lease_and_goes_on_does_nothing_twice(
    workspace: Workspace, workers: Workers, letters: Any
) -> None:
    ordeal(workspace, workers, letters, rounds=2)
    books_balance(workspace, letters, 16)


@pytest.mark.soak
def test_nor_in_twenty_deaths_and_stops(workspace: Workspace, workers: Workers, letters: Any) -> None:
    ordeal(workspace, workers, letters, rounds=20)
    books_balance(workspace, letters, 160)


@transaction.atomic
def show_somebody() -> None:
    State.objects.create(customer_key=1)
    lease.fence()


def test_what_a_writer_computed_before_it_lost_the_lease_is_not_committed() -> None:
    old, new = lease.Writer(), lease.Writer()
    assert old.keep()
    assert not new.keep()
    Lease.objects.update(until=datetime(2020, 1, 1, tzinfo=UTC))
    assert new.keep()
    lease.serving(old)
    try:
        with pytest.raises(lease.Fenced):
            show_somebody()
    finally:
        lease.serving(None)
    assert not State.objects.exists()
    with pytest.raises(lease.Fenced):
        old.keep()
    new.release()
    assert lease.Writer().keep()
