"""Imports are known by an id, taken in once whatever dies in between, and can be undone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure.collect import failpoints
from tenure.collect.files import kept, load
from tenure.collect.files.kept import csv_line, safe_cell
from tenure.errors import CollectError, NotFound, UsageError

Write = Callable[..., Path]
Ask = Callable[[str], list[tuple[Any, ...]]]
COLUMNS = {"customer": "who", "time": "at", "order": "no", "amount": "paid"}
HEADER = "no,who,at,paid\n"
SHOWN = "SELECT order_id, amount FROM events ORDER BY 1"


def dies_the_second_time(
    monkeypatch: pytest.MonkeyPatch, place: str, of: type[BaseException] = KeyboardInterrupt
) -> None:
    """A load breaks off there, and at no other place: the index is written in a thread of its own meanwhile."""
    reached: list[str] = []

    def reach(name: str) -> None:
        reached.append(name)
        if name == place and reached.count(place) == 2:
            raise of

    monkeypatch.setattr(failpoints, "reach", reach)


def many(write: Write, rows: int = 40_000) -> Path:
    """A file that is worth a database of its own."""
    lines = (f"{n},c{n},2026-01-01 10:{n // 60 % 60:02}:{n % 60:02},{n}\n" for n in range(1, rows + 1))
    return write("many.csv", HEADER + "".join(lines))


@pytest.mark.parametrize("kind", [pytest.param("orders", marks=pytest.mark.thorough), "events"])
def test_a_file_beyond_memory_leaves_nothing_says_what_to_do_and_comes_in_later(
    workspace: Any, write: Write, ask: Ask, kind: str
) -> None:
    path, roomy = many(write), workspace.settings
    columns = COLUMNS if kind == "orders" else {"customer": "who", "time": "at", "name": "no"}
    workspace.save_settings(roomy.changed(memory_limit="10MB"))
    small = tenure.open(workspace.folder)
    with small.writing(), pytest.raises(CollectError, match=r"Raise memory_limit in .* now 10MB, .* or split the file"):
        getattr(small.collect, f"load_{kind}")(path, columns)
    small.save_settings(roomy)
    again = tenure.open(workspace.folder)
    assert ask("SELECT count(*) FROM events") == [(0,)]
    assert [found.state for found in again.collect.files.log.list()] == ["failed"]
    with again.writing():
        assert getattr(again.collect, f"load_{kind}")(path, columns).accepted == 40_000
    assert [found.state for found in again.collect.files.log.list()] == ["done"]


@pytest.mark.thorough
def test_what_was_in_when_memory_ran_out_is_taken_back(
    collect: Any, ask: Ask, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "AT_ONCE", 2)
    lines = "".join(f"{n},lin,2026-01-0{n},{n}\n" for n in range(1, 6))
    path, columns = write("a.csv", HEADER + lines), {"customer": "who", "time": "at", "name": "no"}
    with monkeypatch.context() as patch:
        dies_the_second_time(patch, "loader.personal", MemoryError)
        with pytest.raises(CollectError, match="nothing of it was taken in"):
            collect.load_events(path, columns)
    assert ask("SELECT count(*) FROM events") == [(0,)]
    assert [found.state for found in collect.files.log.list()] == ["undone"]
    assert collect.load_events(path, columns).accepted == 5
    assert ask("SELECT count(*), count(DISTINCT name) FROM events") == [(5, 5)]


def test_an_import_is_listed_with_who_when_and_what(collect: Any, write: Write) -> None:
    result = collect.load_orders(write("a.csv", HEADER + "1,lin,2026-01-01,5\n"), COLUMNS, by="lin@example.com")
    [found] = collect.files.log.list()
    assert (found.import_id, found.kind, found.file, found.by, found.state) == (
        1,
        "orders",
        "a.csv",
        "lin@example.com",
        "done",
    )
    assert found.result == result.document()
    with pytest.raises(NotFound, match="no import 9"):
        collect.files.log.get(9)


@pytest.mark.thorough
def test_undo_takes_everything_back_and_brings_back_what_was_replaced(collect: Any, ask: Ask, write: Write) -> None:
    first = collect.load_orders(write("a.csv", HEADER + "1,lin,2026-01-01,5\n2,lin,2026-01-01,6\n"), COLUMNS)
    second = collect.load_orders(write("b.csv", HEADER + "1,lin,2026-01-01,50\n3,bob,2026-01-01,7\n"), COLUMNS)
    assert ask(SHOWN) == [("1", 5000), ("2", 600), ("3", 700)]
    collect.undo(second.import_id)
    assert ask(SHOWN) == [("1", 500), ("2", 600)]
    collect.undo(first.import_id)
    assert ask(SHOWN) == []
    with pytest.raises(UsageError, match="undone already"):
        collect.undo(first.import_id)
    assert (
        collect.load_orders(write("b.csv", HEADER + "1,lin,2026-01-01,50\n3,bob,2026-01-01,7\n"), COLUMNS).accepted == 2
    )
    assert ask(SHOWN) == [("1", 5000), ("3", 700)]


@pytest.mark.thorough
@pytest.mark.parametrize("undone", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_of_several_versions_the_last_that_stands_is_shown(
    collect: Any, ask: Ask, write: Write, undone: tuple[int, ...]
) -> None:
    for paid in (1, 2, 3):
        collect.load_orders(write(f"{paid}.csv", HEADER + f"1,lin,2026-01-01,{paid}\n"), COLUMNS)
    standing = {1, 2, 3}
    for number in undone:
        collect.undo(number)
        standing.discard(number)
        assert ask("SELECT amount FROM events") == [(number * 100,) for number in sorted(standing)[-1:]]


@pytest.mark.thorough
def test_who_was_one_person_only_by_an_import_is_two_again(collect: Any, ask: Ask, write: Write) -> None:
    people = "SELECT count(DISTINCT customer_key) FROM events"
    columns = {"customer": "who", "email": "mail", "time": "at", "amount": "paid"}
    apart = write("a.csv", "who,mail,at,paid\nlin,,2026-01-01,5\n,x@example.com,2026-01-01,6\n")
    collect.load_orders(apart, columns)
    assert ask(people) == [(2,)]
    joined = collect.load_orders(write("c.csv", "who,mail,at,paid\nlin,x@example.com,2026-01-02,7\n"), columns)
    assert ask(people) == [(1,)]
    collect.undo(joined.import_id)
    assert ask(people) == [(2,)]


def test_refused_lines_are_exported_safe_for_spreadsheets(collect: Any, write: Write) -> None:
    text = HEADER + "=cmd(),,2026-01-01,5\n  +1,,2026-01-01,-5\n"
    result = collect.load_orders(write("a.csv", text), COLUMNS)
    out = "".join(
        collect.files.refused.export(result.import_id, collect.files.log.get(result.import_id).header, "zh-hans")
    )
    assert out.splitlines() == [
        "\ufeff行号,原因,no,who,at,paid",
        "2,没有客户编号。,'=cmd(),,2026-01-01,5",
        "3,没有客户编号。,'  +1,,2026-01-01,-5",
    ]
    collect.undo(result.import_id)
    assert collect.files.refused.count(result.import_id) == 0


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "\ufeff=1", "\x01=1",
     "＝1", "＋1", "－1+1", "＠a", "+86 138", "\x00=1"],
)  # fmt: skip
def test_no_cell_is_a_formula(cell: str) -> None:
    assert safe_cell(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["-12.50", "12", "lin@example.com", "a=b", "", "茶"])
def test_plain_cells_stay_as_they_are(cell: str) -> None:
    assert safe_cell(cell) == cell
    assert csv_line([cell]).endswith("\r\n")


_CHILD = """
import sys, tenure
shop = tenure.open(sys.argv[1])
with shop.writing(wait=True):
    shop.collect.load_orders(sys.argv[2], {"customer": "who", "time": "at", "order": "no", "amount": "paid"})
