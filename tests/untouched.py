"""What several tests share stays as it was made: a test that changes a shared workspace fails, by name.

Shared is every workspace (or its folder) that a fixture of a module or of the session gives. Without this the tests
after it would find another shop than alone, and fail or pass by their order.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tenure.workspace import Workspace

__all__ = ["Untouched", "Written", "written"]

Written = dict[str, int]


def written(folder: Path) -> Written:
    """What tells that somebody wrote: each version of a table of the store, the settings, the definitions."""
    said = [folder / "tenure.yml", *folder.glob("definitions/*/*"), *folder.glob("store/*/_delta_log/*.json")]
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in said}


def changed(before: Written, after: Written) -> list[str]:
    """The files that came, went or were written anew."""
    return sorted({name for name, _ in before.items() ^ after.items()})


class Untouched:
    """A plug-in: remembers each shared workspace as its fixture made it, and looks again after each test with it."""

    def __init__(self) -> None:
        self.made: dict[Path, Written] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[Any]:
        given = yield
        folder = None if fixturedef.scope == "function" else _folder(given)
        if folder and folder not in self.made:
            self.made[folder] = written(folder)
        return given

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: Any) -> Iterator[None]:
        given = getattr(item, "funcargs", {})  # a test of another kind than a function has none
        told = [text for name, value in given.items() if (text := self._said(name, _folder(value)))]
        yield
        if told:
            pytest.fail(" ".join(told), pytrace=False)

    def _said(self, name: str, folder: Path | None) -> str:
        """What to tell of a shared workspace that this test changed; the next test is measured by what it finds."""
        if folder not in self.made:
            return ""
        before, self.made[folder] = self.made[folder], written(folder)
        if not (files := changed(before, self.made[folder])):
            return ""
        return f"This test changed the shared workspace `{name}` ({', '.join(files)}). Give it a copy of its own."


def _folder(value: object) -> Path | None:
    """The folder of a workspace, given as itself or as its folder."""
    found = value.folder if isinstance(value, Workspace) else value
    return found if isinstance(found, Path) and (found / "tenure.yml").is_file() else None
