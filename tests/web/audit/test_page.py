"""The audit can be read, filtered, paged, checked and exported."""

import csv
import io
from typing import Any

import pytest

from tenure_web.audit.models import Entry
from tenure_web.audit.record import record
from tenure_web.audit.words import VERBS

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(lin: Any, bob: Any, sign_in: Any) -> Any:
    record(lin, "team.invite", "=cmd|' /C calc'!A0", {"role": "member", "again": True, "gone": None})
    for _turn in range(60):
        record(bob, "account.sign_in")
    return sign_in(lin)


def numbers(answer: Any) -> list[int]:
    return [row.number for row in answer.context["rows"]]


def test_the_newest_come_first_and_pages_follow(owner: Any) -> None:
    first = owner.get("/settings/audit/")
    assert numbers(first) == list(range(61, 11, -1))
    assert numbers(owner.get(first.context["after"])) == list(range(11, 0, -1))


FILTERS = {
    "what=team": [1],
    "who=lin@example.com": [1],
    "about=CMD": [1],
    "from=2999-01-01": [],
    "to=1999-01-01": [],
    "what=team&from=nonsense": [1],
    "what=team&to=0001-01-01&from=9999-12-31": [1],
    "what=x';DROP TABLE audit_entry;--&about=CMD": [1],
}


def test_it_is_filtered(owner: Any) -> None:
    assert {query: numbers(owner.get(f"/settings/audit/?{query}")) for query in FILTERS} == FILTERS


def test_it_says_whether_the_chain_is_whole(owner: Any) -> None:
    assert "61 rows are as they were written" in owner.get("/settings/audit/?check=1").content.decode()
    Entry.objects.filter(number=7).update(verb="x")
    assert "audit row 7 was changed" in owner.get("/settings/audit/?check=1").content.decode()


def test_the_export_holds_the_seals_and_no_formula(owner: Any) -> None:
    answer = owner.post("/settings/audit/export/", {"what": "team"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert [row["number"] for row in rows] == ["1"]
    assert rows[0]["about"].startswith("'=")
    assert rows[0]["seal"] == Entry.objects.get(number=1).seal
    assert Entry.objects.order_by("-number")[0].verb == "export.audit"


def test_details_are_told_in_plain_words(owner: Any) -> None:
    assert "again: yes, gone: –, role: member" in owner.get("/settings/audit/?what=team").content.decode()


def test_every_act_in_the_code_has_words() -> None:
    import re
    from pathlib import Path

    import tenure_web

    said = set()
    for path in Path(tenure_web.__file__).parent.rglob("*.py"):
        said |= set(re.findall(r'record\([^"()]*(?:\([^()]*\))?[^"()]*"([a-z_]+\.[a-z_]+)"', path.read_text("utf-8")))
    assert said - set(VERBS) == set()


def test_details_stand_in_the_readers_language(lin: Any, sign_in: Any) -> None:
    record(lin, "import.file", 1, {"kind": "orders", "accepted": 510, "refused": 1})
    record(lin, "settings.change", "", {"entries": ["company", "zone"]})
    lin.language = "zh-hans"
    lin.save()
    page = sign_in(lin).get("/settings/audit/").content.decode()
    assert "接收：510，类型：订单，被拒：1" in page
    assert "项目：公司 时区" in page