"""


@pytest.mark.thorough
@pytest.mark.parametrize("point", ["loader.retractions", "loader.events", "files.refused"])
def test_a_process_killed_in_the_middle_leaves_each_row_once_after_the_repeat(
    workspace: Any, write: Write, point: str
) -> None:
    with workspace.writing():
        workspace.collect.load_orders(write("old.csv", HEADER + "1,lin,2026-01-01,1\n"), COLUMNS)
    nobody = "".join(f"{n},,2026-01-01,{n}\n" for n in range(500, 520))
    path = write("a.csv", HEADER + "".join(f"{n},c{n % 50},2026-01-01,{n}\n" for n in range(1, 500)) + nobody)
    command = [sys.executable, "-c", _CHILD, str(workspace.folder), str(path)]
    source = str(Path(tenure.__file__).resolve().parents[1])
    killed = subprocess.run(command, env={**os.environ, "TENURE_FAILPOINT": point, "PYTHONPATH": source}, check=False)
    assert killed.returncode == -signal.SIGKILL
    shop = tenure.open(workspace.folder)
    with shop.writing():
        result = shop.collect.load_orders(path, COLUMNS)
    con = shop.store.snapshot().connect()
    assert con.execute("SELECT count(*), count(DISTINCT order_id), sum(amount) FROM events").fetchall() == [
        (499, 499, sum(range(1, 500)) * 100)
    ]
    assert (result.accepted + result.duplicates, result.import_id) == (499, 2)
    assert (result.refused, shop.collect.files.refused.count(2)) == (20, 20)
    assert [one.state for one in shop.collect.files.log.list()] == ["done", "done"]


def test_refused_lines_are_all_kept_once_though_writing_them_broke_off(
    collect: Any, write: Write, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("a.csv", HEADER + "".join(f"{n},{'lin' * (n % 2)},2026-01-01,{n}\n" for n in range(1, 21)))
    dies_the_second_time(monkeypatch, "files.refused")
    monkeypatch.setattr(kept, "AT_ONCE", 4)
    with pytest.raises(KeyboardInterrupt):
        collect.load_orders(path, COLUMNS)
    assert (collect.files.refused.count(1), collect.files.log.get(1).state) == (8, "running")
    monkeypatch.undo()
    result = collect.load_orders(path, COLUMNS)
    assert (result.import_id, result.accepted, result.refused) == (1, 10, 10)
    assert [line.line for line in collect.files.refused.page(1)] == [*range(3, 22, 2)]
    assert ask("SELECT count(*), sum(amount) FROM events") == [(10, 10_000)]


@pytest.mark.thorough
def test_an_import_that_died_is_taken_up_though_its_parts_have_another_size_now(
    collect: Any, write: Write, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect.load_orders(write("old.csv", HEADER + "1,lin,2026-01-01,7\n"), COLUMNS)
    path = write("a.csv", HEADER + "".join(f"{n},c{n % 9},2026-01-01,{n}\n" * 2 for n in range(1, 60)))
    dies_the_second_time(monkeypatch, "loader.events")
    monkeypatch.setattr(load, "AT_ONCE", 50)
    with pytest.raises(KeyboardInterrupt):
        collect.load_orders(path, COLUMNS)
    monkeypatch.undo()
    assert ask("SELECT count(*) FROM raw_events") > [(25,)]
    result = collect.load_orders(path, COLUMNS)
    paid = ask("SELECT count(*), count(DISTINCT order_id), sum(amount) FROM events")
    assert paid == [(59, 59, 2 * sum(range(1, 60)) * 100)]
    assert result.import_id == 2
    collect.undo(2)
    assert ask("SELECT order_id, amount FROM events") == [("1", 700)]
