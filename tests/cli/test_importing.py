"""import, imports, run, backup: a shop's files go in once, come out again, and the ring turns."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.examples import examples

ORDERS = "customer=customer,time=time,order=order,price=price,quantity=quantity,product=product,category=category"


@pytest.fixture(scope="module")
def few(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first lines of the shop's orders."""
    lines = files["orders"].read_text("utf-8").splitlines()[:60]
    path = tmp_path_factory.mktemp("few") / "orders.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.mark.thorough
def test_orders_go_in_once_and_can_be_undone(tell: Any, empty: Path, few: Path) -> None:
    words = ("import", "orders", few, "--columns", ORDERS, "--json", "--workspace", empty)
    lines = len(few.read_text("utf-8").splitlines()) - 1
    first = tell(*words).document
    assert {"accepted", "duplicates", "refused", "reasons", "customers", "orders", "revenue"} <= set(first)
    assert (first["accepted"], first["duplicates"], first["refused"]) == (lines, 0, 0)
    assert first["revenue"]["CNY"] > 0
    again = tell(*words).document
    assert (again["accepted"], again["duplicates"]) == (0, lines)
    listed = tell("imports", "--json", "--workspace", empty).document["imports"]
    assert [each["import"] for each in listed] == [2, 1]
    tell("imports", "undo", "1", "--workspace", empty)
    assert "undone already" in tell("imports", "undo", "1", "--workspace", empty, code=1).err
    assert tell("stages", "--json", "--workspace", empty).document["customers"] == 0


@pytest.mark.thorough
def test_a_dry_run_says_the_same_and_changes_nothing(tell: Any, empty: Path, few: Path) -> None:
    words = ("import", "orders", few, "--columns", ORDERS, "--json", "--workspace", empty)
    tried = tell(*words, "--dry-run").document
    assert tell("imports", "list", "--json", "--workspace", empty).document["imports"] == []
    done = tell(*words).document
    same = ("accepted", "duplicates", "refused", "reasons", "customers", "orders", "revenue")
    assert [tried[name] for name in same] == [done[name] for name in same]


