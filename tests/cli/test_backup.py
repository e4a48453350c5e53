"""`tenure backup`, `restore`, `verify` and `reset-link`, as a person at the keyboard uses them."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def shop(apart: Callable[..., Any], tmp_path: Path) -> Path:
    """A small shop with an application database."""
    folder = tmp_path / "shop"
    apart("demo", "--customers", 60, "--no-serve", "--workspace", folder)
    return folder


@pytest.mark.thorough
def test_a_shop_is_the_same_after_backup_and_restore(
    apart: Callable[..., Any], tell: Callable[..., Any], shop: Path, tmp_path: Path
) -> None:
    archive, again = tmp_path / "b.zip", tmp_path / "again"
    before = tell("stages", "--workspace", shop, "--as-of", "2026-01-01", "--json").document
    assert f"Keep {shop / 'secret'} elsewhere too" in tell("backup", archive, "--workspace", shop).err
    assert tell("verify", archive).out == "Everything is sound.\n"
    told = tell("restore", archive, again, code=1)
    assert told.err.startswith("tenure: The backup does not hold the workspace's secret")
    assert "Sending is stopped" in apart("restore", archive, again, "--secret", shop / "secret").err
    assert tell("stages", "--workspace", again, "--as-of", "2026-01-01", "--json").document == before
    assert "/reset/" in apart("reset-link", "lin@example.com", "--workspace", again).out
    _alter_the_audit(again)
    told = apart("verify", "--workspace", again, code=1)
    assert told.out == "audit: audit row 1 was changed after it was written\nFaults found: 1.\n"


def _alter_the_audit(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "app.sqlite3")) as app:
        for name in ("audit_no_update", "audit_no_delete"):
            app.execute(f"DROP TRIGGER {name}")
        app.execute("UPDATE audit_entry SET actor = 'someone@example.com' WHERE number = 1")
        app.commit()
