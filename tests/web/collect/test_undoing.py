"""An import taken back: what it said of people, and what they agreed to in it, counts no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tenure_web.customers.models import Customer, Profile
from tenure_web.messages import consent
from tenure_web.messages.models import Consent
from tenure_web.worker import ring

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 5, 4, 3, tzinfo=UTC)
COLUMNS = {"customer": "id", "name": "name", "email": "mail"}
Take = Callable[..., int]


@pytest.fixture
def take(workspace: Any, tmp_path: Path) -> Take:
    """Take in a file of people (id,name,mail) and show them; returns the import's number."""
    ring.begin_anew()

    def load(*rows: str, **more: Any) -> int:
        file = tmp_path / "people.csv"
        file.write_text("\n".join(["id,name,mail", *rows]), "utf-8")
        with workspace.writing(wait=True):
            found = workspace.collect.load_customers(file, COLUMNS, **more)
            ring.everyone(NOW)
        return int(found.import_id)

    return load


def undo(workspace: Any, number: int) -> None:
    with workspace.writing(wait=True):
        workspace.collect.undo(number)
        ring.everyone(NOW)


def people() -> dict[str, tuple[str, str]]:
    return {each.external_id: (each.name, each.email) for each in Customer.objects.all()}


def agreed() -> set[str]:
    said = consent.states(dict(Customer.objects.values_list("customer_key", "email")))
    return {each.external_id for each in Customer.objects.all() if said[each.customer_key] == "granted"}


@pytest.mark.postgres
def test_names_addresses_and_consents_of_an_undone_import_are_those_of_before(workspace: Any, take: Take) -> None:
    first = take("1,Lin,lin@example.com", "2,Bob,bob@example.com", consent={"email": "fair 2025"})
    second = take("1,Lynn,wrong@example.com", "3,Charlie,c@example.com", consent={"email": "bought list"})
    assert people() == {"1": ("Lynn", "wrong@example.com"), "2": ("Bob", "bob@example.com"),
                        "3": ("Charlie", "c@example.com")}  # fmt: skip
    assert agreed() == {"1", "2", "3"}
    undo(workspace, second)
    assert people() == {"1": ("Lin", "lin@example.com"), "2": ("Bob", "bob@example.com")}
    assert agreed() == {"1", "2"}
    undo(workspace, first)
    assert (people(), Profile.objects.count()) == ({}, 0)
    assert list(Consent.objects.values_list("state", flat=True)) == ["undone"] * 4
    assert consent.counts() == {"granted": 0, "withdrawn": 0, "unproven": 0}
    take("1,Lin,lin@example.com", "2,Bob,bob@example.com", consent={"email": "fair 2025"})
    assert agreed() == set(people()) == {"1", "2"}


def test_what_was_said_since_stays_when_an_import_before_it_is_undone(workspace: Any, take: Take) -> None:
    first = take("1,Lin,lin@example.com")
    second = take("1,Lynn,lin@example.com")
    third = take("1,Lena,lin@example.com")
    undo(workspace, second)
    assert people()["1"][0] == "Lena"
    undo(workspace, third)
    assert people()["1"][0] == "Lin"
    undo(workspace, first)
    assert people() == {}
