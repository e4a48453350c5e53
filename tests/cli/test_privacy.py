"""A person is handed everything, erased everywhere, and not brought back by a backup."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.cli.conftest import environment
from tests.cli.erasing import MEI
from tests.warm import Warm

WORDS = (*MEI.values(), "mei-7731", "anon-mei-1", "13800138000", "Mei Chenxi".lower())


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory, warm: Warm) -> Path:
    """The folder around the workspace `shop` from which Mei was erased, with the backup of before."""
    if os.environ.get("TENURE_DATABASE_URL"):
        pytest.skip("the workspace's own SQLite files are searched")
    folder = tmp_path_factory.mktemp("privacy")
    words = [str(Path(__file__).with_name("erasing.py")), str(folder / "shop"), str(folder / "before.zip")]
    done = warm.run(words, environment(), program="python")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.thorough
def test_a_workspace_that_was_never_served_hands_over_and_erases_too(apart: Any, tmp_path: Path) -> None:
    if os.environ.get("TENURE_DATABASE_URL"):
        pytest.skip("a workspace with a database of its own is made")
    folder, orders = tmp_path / "new", tmp_path / "orders.csv"
    orders.write_text("order,time,customer,amount\n1,2025-01-01,k,5\n")
    apart("init", folder)
    apart("import", "orders", orders, "--workspace", folder)
    apart("export", "k", "--workspace", folder, "--file", tmp_path / "k.zip")
    with zipfile.ZipFile(tmp_path / "k.zip") as packed:
        assert [each["name"] for each in json.loads(packed.read("customer.json"))["events"]] == ["Order Completed"]
    assert json.loads(apart("erase", "k", "--yes", "--json", "--workspace", folder).out)["events"] == 1
    told = apart("reset-link", "lin@example.com", "--workspace", folder, code=1)
    assert "lin@example.com" in told.err


def contents(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file of a workspace as text: its bytes, and the values packed inside Parquet files."""
    with duckdb.connect() as con:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path, path.read_bytes().decode("latin-1")
                if path.suffix == ".parquet":
                    rows = con.execute(f"SELECT * FROM read_parquet('{path}')").fetchall()
                    yield path, str(rows)


def found(folder: Path) -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(folder)), word)
        for path, text in contents(folder)
        for word in WORDS
        if word.lower() in text.lower()
    ]


def test_everything_known_of_a_person_is_in_the_export(erased: Path) -> None:
    with zipfile.ZipFile(erased / "before.zip.person") as packed:
        said = json.loads(packed.read("customer.json"))
        page = packed.read("customer.html").decode()
    assert {event["name"] for event in said["events"]} >= {"Order Completed", "Order Cancelled", "Seen Late"}
    assert {"kind": "external", "value": "mei-7731"} in said["customer"]["identifiers"]
    assert said["messages"][0]["text"] == MEI["name"]
    assert said["consents"]
    assert said["records"]["customers.note"]
    assert MEI["email"] in page
    assert "bob" not in page


def test_the_person_was_in_all_these_places_before(erased: Path) -> None:
    with zipfile.ZipFile(erased / "before.zip") as packed:
        packed.extractall(erased / "unpacked")
    places = {name for name, _ in found(erased / "unpacked")}
    assert {"app.sqlite3", "inbox.sqlite3"} <= places
    assert any("identifiers" in name for name in places)
    assert {name.split("/")[1] for name in places if name.startswith("definitions/")} == {"segments", ".lists"}


def test_an_erased_person_is_in_no_file_of_the_workspace(erased: Path) -> None:
    assert found(erased / "shop") == []


def test_others_stay_as_they_were(erased: Path) -> None:
    texts = [text for _, text in contents(erased / "shop")]
    assert any("bob-1" in text for text in texts)
    assert any("bob@example.com" in text for text in texts)
    definitions = erased / "shop" / "definitions"
    for path in (definitions / "segments" / "guests.csv", *(definitions / ".lists").iterdir()):
        assert path.read_text("utf-8") == "customer\nbob-1\n"


@pytest.mark.thorough
def test_a_restored_backup_does_not_bring_the_person_back(erased: Path, apart: Callable[..., Any]) -> None:
    target = erased / "again"
    told = apart("restore", erased / "before.zip", target, "--erasures", erased / "shop" / "erasures.jsonl", "--json")
    assert told.document["erased"] == 1
    assert found(target) == []
    assert apart("verify", "--workspace", target, "--json").document["sound"]
    assert apart("explain", "bob-1", "--workspace", target, "--json").document
