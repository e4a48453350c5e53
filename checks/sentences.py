"""Every sentence that the library says to people has its Chinese in src/tenure/sentences/zh.

A sentence is what is given to an error, a problem or a refusal, and any other text that reads like one. Placeholders
are named after what stands in them. `python -m checks.sentences --add` writes what is missing into the files.
"""

import ast
import itertools
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polib

from checks.places import ROOT, place
from checks.templates import Templates
from tenure.sentences.catalogue import FOLDER
from tenure.sentences.template import PART, PROGRAM, Template

LIBRARY = ROOT / "src/tenure"
WEB = ROOT / "src/tenure_web"
SAYING = {
    *("Outcome", "problem", "refuse", "Refused", "_Refused", "Unfit", "_Unfit"),
    *("NotFound", "Unavailable", "fault", "warn", "_unknown", "_row"),
}
NOTED = re.compile("problems|errors|warnings")  # lists of what is wrong
HELP = re.compile(r"[A-Z_]*(KEYS|METRICS|ENTRIES)")  # what a key means, told by the reference and the schema
SILENT = {"AttributeError", "KeyError", "ValueError", "TypeError", "AssertionError", "RuntimeError", "_entry"}
NOT_SHOWN = (
    "definitions/reference",
    "definitions/schema",
    "definitions/kinds/",
    "samples/",
    "sentences/",
)  # but errors
FRAGMENTS = {"store/backup/verify.py", "store/backup/archive.py", "store/backup/sqlite.py", "value/histories.py"}
WEB_FRAGMENTS = {"audit/record.py", "journeys/catalogue.py", "worker/jobs.py"}
SQL = re.compile(r"\b(SELECT|FROM|WHERE|JOIN|INSERT|CREATE|PRAGMA|UPDATE|NULL THEN|SET [A-Z])\b|\w+ = \?|\w\(")
HAN = re.compile("[\u3400-\u9fff]")
WORD = re.compile(r"[A-Za-z][a-z']+")
NAMED_VALUE = re.compile(r"[a-z_]+ \{\w+\}")  # `currency {found}`: the name of a field and what it holds
FEWEST_OWN = 8  # letters of its own without which a sentence cannot be told from others


@dataclass(frozen=True)
class Said:
    """One sentence as a template, and where the code says it."""

    text: str
    path: Path
    line: int

    @property
    def room(self) -> str:
        if self.path.is_relative_to(WEB):
            return "web"
        below = self.path.relative_to(LIBRARY).parts if self.path.is_relative_to(LIBRARY) else self.path.parts
        return below[0] if len(below) > 1 else "tenure"


def problems(folder: Path = FOLDER) -> list[str]:
    """Sentences without Chinese, Chinese that nobody says, placeholders that differ, sentences too like others."""
    spoken, files = once(sentences()), entries(folder)
    known = {shape(entry.msgid) for _, entry in files if entry.msgstr and "fuzzy" not in entry.flags}
    missing = [
        f'{place(s.path, s.line)}: no Chinese for "{s.text}": add it to {s.room}.po.'
        for key, s in spoken.items()
        if key not in known
    ]
    return missing + [problem for path, entry in files for problem in faults(path, entry, spoken)] + two_ways(files)


def faults(path: Path, entry: polib.POEntry, spoken: dict[str, Said]) -> Iterator[str]:
    """What is wrong with one entry of a file."""
    where = f'{place(path, entry.linenum)}: "{entry.msgid}"'
    ours = entry.msgctxt not in (PART, PROGRAM)
    if entry.msgstr and not Template(entry.msgid, entry.msgstr).sound:
        yield f"{where} or its Chinese has a brace too few or too many, or they differ in their placeholders."
        return
    if ours and shape(entry.msgid) not in spoken:
        yield f"{where} is said nowhere any more."
    if ours and len(WORD.findall(own(entry.msgid))) < 2 and len(own(entry.msgid)) < FEWEST_OWN:
        yield f"{where} has too few words of its own to be recognised."


def two_ways(files: list[tuple[Path, polib.POEntry]]) -> list[str]:
    """The same English is the same Chinese in all rooms."""
    seen: dict[tuple[str, str], str] = {}
    found = []
    for path, entry in files:
        if seen.setdefault((entry.msgctxt or "", entry.msgid), entry.msgstr) != entry.msgstr:
            found.append(f'{place(path, entry.linenum)}: "{entry.msgid}" is said in another way in another file.')
    return found


@cache
def shape(text: str) -> str:
    """The template with numbers for names: what a variable of the code is called is no matter of the Chinese."""
    try:
        texts, names = Template(text, "").parsed
    except ValueError:
        return text  # told as a stray brace
    numbers = {name: f"{{{number}}}" for number, name in enumerate(dict.fromkeys(names))}
    return "".join(itertools.chain(*zip(texts, (*(numbers[name] for name in names), ""), strict=True)))


def own(text: str) -> str:
    """What of a template is not placeholder."""
    return Template(text, "").own


def entries(folder: Path) -> list[tuple[Path, polib.POEntry]]:
    return [(path, entry) for path in sorted(folder.glob("*.po")) for entry in polib.pofile(str(path))]


