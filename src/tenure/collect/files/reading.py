"""One way to read every file: a table of text cells with true line numbers, streamed with bounded memory."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from tenure.collect.files.columnar import parquet_blocks
from tenure.collect.files.delimited import BLANKS, JSON_LINES, Block, Refused, Unsplit, blocks, sniff_separator
from tenure.collect.files.opening import file_format, opened
from tenure.collect.files.text import Text
from tenure.errors import CollectError, UsageError

__all__ = ["Block", "Preview", "ReadOptions", "Refused", "Table", "preview", "reading"]

SEPARATORS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": BLANKS, " ": BLANKS}


@dataclass(frozen=True)
class ReadOptions:
    """How to read a file where looking at it is not enough. None means: find out."""

    separator: str | None = None
    encoding: str | None = None
    header: bool | None = None
    sheet: str | None = None

    def __post_init__(self) -> None:
        chosen = SEPARATORS.get(self.separator or "", self.separator)
        if chosen is not None and chosen != BLANKS and (len(chosen) != 1 or chosen in '"\r\n\0'):
            raise UsageError(f'"{self.separator}" cannot separate columns. Give one character, or: tab, space.')
        object.__setattr__(self, "separator", chosen)


@dataclass
class Progress:
    """How far reading has come."""

    opened: object = None

    def fraction(self) -> float:
        """0 to 1; 0 where the format cannot tell."""
        return self.opened.fraction() if hasattr(self.opened, "fraction") else 0.0


@dataclass(frozen=True)
class Table:
    """A file being read. `header` is None when the first line already is data; columns are then 1, 2, 3 …"""

    path: Path
    format: str
    encoding: str
    separator: str
    header: tuple[str, ...] | None
    width: int
    sample: tuple[tuple[str, ...], ...]
    parts: Iterator[Block | Unsplit]
    progress: Progress

    @property
    def blocks(self) -> Iterator[Block]:
        """All parts, split into cells."""
        return (part.block() if isinstance(part, Unsplit) else part for part in self.parts)

    @property
    def names(self) -> tuple[str, ...]:
        """A name for every column: the header's, or its number."""
        return self.header or tuple(str(number) for number in range(1, self.width + 1))


@dataclass(frozen=True)
class Preview:
    """The first rows of a file, for a person to look at."""

    format: str
    encoding: str
    separator: str
    header: tuple[str, ...] | None
    names: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@contextmanager
def reading(path: str | Path, options: ReadOptions | None = None) -> Iterator[Table]:
    """Open a CSV (also .gz, .xz, .zip), XLSX or Parquet file. Raises CollectError for what cannot be read."""
    file, chosen = Path(path), options or ReadOptions()
    kind = file_format(file)
    with _plain_errors(file):
        if kind == "parquet":
            yield _table(file, kind, "", "", parquet_blocks(file), ReadOptions(header=True), Progress())
            return
        if kind == "xlsx":
            from tenure.collect.files.workbook import workbook_blocks  # what reads workbooks is slow to load

            with file.open("rb") as raw:
                yield _table(file, kind, "", "", workbook_blocks(file, raw, chosen.sheet), chosen, Progress())
            return
        with opened(file) as source:
            progress = Progress(source)
            text = Text(source.stream, chosen.encoding)
            if next(iter(text.first_lines()), "").lstrip().startswith("{"):
                lines = blocks(text, JSON_LINES)
                yield _table(file, "json lines", text.encoding, "", lines, ReadOptions(header=False), progress)
                return
            separator = chosen.separator or sniff_separator(text.first_lines())
            yield _table(file, kind, text.encoding, separator, blocks(text, separator), chosen, progress)


def _table(
    path: Path,
    kind: str,
    encoding: str,
    separator: str,
    found: Iterator[Block | Unsplit],
    options: ReadOptions,
    progress: Progress,
) -> Table:
    first = next(found, Block([], []))
    first = first.block() if isinstance(first, Unsplit) else first
    if not first.rows:
        raise CollectError(
            f"{path.name} has no lines." if not first.refused else f"{path.name} has no readable line at its start."
        )
    header = None
    if options.header or (options.header is None and _looks_like_header(first.rows)):
        header = _header(first.rows[0])
        first = Block(first.lines[1:], first.rows[1:], first.refused)
    width = max(len(header or ()), max((len(row) for row in first.rows[:1000]), default=0))
    sample = tuple(tuple(row) for row in first.rows[:1000])
    return Table(path, kind, encoding, separator, header, width, sample, chain([first], found), progress)


def _header(row: Sequence[str]) -> tuple[str, ...]:
    """Names without blanks around them; an empty or repeated one gets its number."""
    names: list[str] = []
    for number, cell in enumerate(row, 1):
        name = cell.strip().lstrip("\ufeff") or str(number)
        names.append(name if name not in names else f"{name} ({number})")
    return tuple(names)


def _looks_like_header(rows: Sequence[Sequence[str]]) -> bool:
    """Names, not data: no cell of the first row is a number or a date."""
    first = [cell.strip() for cell in rows[0]]
    return not any(
        cell and (cell[0].isdigit() or (cell[0] in "+-.,(¥$£€" and any(map(str.isdigit, cell)))) for cell in first
    )


def preview(path: str | Path, options: ReadOptions | None = None, rows: int = 50) -> Preview:
    """The first rows, read in plain Python."""
    with reading(path, options) as table:
        flat = ((line, tuple(row)) for block in table.blocks for line, row in zip(block.lines, block.rows, strict=True))
        shown = tuple(islice(flat, rows))
        return Preview(table.format, table.encoding, table.separator, table.header, table.names, shown)


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    """What the decompressors raise, in plain words."""
    try:
        yield
    except (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise CollectError(f"{path.name} is damaged or cut off: it cannot be unpacked to its end.") from error
