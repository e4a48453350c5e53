"""Checksums of the store's files as they were first read.

Delta files never change once written, so one that differs later was damaged. The list lies in the workspace as
verify.json; a file enters it with the first backup or verification that reads it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from tenure.store.backup.archive import Entry

__all__ = ["Known"]

FILE = "verify.json"


class Known:
    """The list as it was, and what has been read since. `save` forgets files that are gone."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._folder = folder
        try:
            found = json.loads(self._path.read_text())
            self._entries = {name: Entry(int(size), str(sha256)) for name, (size, sha256) in found.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            self._entries = {}

    def agrees(self, name: str, entry: Entry) -> bool:
        """Whether the file is what it was; a file not seen before is taken into the list."""
        return self._entries.setdefault(name, entry) == entry

    def save(self) -> None:
        """Write the list in one step."""
        here = {
            name: [entry.size, entry.sha256] for name, entry in self._entries.items() if (self._folder / name).exists()
        }
        fresh = self._path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(here, indent=0, sort_keys=True))
        os.replace(fresh, self._path)
