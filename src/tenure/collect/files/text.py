"""Bytes to lines of text: the encoding is told by the bytes, line ends are kept, memory stays bounded."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from tenure.errors import CollectError

__all__ = ["CHUNK", "LineChunk", "Text", "guess_encoding"]

CHUNK = 1 << 20
LONGEST_LINE = 1 << 20
KNOWN = ("utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk", "big5", "latin-1", "cp1252")
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def guess_encoding(sample: bytes) -> str:
    """The most likely encoding of some bytes: a mark decides, then UTF-8, then Chinese, then Western European."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return name
    high, low = sample[::2].count(0), sample[1::2].count(0)
    if max(high, low) > len(sample) / 50 and min(high, low) <= max(high, low) / 10:
        return "utf-16-be" if high > low else "utf-16-le"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
        return "utf-8"
    except UnicodeDecodeError:
        return "utf-8" if _is_mostly_utf8(sample) else _gb18030_or_western(sample)


def _is_mostly_utf8(sample: bytes) -> bool:
    """A few broken bytes do not make another encoding: their lines are refused."""
    text = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode(sample)
    foreign = [char for char in text if char > "\x7f"]
    broken = sum(1 for char in foreign if "\ud800" <= char <= "\udfff")
    return broken * 10 <= len(foreign) - broken


def _gb18030_or_western(sample: bytes) -> str:
    """Western text can be decoded as GB18030 too, but then into characters that nobody writes."""
    try:
        text = codecs.getincrementaldecoder("gb18030")().decode(sample)
    except UnicodeDecodeError:
        text = ""
    foreign = [char for char in text if ord(char) > 127]
    common = sum(1 for char in foreign if char.encode("gb2312", "ignore"))
    if foreign and common >= 0.9 * len(foreign):
        return "gb18030"
    return "latin-1" if any(byte in sample for byte in b"\x81\x8d\x8f\x90\x9d") else "cp1252"


@dataclass
class LineChunk:
    """Consecutive physical lines with their line ends; `first` is the true number of the first one, from 1."""

    first: int
    text: str
    too_long: list[tuple[int, str]] = field(default_factory=list)  # lines left out: number, beginning

    @cached_property
    def lines(self) -> list[str]:
        """The lines one by one, which takes much longer than to have them together."""
        return _lines(self.text)

    @property
    def count(self) -> int:
        """How many lines there are."""
        if self.text.count("\r") != self.text.count("\r\n"):
            return len(self.lines)
        return self.text.count("\n") + (not self.text.endswith("\n") if self.text else 0)


class Text:
    """The lines of a byte stream, a chunk at a time. What is not valid in the encoding becomes lone surrogates."""

    def __init__(self, stream: io.BufferedReader, encoding: str | None = None) -> None:
        self._stream = stream
        self._head = self._stream.read(CHUNK)
        self._asked = encoding is not None
        self.encoding = _checked(encoding) if encoding else guess_encoding(self._head)
        self._settled = self._asked or not self._head.isascii()
        self._number = 1

    def first_lines(self) -> list[str]:
        """The beginning, for guessing the separator; nothing is consumed."""
        return _lines(self._head.decode(self.encoding, "replace"))[:200]

    def chunks(self) -> Iterator[LineChunk]:
        """All lines, about a megabyte at a time."""
        if self.encoding.startswith("utf-16") or (b"\r" in self._head and b"\n" not in self._head):
            yield from self._decoded_chunks()
        else:
            yield from self._byte_chunks()

    def _byte_chunks(self) -> Iterator[LineChunk]:
        data = self._head
        while data:
            long: list[tuple[int, str]] = []
            if not data.endswith(b"\n"):
                tail = self._stream.readline(LONGEST_LINE)
                data += tail
                if len(tail) == LONGEST_LINE and not tail.endswith(b"\n"):
                    data, long = self._without_last(data)
            yield self._numbered(self._decode(data), long)
            data = self._stream.read(CHUNK)

    def _without_last(self, data: bytes) -> tuple[bytes, list[tuple[int, str]]]:
        """Pass over a line beyond the limit, keeping its beginning for the report."""
        cut = data.rfind(b"\n") + 1
        number = self._number + data.count(b"\n")
        while (more := self._stream.readline(CHUNK)) and not more.endswith(b"\n"):
            pass
        return data[:cut], [(number, data[cut : cut + 200].decode(self.encoding, "replace"))]

    def _decode(self, data: bytes) -> str:
        if not self._settled and not data.isascii():
            self.encoding, self._settled = guess_encoding(data), True
        if self._number == 1 and data.startswith(codecs.BOM_UTF8):
            data = data[3:]
        return data.decode(self.encoding, "surrogateescape")

    def _decoded_chunks(self) -> Iterator[LineChunk]:
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        data, rest = self._head, ""
        while data:
            lines = _lines(rest + decoder.decode(data))
            data = self._stream.read(CHUNK)
            rest = lines.pop() if lines and data else ""
            if len(rest) > LONGEST_LINE:
                raise CollectError(f"Line {self._number + len(lines)} is longer than a million characters.")
            yield self._numbered("".join(lines), [])

    def _numbered(self, text: str, long: list[tuple[int, str]]) -> LineChunk:
        chunk = LineChunk(self._number, text, long)
        self._number += chunk.count + len(long)
        return chunk


def _lines(text: str) -> list[str]:
    """Physical lines at \\n, \\r\\n or \\r only (not at the many other characters that str.splitlines breaks at)."""
    return io.StringIO(text, newline="").readlines()


def _checked(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise CollectError(f'There is no text encoding "{encoding}". Known ones: {", ".join(KNOWN)}.') from error
