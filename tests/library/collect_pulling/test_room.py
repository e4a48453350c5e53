"""Syncing: rows come once, whatever happens in between; what cannot be pulled is told in one line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tenure.errors import CollectError, DefinitionError, NotFound

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TABLE = "CREATE TABLE orders (number VARCHAR, buyer VARCHAR, bought_at TIMESTAMP, total DECIMAL(10,2), changed_at {})"
STANDING = "SELECT order_id, amount FROM events WHERE order_id IS NOT NULL ORDER BY order_id"
Statements = Callable[..., None]


def insert(number: str, total: float, changed: str = "2026-02-01 10:00", buyer: str = "lin") -> str:
    return f"INSERT INTO orders VALUES ('{number}', '{buyer}', '2026-02-01 09:00', {total}, '{changed}')"


def counts(done: Any) -> tuple[int, int, int]:
    return (done.result.accepted, done.result.duplicates, done.result.refused)


@pytest.fixture
def duck(shop: Statements, define: Statements, tmp_path: Path) -> Statements:
    """The shop's orders in DuckDB, defined as a source; two of them."""
    shop(TABLE.format("TIMESTAMP"), insert("1", 10.5), insert("2", 20))
    define(kind="duckdb", place=f"path: {tmp_path / 'shop.duckdb'}")
    return shop


@pytest.mark.thorough
def test_a_growing_table_is_pulled_again_and_again_and_counted_once(pulling: Any, ask: Any, duck: Statements) -> None:
    first = pulling.sync("shop", NOW)
    assert (first.rows, counts(first)) == (2, (2, 0, 0))
    duck(insert("3", 30), insert("4", 40, "2026-02-01 09:55"))  # the cursor of the last one; a late transaction
    assert counts(pulling.sync("shop", NOW)) == (2, 2, 0)
    duck("UPDATE orders SET total = 99, changed_at = '2026-02-03 00:00' WHERE number = '1'")
    changed = pulling.sync("shop", NOW)
    assert (changed.rows, counts(changed)) == (4, (1, 3, 0))
    assert ask(STANDING) == [("1", 9900), ("2", 2000), ("3", 3000), ("4", 4000)]
    assert counts(pulling.sync("shop", NOW, from_start=True)) == (0, 4, 0)


def test_when_nothing_is_new_no_import_is_made_and_refused_rows_are_not_counted_again(
    pulling: Any, workspace: Any, define: Statements, duck: Statements, tmp_path: Path
) -> None:
    duck("INSERT INTO orders VALUES ('9', NULL, '2026-02-01', 5, NULL), ('8', 'bob', NULL, 5, NULL)")
    assert pulling.due(NOW) == []  # only when asked
    define(kind="duckdb", place=f"path: {tmp_path / 'shop.duckdb'}\nevery: 15m")
    assert pulling.due(NOW) == ["shop"]
    done = pulling.sync("shop", NOW)
    assert (counts(done), dict(done.result.reasons)) == ((2, 0, 2), {"no_customer": 1, "no_time": 1})
    assert workspace.collect.files.refused.count(done.result.import_id) == 2
    before = workspace.store.tables["imports"].version()
    again = pulling.sync("shop", NOW)
    assert (again.rows, again.result, again.cursor) == (4, None, "2026-02-01 10:00:00")
    assert workspace.store.tables["imports"].version() == before
    assert list((workspace.folder / "tmp" / "sync").iterdir()) == []
    assert pulling.due(NOW + timedelta(minutes=14)) == []
    assert pulling.due(NOW + timedelta(minutes=15)) == ["shop"]


def test_what_a_query_does_wrong_is_told_in_a_line(
    pulling: Any, define: Statements, duck: Statements, tmp_path: Path
) -> None:
    duck(insert("7", 5, "2026-02-04 10:00"), insert("7", 5, "2026-02-04 11:00"))
    for query, said in {
        "SELECT number, buyer FROM orders": 'the query gives no column "bought_at". It gives: number, buyer.',
        "SELECT * FROM nowhere": "Table with name nowhere does not exist",
        "SELECT * FROM read_csv('/etc/passwd')": "disabled by configuration",
        "SELECT * REPLACE (random() AS changed_at) FROM orders": "cannot be a cursor, for it holds float",
        "DELETE FROM orders RETURNING *": "did not answer the query",
        "SELECT * FROM orders": 'the lines of order 7 differ in "changed_at"',
    }.items():
        define(kind="duckdb", place=f"path: {tmp_path / 'shop.duckdb'}", query=query)
        with pytest.raises(CollectError) as caught:
            pulling.sync("shop", NOW)
        assert str(caught.value).startswith("shop: ")
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)
        assert pulling.last("shop").error == str(caught.value)
    with pytest.raises(NotFound, match=r'There is no source "shp" to sync\. Known: shop\.'):
        pulling.sync("shp", NOW)


