"""A look at a file's beginning, for a person to say what its columns mean. Runs as a child process too."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tenure.collect.files.mapping import KIND_FIELDS, guess_columns
from tenure.collect.files.reading import ReadOptions, reading
from tenure.errors import TenureError

__all__ = ["Peek", "peek"]

ROWS = 50


@dataclass(frozen=True)
class Peek:
    """The first rows of a file, how it was read, and what its columns may mean."""

    format: str
    encoding: str
    separator: str
    has_header: bool
    names: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    guess: Mapping[str, str]

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Peek:
        """A look that a child process took."""
        rows = tuple((int(line), tuple(cells)) for line, cells in found["rows"])
        return cls(**{**found, "names": tuple(found["names"]), "rows": rows})


def peek(path: Path, kind: str, options: ReadOptions | None = None) -> Peek:
    """The first 50 rows and the columns guessed for a file of this kind."""
    with reading(path, options) as table:
        flat = ((line, tuple(row)) for block in table.blocks for line, row in zip(block.lines, block.rows, strict=True))
        rows = tuple(islice(flat, ROWS))
        guess = guess_columns(table, KIND_FIELDS[kind]) if table.format != "json lines" else {}
        return Peek(table.format, table.encoding, table.separator, table.header is not None, table.names, rows, guess)


if __name__ == "__main__":
    try:
        print(json.dumps(asdict(peek(Path(sys.argv[1]), sys.argv[2], ReadOptions(**json.loads(sys.argv[3]))))))
    except TenureError as error:
        sys.exit(str(error))
