"""Reads the blocks of a document that are executed.

```console       lines after `$ ` run in one shell a document, in order; what follows a command is what it prints.
                 `…` in a line stands for anything; a line that is only `…` stands for any lines; no lines: anything.
```python        runs by itself in the same folder and must end well.
```TYPE file=X   is written to the file X of that folder.
Every other block is only read by people.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = re.compile(r"^( *)```(\w*) *(.*?)\n(.*?)^ *```$", re.M | re.S)


@dataclass(frozen=True)
class Command:
    text: str
    expected: tuple[str, ...]


@dataclass(frozen=True)
class File:
    name: str
    text: str


@dataclass(frozen=True)
class Script:
    text: str


def read(document: str) -> Iterator[Command | File | Script]:
    """The executed blocks of a Markdown text, in order."""
    for indent, language, info, body in FENCE.findall(document):
        text = "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True))
        if info.startswith("file="):
            yield File(info.removeprefix("file="), text)
        elif language == "console":
            yield from commands(text)
        elif language == "python":
            yield Script(text)


def commands(text: str) -> Iterator[Command]:
    """Each `$ ` line, with its continuation lines (`\\` at the end), and the lines it should print."""
    parts = re.split(r"^\$ ", text.replace("\\\n", "\\\n\0"), flags=re.M)[1:]
    for part in parts:
        command, _, output = re.sub(r"\\\n\0", "\0", part).partition("\n")
        yield Command(command.replace("\0", "\\\n"), tuple(line.rstrip() for line in output.strip("\n").splitlines()))


def matches(expected: tuple[str, ...], printed: str) -> bool:
    """Whether the output is as the document says."""
    if not expected:
        return True
    pattern = "".join(r"(?:.*\n)*?" if line == "…" else in_line(line) for line in expected)
    lines = "".join(line.rstrip() + "\n" for line in printed.strip("\n\ufeff").splitlines())
    return re.fullmatch(pattern, lines) is not None


def in_line(line: str) -> str:
    return ".*".join(map(re.escape, line.split("…"))) + r"\n"
