"""Separated text: which separator, then rows with true line numbers; a broken quote costs its own line only."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np

from tenure.collect.files.text import LineChunk, Text

__all__ = ["BLANKS", "JSON_LINES", "Block", "Refused", "Unsplit", "blocks", "sniff_separator"]

JSON_LINES = "json"  # one JSON object a line: the line is the only cell
BLANKS = "blanks"  # columns separated by runs of blanks, as in old fixed-width exports
MOST_COLUMNS = 2_000
LONGEST_RECORD = 1_000  # physical lines one quoted record may span
SHOWN = 1_000  # characters of a line that cannot be split, kept for the report


@dataclass(frozen=True)
class Refused:
    """A line that cannot be split into cells: its number, the reason and what stands there."""

    line: int
    reason: str
    cells: tuple[str, ...]


@dataclass
class Block:
    """Rows of text cells with the line each begins at, and the lines that could not be split."""

    lines: list[int]
    rows: list[Sequence[str]]
    refused: list[Refused] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)


@dataclass(frozen=True)
class Unsplit:
    """Lines of equal width without quotes, which DuckDB can split, and beside them the few with quotes, split.

    `text` holds the lines from number `first` on, with a line feed between them; those with quotes are empty there.
    """

    separator: str
    width: int
    first: int
    text: str
    quoted: Block

    def __len__(self) -> int:
        return self.text.count("\n") + 1

    def block(self) -> Block:
        """All of them split, in their order."""
        lines = enumerate(self.text.split("\n"), self.first)
        split = ((line, text.split(self.separator)) for line, text in lines if text)
        both = sorted([*split, *zip(self.quoted.lines, self.quoted.rows, strict=True)], key=itemgetter(0))
        return Block([line for line, _ in both], [row for _, row in both])


def sniff_separator(lines: Sequence[str]) -> str:
    """The separator that splits the first lines most evenly into most columns; a comma when none does."""
    sample = [line for line in lines[:200] if line.strip()]
    best, best_score = ",", (0.0, 0)
    for separator in (",", ";", "\t", "|"):
        widths = Counter(len(row) for row in _split(sample, separator) if row)
        width, hits = widths.most_common(1)[0] if widths else (1, 0)
        score = (hits / max(sum(widths.values()), 1), width)
        if width > 1 and (score[0] >= 0.7, score[1] > 1, *score) > (
            best_score[0] >= 0.7,
            best_score[1] > 1,
            *best_score,
        ):
            best, best_score = separator, score
    widths = Counter(len(line.split()) for line in sample)
    if best_score == (0.0, 0) and widths and widths.most_common(1)[0][0] > 1:
        return BLANKS
    return best


def _split(lines: Sequence[str], separator: str) -> list[list[str]]:
    """The cells of each line; where no quote says otherwise, separators alone tell them, which is quicker to see."""
    if '"' not in "".join(lines) and max(map(len, lines), default=0) < csv.field_size_limit():
        return [bare.split(separator) if (bare := line.rstrip("\r\n")) else [] for line in lines]
    try:
        return list(csv.reader(lines, delimiter=separator))
    except csv.Error:
        return []


def blocks(text: Text, separator: str) -> Iterator[Block | Unsplit]:
    """All rows of the text, about a megabyte at a time."""
    if separator in (BLANKS, JSON_LINES):
        for chunk in text.chunks():
            rows: list[Sequence[str]] = [
                line.split() if separator == BLANKS else [line.strip()] for line in chunk.lines
            ]
            block = Block(list(range(chunk.first, chunk.first + len(rows))), rows)
            block.refused += [Refused(line, "too_long", (start,)) for line, start in chunk.too_long]
            yield _checked(block)
        return
    parser = _Parser(separator)
    for chunk in text.chunks():
        clean = not parser.carries and _is_clean(chunk.text)
        if clean and not chunk.too_long and (unsplit := parser.unsplit(chunk)):
            yield unsplit
            continue
        block = parser.feed(chunk.first, chunk.lines)
        if chunk.too_long:
            parser.finish(block)
            block.refused += [Refused(line, "too_long", (start,)) for line, start in chunk.too_long]
        yield _checked(block, clean)
    last = Block([], [])
    parser.finish(last)
    if last.rows or last.refused:
        yield _checked(last)


class _Parser:
    """Splits chunks of lines; a record that a chunk cuts in two is carried over to the next."""

    def __init__(self, separator: str) -> None:
        self._separator = separator
        self._carry: list[str] = []
        self._carry_first = 1
        self._width = 0

    @property
    def carries(self) -> bool:
        """Whether the next block begins with lines of the chunk before."""
        return bool(self._carry)

    def unsplit(self, chunk: LineChunk) -> Unsplit | None:
        """All these lines, when each is a record and all are of one width: separators can be counted."""
        found = self._with_quotes(chunk) if '"' in chunk.text else self._without_quotes(chunk)
        if found:
            self._width = self._width or found.width
        return found

    def _without_quotes(self, chunk: LineChunk) -> Unsplit | None:
        """Told by the places of separators and line ends alone, without a look at each line."""
        text = chunk.text.replace("\r\n", "\n").removesuffix("\n")
        width = text.partition("\n")[0].count(self._separator) + 1
        if "\r" in text or not self._separator.isascii() or not 1 < width <= MOST_COLUMNS:
            return None
        found = np.frombuffer(text.encode(), np.uint8)
        ends = found == ord("\n")
        marks = np.append(found[ends | (found == ord(self._separator))], ord("\n")) == ord("\n")
        if marks.size % width or marks.sum() * width != marks.size or not marks[width - 1 :: width].all():
            return None
        if np.diff(np.flatnonzero(ends), prepend=-1, append=found.size).max() >= csv.field_size_limit():
            return None
        return Unsplit(self._separator, width, chunk.first, text, Block([], []))

    def _with_quotes(self, chunk: LineChunk) -> Unsplit | None:
        first, lines = chunk.first, chunk.lines
        quoted = [at for at, line in enumerate(lines) if '"' in line]
        rows: list[Sequence[str]] = list(_split([lines[at] for at in quoted], self._separator)) if quoted else []
        if len(rows) != len(quoted) or self._is_open([lines[at] for at in quoted[-1:]]):
            return None
        apart = set(quoted)
        bare = ["" if at in apart else line.rstrip("\r\n") for at, line in enumerate(lines)]
        plain = (line for at, line in enumerate(bare) if at not in apart)
        widths = {line.count(self._separator) + 1 for line in plain} | set(map(len, rows))
        if len(widths) != 1 or not 1 < (width := widths.pop()) <= MOST_COLUMNS:
            return None
        if max(map(len, lines)) >= csv.field_size_limit():
            return None
        return Unsplit(self._separator, width, first, "\n".join(bare), Block([first + at for at in quoted], rows))

    def feed(self, first: int, lines: list[str]) -> Block:
        """The complete records of these lines."""
        if self._carry:
            first, lines, self._carry = self._carry_first, self._carry + lines, []
        block = Block([], [])
        if not lines:
            return block
        rows = _split(lines, self._separator)
        if len(rows) == len(lines) and not self._is_open(lines[-1:]):
            self._width = self._width or len(rows[0])
            return Block(list(range(first, first + len(rows))), list(rows))
        self._slowly(first, lines, block, final=False)
        return block

    def finish(self, block: Block) -> None:
        """Take the carried lines as they are: nothing follows."""
        first, lines, self._carry = self._carry_first, self._carry, []
        self._slowly(first, lines, block, final=True)

    def _slowly(self, first: int, lines: list[str], block: Block, final: bool) -> None:
        """Record by record. Where a quote does not close, that one line is refused and reading goes on at the next."""
        start = 0
        while start < len(lines):
            end = self._run(first, lines, start, block)
            if end == len(lines):
                return
            whole = lines[end:]
            if not final and self._could_continue(whole):
                self._carry, self._carry_first = whole, first + end
                return
            block.refused.append(Refused(first + end, "open_quote", (lines[end].rstrip("\r\n")[:SHOWN],)))
            start = end + 1

    def _could_continue(self, lines: list[str]) -> bool:
        return len(lines) <= LONGEST_RECORD and sum(map(len, lines)) < csv.field_size_limit() and self._is_open(lines)

    def _run(self, first: int, lines: list[str], start: int, block: Block) -> int:
        """Read good records from `start` on; the index of the line where a record goes wrong, or the end."""
        reader = csv.reader(lines[start:], delimiter=self._separator)
        begin = start
        try:
            for row in reader:
                end = start + reader.line_num
                if end - begin > 1 and self._is_broken(row, lines[begin:end], end == len(lines)):
                    return begin
                if end - begin == 1 and end == len(lines) and self._is_open(lines[begin:end]):
                    return begin
                self._width = self._width or len(row)
                block.lines.append(first + begin)
                block.rows.append(row)
                begin = end
        except csv.Error:
            return begin
        return len(lines)

    def _is_broken(self, row: list[str], lines: list[str], at_end: bool) -> bool:
        """Whether a record over several lines is a stray quote that swallowed its neighbours."""
        if len(lines) > LONGEST_RECORD or (self._width and len(row) != self._width):
            return True
        return at_end and self._is_open(lines)

    def _is_open(self, lines: list[str]) -> bool:
        """Whether these lines end inside a quoted cell."""
        if not lines or (len(lines) == 1 and '"' not in lines[0]):
            return False
        try:
            list(csv.reader(lines, delimiter=self._separator, strict=True))
        except csv.Error as error:
            return "unexpected end" in str(error)
        return False


def _checked(block: Block, clean: bool = False) -> Block:
    """Refuse rows that no table has: NUL, invalid characters, absurd width. Blank lines are left out.

    `clean`: it is known that no row has such characters.
    """
    if not block.rows:
        return block
    clean = clean or _is_clean("".join(map("".join, block.rows)))
    widths = set(map(len, block.rows))
    if clean and 0 not in widths and max(widths) <= MOST_COLUMNS:
        return block
    good = Block([], [], block.refused)
    for line, row in zip(block.lines, block.rows, strict=True):
        reason = _fault(row)
        if reason:
            good.refused.append(Refused(line, reason, tuple(_shown(cell) for cell in row[:50])))
        elif any(cell.strip() for cell in row):
            good.lines.append(line)
            good.rows.append(row)
    return good


def _fault(row: Sequence[str]) -> str:
    if len(row) > MOST_COLUMNS:
        return "too_wide"
    text = "".join(row)
    if "\0" in text:
        return "nul"
    return "text" if _has_surrogate(text) else ""


def _is_clean(text: str) -> bool:
    return "\0" not in text and (text.isascii() or not _has_surrogate(text))


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _shown(cell: str) -> str:
    return cell.replace("\0", "␀").encode("utf-8", "replace").decode()[:SHOWN]
