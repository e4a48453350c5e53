"""The analyst's notebook runs from its first cell to its last."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from checks.places import ROOT

NOTEBOOK = ROOT / "examples" / "value-and-risk.ipynb"


def cells() -> list[str]:
    read = json.loads(Path(NOTEBOOK).read_text("utf-8"))
    return ["".join(cell["source"]) for cell in read["cells"] if cell["cell_type"] == "code"]


def test_its_cells_are_python_and_keep_no_output() -> None:
    for number, cell in enumerate(cells()):
        compile(cell, f"cell {number}", "exec")
    assert '"outputs": [],' in NOTEBOOK.read_text("utf-8")
    assert all(not cell["outputs"] for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"] if "outputs" in cell)


@pytest.mark.thorough
def test_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    names: dict[str, Any] = {}
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        for cell in cells():
            exec(cell, names)
    said = told.getvalue()
    assert "the same in whole purchases" in said
    assert "提高流失风险" in said
    assert names["report"].chosen.purchases.gini > names["report"].rows[0].purchases.gini
