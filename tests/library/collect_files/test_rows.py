"""Event files and customer files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tenure.collect.files import events, lines, plain, text
from tenure.collect.files.events import EventRules, stage_events, typed
from tenure.collect.files.reading import reading
from tenure.collect.staging import COLUMNS
from tenure.errors import UsageError

Write = Callable[..., Path]
Ask = Callable[[str], list[tuple[Any, ...]]]
COLUMNS_OF_THREE = {"name": "event", "time": "at", "customer": "user"}


def test_an_event_file_brings_one_event_a_row(collect: Any, ask: Ask, write: Write) -> None:
    text = (
        "event,at,user,visitor,page,price,code\nProduct Viewed,2026-01-01 10:00,lin,,/tea,12.5,007\n"
        "Product Viewed,2026-01-01 10:00,lin,,/tea,12.5,007\nSigned Up,2026-01-02,,v1,,,\n"
        ",2026-01-02,lin,,,,\nX,soon,lin,,,,\n"
        "X,2026-01-02,,,,,\n"
    )
    columns = {"name": "event", "time": "at", "customer": "user", "anonymous": "visitor"}
    result = collect.load_events(write("a.csv", text), columns)
    assert (result.accepted, dict(result.reasons), result.customers) == (3, {"no_name": 1, "time": 1, "no_id": 1}, 2)
    assert ask("SELECT name, ts::VARCHAR, properties FROM events ORDER BY ingest_id")[1] == (
        "Product Viewed", "2026-01-01 02:00:00", '{"page":"/tea","price":12.5,"code":"007"}',
    )  # fmt: skip
    assert collect.load_events(write("b.csv", text), columns).duplicates == 3


@pytest.mark.thorough
def test_a_dry_run_of_events_says_what_the_import_then_does(collect: Any, write: Write) -> None:
    text = (
        "event,at,user,visitor,mail,id\nA,2026-01-01 10:00,lin,,,\nA,2026-01-01 10:00,lin,,,\nB,2026-01-02,,v1,,m1\n"
        "C,2026-01-02,bob,,,m1\nB,2026-01-02,,,lin@example.com,\nX,soon,lin,,,\n"
    )
    columns = {"name": "event", "time": "at", "customer": "user", "anonymous": "visitor", "email": "mail"}
    first, more = write("a.csv", text), write("b.csv", text + "D,2026-01-03,bob,,,\nB,2026-01-02,,,,m1\n")
    for path, counts in ((first, (4, 1, 3)), (first, (0, 5, 0)), (more, (1, 5, 1))):
        wanted = collect.load_events(path, {**columns, "message": "id"}, dry_run=True)
        result = collect.load_events(path, {**columns, "message": "id"})
        for each in (wanted, result):
            assert (each.accepted, each.duplicates, each.customers) == counts
            assert dict(each.reasons) == ({"time": 1} if path == first else {"time": 1, "no_id": 1})


@pytest.mark.parametrize("others", [pytest.param("", marks=pytest.mark.thorough), ",bob@example.com"])
def test_equal_rows_are_told_apart_by_their_number_and_come_only_once(
    collect: Any, ask: Ask, write: Write, others: str
) -> None:
    rows = ["A,2026-01-01,lin,"] * 3 + ["B,2026-01-01,lin,"] + [f"A,2026-01-01,lin,{others[1:]}"] * 2
    columns = {"name": "event", "time": "at", "customer": "user", "email": "mail"}
    text = "event,at,user,mail\n" + "\n".join(rows)
    assert collect.load_events(write("a.csv", text), columns).accepted == 6
    assert collect.load_events(write("b.csv", text + "\nA,2026-01-01,lin,"), columns).accepted == 1
    assert ask("SELECT count(*), count(DISTINCT message_hash) FROM events") == [(7, 7)]


@pytest.mark.thorough
def test_equal_rows_of_different_parts_are_told_apart_too(
    collect: Any, ask: Ask, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "CHUNK", 300)
    monkeypatch.setattr(lines, "HALF", 1e-9)
    rows = [f"{name},{day},u{n % 3}" for name in "AB" for day in ("13/01/2026", "02/01/2026") for n in range(12)]
    found = collect.load_events(write("a.csv", "\n".join(["event,at,user", *rows])), COLUMNS_OF_THREE)
    assert (found.accepted, found.refused) == (48, 0)
    times = ask("SELECT name, CAST(ts AS DATE)::VARCHAR, count(*) FROM events GROUP BY ALL ORDER BY ALL")
    assert times == [(name, f"2026-01-{day}", 12) for name in "AB" for day in ("01", "12")]
    assert (
        collect.load_events(write("b.csv", "\n".join(["event,at,user", *rows[::-1]])), COLUMNS_OF_THREE).accepted == 0
    )
    tried = write("c.csv", "\n".join(["event,at,user", *rows, *rows[:5]]))
    assert collect.load_events(tried, COLUMNS_OF_THREE, dry_run=True).accepted == 5


def test_what_a_row_is_known_by_never_changes_or_files_of_old_would_come_twice(collect: Any, write: Write) -> None:
    file = write("a.csv", "event,at,user,page,id\n" + "A,2026-01-01 08:00,lin,/tea,\n" * 2 + "B,2026-01-02,茶,,m1\n")
    columns = {"name": "event", "time": "at", "customer": "user", "message": "id"}
    said = ["track", "A", "2026-01-01 00:00:00", "lin", *[""] * 7, '{"page":"/tea"}', ""]
    content = hashlib.md5("\x1f".join(said).encode(), usedforsecurity=False).hexdigest()
    found, _ = staged(collect, file, columns)
    at = list(COLUMNS).index("message_id")
    assert [row[at] for row in found] == [f"file:{content}-1", f"file:{content}-2", "m1"]


def test_a_file_of_json_lines_speaks_the_tracking_api(collect: Any, ask: Ask, write: Write) -> None:
    order = {
        "order_id": "7",
        "revenue": 12.5,
        "currency": "USD",
        "products": [{"sku": "tea", "quantity": 1, "price": 12.5}],
    }
    calls = [
        {"event": "Order Completed", "userId": "lin", "timestamp": "2026-01-01T10:00:00Z", "properties": order},
        {
            "type": "identify",
            "userId": "lin",
            "timestamp": "2026-01-01T10:00:00Z",
            "traits": {"name": "Lin", "plan": "gold"},
        },
    ]
    text = "\n".join(json.dumps(call) for call in calls) + '\nnot json\n[1]\n{"event": "X"}\n'
    result = collect.load_events(write("a.jsonl", text))
    assert (result.accepted, dict(result.reasons), dict(result.revenue)) == (2, {"json": 2, "no_id": 1}, {"USD": 1250})
    assert ask("SELECT kind, amount FROM raw_events ORDER BY kind") == [("identify", None), ("track", 1250)]
    assert [row.line for row in collect.files.refused.page(result.import_id)] == [3, 4, 5]


def test_a_customer_file_brings_people_up_to_date_and_assumes_no_consent(collect: Any, ask: Ask, write: Write) -> None:
    text = "id,name,email,phone,country,plan\n"
    text += "1,王小明,w@example.com,13800138000,CN,gold\n,小红,h@example.com,,CN,\n,谁,,,,\n"
    columns = {"customer": "id", "name": "name", "email": "email", "phone": "phone", "country": "country"}
    result = collect.load_customers(write("a.csv", text), columns)
    assert (result.accepted, dict(result.reasons)) == (2, {"no_customer": 1})
    assert "No consent was recorded" in result.notes[0]
    fields = {(one.field, one.value) for one in collect.personal.peek()}
    assert ("name", "王小明") in fields
    assert not any(name.startswith("consent") for name, _ in fields)
    stored = str(ask("SELECT properties FROM events"))
    assert "gold" in stored
    assert "王小明" not in stored
    assert collect.load_customers(write("b.csv", text), columns).duplicates == 2


@pytest.mark.thorough
def test_a_consent_is_kept_with_its_ground(collect: Any, write: Write) -> None:
    path = write("a.csv", "id,email\n1,w@example.com\n")
    result = collect.load_customers(path, {"customer": "id", "email": "email"}, consent={"email": "opt-in form 2024"})
    assert result.notes == ()
    assert [one.value for one in collect.personal.peek() if one.field == "consent:email"] == [
        {"state": "granted", "basis": "import", "evidence": "opt-in form 2024"}
    ]
    with pytest.raises(UsageError, match='not "pigeon"'):
        collect.load_customers(path, {"customer": "id"}, consent={"pigeon": "form"})
    with pytest.raises(UsageError, match="how these people agreed"):
        collect.load_customers(path, {"customer": "id"}, consent={"email": " "})


@pytest.mark.parametrize(
    ("cell", "value"),
    [("12", 12), ("-3", -3), ("1.5", 1.5), ("007", "007"), ("true", True), ("1e5", "1e5"), ("٣", "٣"), ("1.", "1."),
     ("", ""),  ("-", "-"), ("0", 0), ("0.5", 0.5), ("1234567890123456", "1234567890123456")],
)  # fmt: skip
def test_cells_become_the_values_they_are(cell: str, value: object) -> None:
    assert typed(cell) == value
    assert type(typed(cell)) is type(value)


def test_a_dry_run_of_customers_writes_nothing(collect: Any, ask: Ask, write: Write) -> None:
    path = write("a.csv", "id,email\n1,w@example.com\n")
    assert collect.load_customers(path, {"customer": "id", "email": "email"}, dry_run=True).accepted == 1
    assert ask("SELECT count(*) FROM identifiers") == [(0,)]
    assert collect.personal.peek() == []


NASTY = [
    "event,at,user,visitor,id,page,price,code,note,products,email",
    *(
        f"Viewed page,2026-01-0{n % 9 + 1} 10:0{n % 10},u{n},,m{n},/p/{n},{price},{code},{note},,"
        for n, (price, code, note) in enumerate(
            [("1.50", "007", "true"), ("0.00001", "-0", "FALSE"), ("-0.0", "1e5", "茶 叶"),
             ("12", "1.", "a\\b\u2028"), ("123456789012345", "+3", "me@example.com"),
             ("1234567890123.5", "-", "null"), ("0.1", ".5", '"say ""x"""')]
        )
    ),
    "order_completed,2026-01-02,lin,,o1,,12.5,,,,", "Product Viewed,2026-01-02,lin,,o2,,,,,,",
    " signed up ,2026-01-02, lin ,,o3,,,,,,", "X,2026-01-02,李雷,,o4,,,,,,", "X,2026-01-02,guest,v1,o5,,,,,,",
    "X,2026-01-02,guest,undefined,o6,,,,,,", "X,2026-01-02,lin,,,,,,,[1],", "X,2026-01-02,lin,,,,,,,,bob@example.com",
    "X,2999-01-01,lin,,,,,,,,", f"X,2026-01-02,{'u' * 301},,,,,,,,", f"{'n' * 301},2026-01-02,lin,,,,,,,,",
    ",2026-01-02,lin,,,,,,,,", "X,soon,lin,,,,,,,,", f"X,2026-01-02,lin,,,{'z' * 40_000},,,,,",
    "X,2026-01-02,lin,,,,,,,,",
]  # fmt: skip


