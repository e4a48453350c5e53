"""What the documents say is done: each one in an empty folder, command by command."""

import re
import shutil
import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from checks.places import ROOT
from tests.docs.blocks import Command, File, Script, matches, read
from tests.docs.shell import Shell

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PORT = "8765"
QUICK = ("README.md",)  # executed in the quick suite too
COLD = "README.md"  # with --thorough its commands start as a user starts them; the others' so with --soak


@pytest.fixture(scope="session")
def programs(request, tmp_path_factory):
    """A folder with programs that stand in for `tenure` and Python; with --soak the real ones."""
    if request.config.getoption("--soak"):
        return Path(sys.executable).parent
    folder = tmp_path_factory.mktemp("programs")
    request.getfixturevalue("warm").shims(folder)
    return folder


@pytest.fixture
def shell(request, tmp_path, path, programs):
    """A shell in an empty folder that holds only the repository's examples; it speaks the document's language."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    language = "zh_CN" if path.name.endswith(".zh.md") else "C"
    cold = path.name == COLD and request.config.getoption("--thorough")
    shell = Shell(tmp_path, language, None if cold else programs)
    yield shell
    shell.close()


def executed(path: Path) -> bool:
    return any(read(path.read_text("utf-8")))


def english(path: Path) -> Path:
    return path.with_name(path.name.replace(".zh.md", ".md"))


def cases() -> list[Any]:
    """Every document with executed blocks. A translation says the same commands (tested below): it runs with --soak."""
    return [pytest.param(path, id=path.name, marks=_marks(path)) for path in DOCUMENTS if executed(path)]


def _marks(path: Path) -> list[Any]:
    if path.name.endswith(".zh.md"):
        return [pytest.mark.soak]
    return [] if path.name in QUICK else [pytest.mark.thorough]


TRANSLATED = [path for path in DOCUMENTS if path.name.endswith(".zh.md") and executed(path)]


@pytest.mark.parametrize("path", TRANSLATED, ids=lambda path: path.name)
def test_a_translation_gives_the_same_commands(path):
    chinese, original = (
        [re.sub(r'"[^"]*"', '""', block.text) for block in read(file.read_text("utf-8")) if isinstance(block, Command)]
        for file in (path, english(path))
    )
    assert chinese == original


@pytest.mark.parametrize("path", cases())
def test_the_document_does_what_it_says(path, shell):
    for block in read(path.read_text("utf-8").replace(PORT, free_port())):
        if isinstance(block, Command):
            printed, code = shell.run(block.text)
            assert code == 0, f"$ {block.text}\n{printed}\n{shell.errors()}"
            assert matches(block.expected, printed), (
                f"$ {block.text}\n{printed}\n— but {path.name} says:\n" + "\n".join(block.expected)
            )
        elif isinstance(block, File):
            shell.write(block.name, block.text)
        elif isinstance(block, Script):
            shell.write(".script.py", block.text)
            printed, code = shell.run(f"$(command -v python-warm || echo {sys.executable}) .script.py")
            assert code == 0, f"{block.text}\n{printed}\n{shell.errors()}"


def free_port() -> str:
    """A port nobody uses, in place of the one that documents name."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return str(server.getsockname()[1])