def once(said: Iterable[Said]) -> dict[str, Said]:
    """Each sentence at its first place, by its shape."""
    first: dict[str, Said] = {}
    for each in said:
        first.setdefault(shape(each.text), each)
    return first


@cache
def sentences() -> tuple[Said, ...]:
    """All sentences of the library, and the English errors of the web."""
    found = []
    for path in sorted(LIBRARY.rglob("*.py")):
        below = path.relative_to(LIBRARY).as_posix()
        reader = Reader(path, quiet=below.startswith(NOT_SHOWN), fragments=below in FRAGMENTS)
        found += reader.read()
    for path in sorted(WEB.rglob("*.py")):
        below = path.relative_to(WEB).as_posix()
        if not below.startswith("api/") and "migrations" not in path.parts:
            found += Reader(path, quiet=below not in WEB_FRAGMENTS, fragments=below in WEB_FRAGMENTS).read()
    return tuple(found)


class Reader:
    """Finds the sentences of one file. `quiet`: only those of errors; `fragments`: any words at all."""

    def __init__(self, path: Path, quiet: bool, fragments: bool) -> None:
        self.path, self.quiet, self.fragments = path, quiet, fragments
        self.found: list[Said] = []

    def read(self) -> list[Said]:
        self.visit(ast.parse(self.path.read_text("utf-8")), said=False, both=False)
        return self.found

    def visit(self, node: ast.AST, said: bool, both: bool) -> None:
        """Walk on; `said`: inside of what is said, `both`: beside a Chinese text."""
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        if isinstance(node, ast.Assign) and HELP.fullmatch(getattr(node.targets[0], "id", "")):
            return
        texts = Templates.of(node) if isinstance(node, ast.expr) else []
        if texts:
            self.take(node, texts, said, both)
            for each in ast.walk(node) if isinstance(node, ast.JoinedStr) else ():
                if isinstance(each, ast.FormattedValue):
                    self.visit(each.value, said=False, both=both)
        elif isinstance(node, ast.Call):
            self.visit_call(node, said, both)
        else:
            keeps = isinstance(node, ast.List | ast.Tuple | ast.Starred | ast.BoolOp)
            both = both or (isinstance(node, ast.Tuple | ast.Dict | ast.List) and chinese_beside(node))
            for child in ast.iter_child_nodes(node):
                self.visit(child, said and keeps, both)

    def visit_call(self, node: ast.Call, said: bool, both: bool) -> None:
        name = called(node.func)
        self.visit(node.func, said=False, both=both)
        if name in SILENT or owner(node.func) == "log":
            return
        noting = name in ("add", "append") and NOTED.search(owner(node.func))
        says = name in SAYING or name.endswith("Error") or bool(noting)
        beside = chinese_beside(node)
        for each in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.visit(each, says, beside)

    def take(self, node: ast.AST, texts: list[str], said: bool, both: bool) -> None:
        for text in texts:
            words = WORD.findall(own(text))
            if not words or HAN.search(text) or " " not in own(text).strip("\0"):
                continue
            if NAMED_VALUE.fullmatch(text):
                continue
            told = said or (not self.quiet and not both and self.speaks(own(text), words))
            if told:
                self.found.append(Said(text, self.path, getattr(node, "lineno", 0)))

    def speaks(self, text: str, words: list[str]) -> bool:
        """Whether a text that is given to nothing known still reads like a sentence."""
        ends = text.rstrip().endswith((".", "?", "!"))
        if text.startswith(" ") and ends:
            return True  # the end of a sentence
        return not SQL.search(text) and "<" not in text and len(words) > 1 and (ends or self.fragments)


def called(function: ast.expr) -> str:
    return str(getattr(function, "attr", getattr(function, "id", "")))


def owner(function: ast.expr) -> str:
    """The last name of what a method is asked of: `self.problems.add` is asked of problems."""
    return called(function.value) if isinstance(function, ast.Attribute) else ""


def chinese_beside(node: ast.AST) -> bool:
    """Whether one of the texts directly inside is Chinese: then the other is no sentence without Chinese."""
    return any(
        isinstance(each, ast.Constant) and isinstance(each.value, str) and bool(HAN.search(each.value))
        for child in ast.iter_child_nodes(node)
        for each in (child, *ast.iter_child_nodes(child))
    )


def add(folder: Path = FOLDER) -> int:
    """Write what no file has yet into the file of its room, without Chinese. Says how many."""
    known = {shape(entry.msgid) for _, entry in entries(folder)}
    missing = [each for key, each in once(sentences()).items() if key not in known]
    for room in sorted({each.room for each in missing}):
        path = folder / f"{room}.po"
        file = polib.pofile(str(path), wrapwidth=0) if path.is_file() else new_file()
        file.extend(polib.POEntry(msgid=each.text) for each in missing if each.room == room)
        file.save(str(path))
    return len(missing)


def new_file() -> polib.POFile:
    file = polib.POFile(wrapwidth=0)
    file.metadata = {"Language": "zh_Hans", "Content-Type": "text/plain; charset=UTF-8"}
    return file


if __name__ == "__main__":
    if sys.argv[1:] == ["--add"]:
        print(f"{add()} sentences added.")
    else:
        print("\n".join(problems()))