@pytest.mark.parametrize(
    ("price", "plain_ones"),
    [
        ("price", 11),
        pytest.param("revenue", 10, marks=pytest.mark.thorough),
        pytest.param("sku", 10, marks=pytest.mark.thorough),
    ],
)
def test_plain_rows_are_staged_as_the_checker_stages_them(
    collect: Any, write: Write, monkeypatch: pytest.MonkeyPatch, price: str, plain_ones: int
) -> None:
    monkeypatch.setattr(text, "CHUNK", 200)
    monkeypatch.setattr(lines, "HALF", 1e-9)  # a file of several parts
    monkeypatch.setattr(events, "AT_ONCE", 4)
    file = write("nasty.csv", "\n".join(NASTY).replace("price", price, 1) + "\n")
    columns = {"name": "event", "time": "at", "customer": "user", "anonymous": "visitor", "message": "id"}
    checked: list[events.Row] = []
    monkeypatch.setattr(events, "_call", lambda row, call=events._call: checked.append(row) or call(row))
    quick, left = staged(collect, file, columns), len(checked)
    monkeypatch.setattr(plain, "_easy", lambda *_: "false")  # so that none is plain
    slow, all_of_them = staged(collect, file, columns), len(checked) - left
    assert quick == slow
    assert (len(NASTY) - 1 - left, all_of_them) == (plain_ones, len(NASTY) - 1)
    assert len(quick[0]) == 15


def staged(collect: Any, file: Path, columns: dict[str, str]) -> list[Any]:
    """[events, refused lines] of a file."""
    rules = EventRules("CNY", "Asia/Shanghai", datetime(2026, 2, 1, tzinfo=UTC))
    with collect.store.connect(apart=True) as con, reading(file) as table:
        stage_events(con, table, columns, rules, (1, 7), None)
        return [con.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in ("staging", "refused")]
