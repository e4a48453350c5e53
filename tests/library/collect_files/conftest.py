"""Files to take in: written small for each test, or the real ones where they are at hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REAL = Path(os.environ.get("TENURE_REAL_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")


@pytest.fixture
def real() -> Callable[[str], Path]:
    """A real data file by its place below the data folder; the test is skipped where it is missing."""

    def find(name: str) -> Path:
        path = REAL / name
        if not path.exists():
            pytest.skip(f"REAL DATA MISSING: no {name} in {REAL}. Set TENURE_REAL_DATA to the folder that has it.")
        return path

    return find


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file: `write("orders.csv", text_or_bytes)`."""

    def put(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return put


@pytest.fixture
def collect(workspace: Any) -> Any:
    """The room of Lin's shop, with the writer's lock held."""
    with workspace.writing():
        yield workspace.collect


@pytest.fixture
def ask(workspace: Any) -> Callable[[str], list[tuple[Any, ...]]]:
    """What the store shows."""

    def query(text: str) -> list[tuple[Any, ...]]:
        con = workspace.store.snapshot().connect()
        try:
            return con.execute(text).fetchall()
        finally:
            con.close()

    return query
