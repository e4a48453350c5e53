"""What somebody reads who says `engine: spark` where Spark cannot run."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tenure.errors import UsageError
from tenure.store.engines.session import open_session


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pyspark that can be imported and is not asked for more."""
    for name in ("pyspark", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(sys.modules["pyspark.sql"], "SparkSession", None, raising=False)
    monkeypatch.delenv("JAVA_HOME", raising=False)


def java(folder: Path, says: str) -> Path:
    """A folder with a java that says its version and does nothing else."""
    made = folder / "bin" / "java"
    made.parent.mkdir()
    made.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    made.chmod(0o755)
    return folder


def test_without_pyspark_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(UsageError, match=r'pip install "tenure\[spark\]"'):
        open_session("local[2]")


def test_without_java_it_says_what_to_install(installed: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"none on the PATH.*openjdk-17-jre-headless"):
        open_session("local[2]")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(UsageError, match="none in JAVA_HOME"):
        open_session("spark://127.0.0.1:7077")


def test_an_old_java_is_named(installed: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path, 'openjdk version "11.0.2" 2019-01-15')))
    with pytest.raises(UsageError, match="version 11"):
        open_session("local[2]")


def test_the_number_of_an_ancient_java_is_read_as_people_say_it(
    installed: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java(tmp_path, 'java version "1.8.0_312"')))
    with pytest.raises(UsageError, match="version 8"):
        open_session("local[2]")
