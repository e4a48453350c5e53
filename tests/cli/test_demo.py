"""The demo: a shop is made once, furnished with people and journeys, and taken again."""

import json
import sqlite3
import stat
from pathlib import Path
from typing import Any

from tests.examples import examples


def test_a_demo_is_made_once_and_taken_again(apart: Any, tmp_path: Path) -> None:
    """It begins with one that was broken off while being made: that is made anew."""
    folder, customers = tmp_path / "demo", examples(40, thorough=100)
    folder.mkdir()
    half = {"customers": 9, "seed": 1, "end": "2026-01-01T00:00:00+00:00", "language": "en"}
    (folder / "demo.json").write_text(json.dumps(half))
    (folder / "tenure.yml").write_text("company: broken off\n")
    words = ("demo", "--customers", customers, "--seed", 3, "--no-serve", "--workspace", folder)
    apart(*words, LANG="zh_CN.UTF-8")
    made = json.loads((folder / "demo.json").read_text())
    assert (made["customers"], made["seed"], made["language"]) == (customers, 3, "zh-hans")
    assert stat.S_IMODE((folder / "demo.json").stat().st_mode) == 0o600, "it holds a write key"
    assert "山茶小铺" in (folder / "tenure.yml").read_text("utf-8")
    app = sqlite3.connect(folder / "app.sqlite3")
    assert app.execute("SELECT count(*) FROM customers_state").fetchone() == (customers,)
    roles = [role for (role,) in app.execute("SELECT role FROM accounts_user ORDER BY id")]
    assert roles == ["owner", "manager", "member", "viewer"]
    assert app.execute("SELECT DISTINCT state FROM journeys_journey").fetchall() == [("running",)]
    assert "Taking the shop" in apart(*words).err
    assert json.loads((folder / "demo.json").read_text()) == made


def test_a_folder_with_other_things_is_left_alone(tell: Any, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    told = tell("demo", "--workspace", tmp_path, code=1)
    assert "is not a demo shop" in told.err
    assert (tmp_path / "thesis.txt").exists()
