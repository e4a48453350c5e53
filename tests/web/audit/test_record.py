"""The audit is only ever added to, and tells when someone did otherwise."""

from importlib import import_module
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from tenure_web.audit.models import Entry
from tenure_web.audit.record import ANCHOR, record, verify

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.fixture
def three(lin: Any) -> Any:
    record(lin, "team.invite", "bob@example.com", {"role": "member"})
    record(lin, "settings.change", "company", {"share": 0.25, "fields": ("zone", "currency")})
    record(None, "backup.done", "2026")
    return lin


def test_it_keeps_who_did_what_to_whom(three: Any) -> None:
    first = Entry.objects.get(number=1)
    assert (first.actor, first.verb, first.target, first.detail) == (
        "lin@example.com",
        "team.invite",
        "bob@example.com",
        {"role": "member"},
    )
    assert Entry.objects.get(number=3).actor == ""
    assert verify().number is None
    assert verify().rows == 3


def test_it_names_the_first_row_that_was_altered(three: Any) -> None:
    Entry.objects.filter(number=2).update(detail={"share": "0.5"})
    found = verify()
    assert found.number == 2
    assert "changed" in found.problem


def test_it_names_a_row_that_was_taken_out(three: Any) -> None:
    Entry.objects.filter(number=2).delete()
    assert verify().number == 2


def test_it_notices_rows_that_changed_places(three: Any) -> None:
    one, two = Entry.objects.get(number=1), Entry.objects.get(number=2)
    Entry.objects.all().filter(number__lt=3).delete()
    one.number, two.number = 2, 1
    Entry.objects.bulk_create([two, one])
    assert verify().number == 1


def test_it_notices_that_the_end_was_cut_off(
    three: Any, workspace: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        record(three, "team.disable", "bob@example.com")
    assert (workspace.folder / ANCHOR).is_file()
    Entry.objects.filter(number=4).delete()
    assert verify().number == 4


def test_it_notices_a_chain_rewritten_without_the_secret(three: Any, settings: Any) -> None:
    settings.SECRET_KEY = "someone else's"
    assert verify().number == 1


def test_the_database_refuses_to_change_or_remove_a_row(three: Any) -> None:
    guards = import_module("tenure_web.audit.migrations.0002_only_added")
    with connection.cursor() as cursor:
        for statement in guards.SQLITE if connection.vendor == "sqlite" else guards.POSTGRESQL:
            cursor.execute(statement)
    for act in (lambda: Entry.objects.filter(number=1).update(actor="x"), lambda: Entry.objects.all().delete()):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            act()
    record(three, "still.works")
    assert verify().rows == 4