@pytest.mark.thorough
def test_a_file_beyond_memory_tells_what_to_do(tell: Any, empty: Path, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    rows = (f"{n},c{n},2026-01-01 10:{n // 60 % 60:02}:{n % 60:02},{n}\n" for n in range(40_000))
    path.write_text("order,customer,time,amount\n" + "".join(rows), "utf-8")
    chosen = empty / "tenure.yml"
    chosen.write_text(chosen.read_text("utf-8").replace("memory_limit: 4GB", "memory_limit: 10MB"), "utf-8")
    told = tell("import", "orders", path, "--workspace", empty, code=1).err
    assert "Raise memory_limit in tenure.yml, now 10MB, and start Tenure again, or split the file" in told
    assert "Memory Error" not in told


def test_columns_are_guessed_and_said(tell: Any, empty: Path, few: Path) -> None:
    told = tell("import", "orders", few, "--json", "--workspace", empty)
    assert "Columns guessed: customer=customer" in told.err
    assert told.document["refused"] == 0


def test_refused_lines_come_out_with_number_and_reason(tell: Any, empty: Path, tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("c,t,o,q,p\nA,2025-01-02,1,1,3.50\n,2025-01-03,2,1,4\nB,never,3,1,4\n", "utf-8")
    columns = "customer=c,time=t,order=o,quantity=q,price=p"
    found = tell("import", "orders", path, "--columns", columns, "--json", "--workspace", empty).document
    assert (found["accepted"], found["refused"]) == (1, 2)
    rows = tell("imports", "refused", "1", "--workspace", empty).out.splitlines()
    assert [row.lstrip("\ufeff").split(",")[0] for row in rows] == ["line", "3", "4"]


def test_an_import_is_listed_and_undone_once(tell: Any, empty: Path, tmp_path: Path) -> None:
    path = tmp_path / "lines.csv"
    path.write_text("customer,time,order,amount\nA,2025-01-02,1,3.50\n", "utf-8")
    words = ("import", "orders", path, "--columns", "customer=customer,time=time,order=order,amount=amount")
    first = tell(*words, "--json", "--workspace", empty).document
    assert {"accepted", "duplicates", "refused", "reasons", "customers", "orders", "revenue"} <= set(first)
    assert (first["accepted"], first["revenue"]) == (1, {"CNY": 350})
    listed = tell("imports", "--json", "--workspace", empty).document["imports"]
    assert [each["import"] for each in listed] == [1]
    tell("imports", "undo", "1", "--workspace", empty)
    assert "undone already" in tell("imports", "undo", "1", "--workspace", empty, code=1).err


@pytest.mark.thorough
def test_columns_by_number_without_a_header(tell: Any, empty: Path, tmp_path: Path) -> None:
    path = tmp_path / "cdnow.txt"
    path.write_text(" 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n 00002 19970112  5   77.00\n", "utf-8")
    words = ("--columns", "customer=1,time=2,amount=4", "--no-header", "--separator", "space", "--currency", "USD")
    found = tell("import", "orders", path, *words, "--json", "--workspace", empty).document
    assert (found["customers"], found["revenue"]) == (2, {"USD": 10077})


def test_consent_is_never_assumed(tell: Any, empty: Path, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("customer,email\nlin,lin@example.com\n", "utf-8")
    words = ("import", "customers", tmp_path / "people.csv", "--columns", "customer=customer,email=email")
    told = tell(*words, "--workspace", empty)
    assert "consent" in told.err.lower()
    assert tell(*words, "--consent", "email", "--workspace", empty, code=1).err.startswith("tenure: --consent")


def test_one_customer_is_no_plural_and_a_doubt_about_dates_names_the_options(
    tell: Any, empty: Path, tmp_path: Path
) -> None:
    (tmp_path / "one.csv").write_text("customer,time,order,amount\nlin,2025-01-05,o1,10\n", "utf-8")
    (tmp_path / "two.csv").write_text("customer,time,order,amount\nlin,03/04/2025,o2,10\n", "utf-8")
    columns = "customer=customer,time=time,order=order,amount=amount"
    tell("import", "orders", tmp_path / "one.csv", "--columns", columns, "--workspace", empty)
    assert ": 1 customer\n" in tell("stages", "--workspace", empty).out
    assert tell("run", "--as-of", "2025-02-01", "--workspace", empty).out.startswith("1 customer as of ")
    doubt = tell("import", "orders", tmp_path / "two.csv", "--columns", columns, "--workspace", empty, code=1)
    assert "--day-first or --month-first" in doubt.err


@pytest.mark.thorough
def test_a_run_turns_the_ring_and_syncs_the_pages(tell: Any, apart: Any, empty: Path, files: dict[str, Path]) -> None:
    tell("import", "orders", files["orders"], "--columns", ORDERS, "--workspace", empty)
    tell("import", "customers", files["customers"], "--columns", "customer=customer,name=name", "--workspace", empty)
    found = apart("run", "--json", "--workspace", empty).document
    assert found["customers"] == tell("stages", "--json", "--workspace", empty).document["customers"] > 200
    steps = {"features", "stages", "segments", "members", "history", "customers"}
    assert {step["step"] for step in found["steps"]} == steps

    rows = sqlite3.connect(empty / "app.sqlite3").execute(
        "SELECT count(*), count(nullif(name, '')) FROM customers_customer"
    )
    assert rows.fetchone() == (found["customers"], found["customers"])


def test_a_restatement_leaves_the_present_alone(tell: Any, shop: Path) -> None:
    found = tell("run", "--as-of", "2025-01-01", "--json", "--workspace", shop).document
    assert found["as_of"] == "2024-12-31T16:00:00Z"
    assert 0 < found["customers"] < 300
    assert not (shop / "app.sqlite3").exists()


def test_a_second_writer_is_refused(tell: Any, empty: Path) -> None:
    import tenure

    with tenure.open(empty).writing():
        told = tell("up", "--workspace", empty, code=1)
        assert "already running" in told.err


def test_check_tells_every_problem_at_once(tell: Any, empty: Path) -> None:
    assert tell("check", "--json", "--workspace", empty).document["problems"] == []
    (empty / "definitions/features/mine.yml").write_text(
        "features:\n  a: {kind: count}\n  b: {kind: nonsense}\n", "utf-8"
    )
    found = tell("check", "--json", "--workspace", empty, code=1).document["problems"]
    assert len(found) > 1
    assert all("mine.yml" in problem for problem in found)
    (empty / "definitions/segments/mine.yml").write_text("segments:\n  a: {rule: orders > 1}\n", "utf-8")
    (empty / "definitions/sources").mkdir()
    (empty / "definitions/sources/till.yml").write_text("key: till\n", "utf-8")
    found = tell("--workspace", empty, "check", "--json", code=1).document["problems"]
    for place in ("features/mine.yml line 2: ", "segments/mine.yml line 2: ", "till.yml line 1: "):
        assert any(problem.startswith(place) for problem in found)


@pytest.mark.thorough
def test_a_backup_is_made_once_and_found_sound(tell: Any, shop: Path, tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    made = tell("backup", archive, "--with-secret", "--json", "--workspace", shop).document
    assert made["bytes"] == archive.stat().st_size
    assert "exists already" in tell("backup", archive, "--workspace", shop, code=1).err
    assert tell("verify", archive, "--json").document["sound"]
    tell("restore", archive, shop, code=1)


@pytest.mark.thorough
def test_a_backup_comes_back_elsewhere(tell: Any, apart: Any, shop: Path, tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    tell("backup", archive, "--with-secret", "--workspace", shop)
    apart("restore", archive, tmp_path / "back")
    assert apart("verify", "--workspace", tmp_path / "back").out.strip() == "Everything is sound."
    there, here = (tell("stages", "--json", "--workspace", folder).document for folder in (tmp_path / "back", shop))
    assert there == here


def test_costs_go_into_the_ledger_once(tell: Any, empty: Path, tmp_path: Path) -> None:
    path = tmp_path / "costs.csv"
    path.write_text("channel,from,to,amount\nsearch,2025-01-01,2025-01-31,310\n", "utf-8")
    words = ("import", "costs", path, "--kind", "sales", "--json", "--workspace", empty)
    if examples(quick=False, thorough=True):
        assert tell(*words, "--dry-run").document["costs"] == {"CNY": 31_000}
    done = tell(*words).document
    assert (done["accepted"], done["costs"]) == (1, {"CNY": 31_000})
    assert tell(*words).document["duplicates"] == 1
