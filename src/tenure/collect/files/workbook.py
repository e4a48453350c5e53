"""XLSX: the first sheet's rows as text, streamed; the size was guarded before by `opening`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml import DEFUSEDXML

from tenure.collect.files.delimited import MOST_COLUMNS, Block, Refused
from tenure.errors import CollectError

__all__ = ["workbook_blocks"]

ROWS = 5_000


def workbook_blocks(path: Path, raw: BinaryIO, sheet: str | None = None) -> Iterator[Block]:
    """Rows of one sheet (the first, unless named), 5,000 at a time; row numbers are those Excel shows."""
    if not DEFUSEDXML:
        raise CollectError("XLSX files are not read while OPENPYXL_DEFUSEDXML is switched off.")
    try:
        book = openpyxl.load_workbook(raw, read_only=True, data_only=True, keep_links=False)
        rows = _sheet(path, book, sheet).iter_rows(values_only=True)
        yield from _blocks(rows)
        book.close()
    except DefusedXmlException as error:
        raise CollectError(
            f"{path.name} defines XML entities, which no spreadsheet program does. It was not read."
        ) from error
    except (
        InvalidFileException,
        ParseError,
        KeyError,
        ValueError,
        OSError,
        EOFError,
        AttributeError,
        TypeError,
    ) as error:
        raise CollectError(
            f"{path.name} is a damaged workbook. Open it in a spreadsheet program and save it again."
        ) from error


def _sheet(path: Path, book: Any, name: str | None) -> Any:
    names = [sheet.title for sheet in book.worksheets]
    if not names:
        raise CollectError(f"{path.name} has no sheet with cells.")
    if name is not None and name not in names:
        raise CollectError(f'{path.name} has no sheet "{name}". It has: {", ".join(names)}.')
    sheet = book[name or names[0]]
    sheet.reset_dimensions()  # a declared size may be absurd; rows are taken as they come
    return sheet


def _blocks(rows: Iterator[tuple[Any, ...]]) -> Iterator[Block]:
    block = Block([], [])
    for number, row in enumerate(rows, 1):
        if len(row) > MOST_COLUMNS:
            block.refused.append(Refused(number, "too_wide", tuple(map(_text, row[:50]))))
        elif any(cell is not None for cell in row):
            block.lines.append(number)
            block.rows.append([_text(cell) for cell in row])
        if len(block.rows) >= ROWS:
            yield block
            block = Block([], [])
    yield block


def _text(cell: Any) -> str:
    """A cell as the text a CSV would hold: numbers without a needless point, times as ISO."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ", timespec="seconds")
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)