@pytest.mark.thorough
def test_a_crash_between_import_and_cursor_does_no_harm(
    pulling: Any, workspace: Any, ask: Any, duck: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(workspace.collect.files.log, "finish", die)
        with pytest.raises(KeyboardInterrupt):
            pulling.sync("shop", NOW)
    assert len(list((workspace.folder / "tmp" / "sync").iterdir())) == 1  # the whole pull, to be taken up again
    assert pulling.known(pulling.source("shop")) is None
    assert len(ask(STANDING)) == 2  # the events are in; the cursor is not
    duck(insert("3", 30, "2026-02-02 10:00"))
    assert counts(pulling.sync("shop", NOW)) == (1, 2, 0)
    assert ask(STANDING) == [("1", 1050), ("2", 2000), ("3", 3000)]
    assert [each.state for each in workspace.collect.files.log.list()] == ["done", "done"]


@pytest.mark.thorough
def test_a_crash_while_pulling_leaves_nothing_behind(
    pulling: Any, workspace: Any, ask: Any, duck: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("tenure.collect.pulling.spool._refuse_split_orders", die)
        with pytest.raises(KeyboardInterrupt):
            pulling.sync("shop", NOW)
    pulling.forget_left()  # an erasure comes in between
    assert not (workspace.folder / "tmp" / "sync").exists()
    assert counts(pulling.sync("shop", NOW)) == (2, 0, 0)
    assert list((workspace.folder / "tmp" / "sync").iterdir()) == []


def test_an_unexpected_failure_waits_for_its_next_turn_too(
    pulling: Any, duck: Statements, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("tenure.collect.pulling.spool._refuse_split_orders", fail)
    with pytest.raises(RuntimeError):
        pulling.sync("shop", NOW)
    assert pulling.last("shop").error == "shop: an unexpected RuntimeError."


@pytest.mark.thorough
def test_what_was_undone_comes_again(pulling: Any, workspace: Any, ask: Any, duck: Statements) -> None:
    first = pulling.sync("shop", NOW)
    duck(insert("3", 30, "2026-02-02 10:00"))
    pulling.sync("shop", NOW)
    workspace.collect.undo(first.result.import_id)
    assert [number for number, _ in ask(STANDING)] == ["3"]
    pulling.sync("shop", NOW)
    assert [number for number, _ in ask(STANDING)] == ["1", "2", "3"]


@pytest.mark.thorough
def test_a_dry_run_says_the_same_and_changes_nothing(pulling: Any, workspace: Any, duck: Statements) -> None:
    tried = pulling.sync("shop", NOW, dry_run=True)
    assert (counts(tried), tried.result.dry_run) == ((2, 0, 0), True)
    assert workspace.collect.files.log.list() == []
    assert pulling.last("shop") is None
    assert not (workspace.folder / "tmp" / "sync").exists()


@pytest.mark.thorough
def test_parquet_files_of_a_pattern_are_one_source(pulling: Any, define: Statements, tmp_path: Path) -> None:
    define(
        "key: visits\ntitle: {en: Visits, zh: 访问}\nkind: parquet\n"
        f"path: {tmp_path}/visits-*.parquet\nwhat: events\ncursor: at\n"
        "columns: {name: what, time: at, customer: who}\n"
    )
    for day in (1, 2):
        duckdb.sql(
            "SELECT 'Page Viewed' AS what, 'lin' AS who, TIMESTAMPTZ '2026-02-0"
            f"{day} 10:00:00+08' + to_minutes(n::INT) AS at FROM range(3) r(n)"
        ).write_parquet(str(tmp_path / f"visits-{day}.parquet"))
        done = pulling.sync("visits", NOW)
    assert counts(done) == (3, 3, 0)
    assert done.cursor == "2026-02-02 02:02:00"


@pytest.mark.thorough
def test_customers_bring_the_consent_that_the_file_states(pulling: Any, define: Statements, shop: Statements) -> None:
    shop(
        "CREATE TABLE people (id INTEGER, mail VARCHAR)",
        "INSERT INTO people SELECT n, 'c' || n || '@example.com' FROM range(5) r(n)",
    )
    define(
        "key: people\ntitle: {en: People, zh: 会员}\nkind: duckdb\npath: ../shop.duckdb\nwhat: customers\n"
        "query: SELECT * FROM people\ncursor: id\ncolumns: {customer: id, email: mail}\n"
        "consent: {email: opt-in form 2024}\n"
    )
    done = pulling.sync("people", NOW)
    assert (counts(done), done.result.notes, done.cursor) == ((5, 0, 0), (), "4")
    shop("INSERT INTO people VALUES (7, 'lin@example.com')")
    assert counts(pulling.sync("people", NOW)) == (1, 5, 0)


def test_a_broken_file_is_told_with_its_lines(pulling: Any, define: Statements) -> None:
    define(
        "key: Shop\ntitle: {en: S, zh: 店}\nkind: postgres\naddress_from: postgresql://lin:secret@db/x\nquery: a; b\n"
    )
    with pytest.raises(DefinitionError) as caught:
        pulling.sources()
    told = str(caught.value)
    assert 'shop.yml line 1: "Shop" is no key' in told
    assert 'shop.yml line 3: "postgres" is not a kind that is known. Did you mean "postgresql"?' in told
    assert "shop.yml line 5: the query must be one statement" in told
    assert 'needs an entry "what"' in told
    assert "secret" not in told
