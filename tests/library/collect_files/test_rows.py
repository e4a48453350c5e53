"""Event files and customer files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tenure.collect.files.events import typed
from tenure.errors import UsageError

Write = Callable[..., Path]
Ask = Callable[[str], list[tuple[Any, ...]]]


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
