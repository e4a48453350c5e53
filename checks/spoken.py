"""Every text of the command line has its Chinese in tenure_cli/words.py."""

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

from checks.places import ROOT, place

FOLDER = ROOT / "src/tenure_cli"


def problems(folder: Path = FOLDER) -> list[str]:
    """Every `tr("…")` without Chinese, and every Chinese text whose {placeholders} differ."""
    chinese = dictionary(folder / "words.py")
    found = []
    for path in sorted(folder.rglob("*.py")):
        for line, text in texts(ast.parse(path.read_text("utf-8"))):
            if not chinese.get(text):
                found.append(f'{place(path, line)}: no Chinese for "{text}".')
            elif names(chinese[text]) != names(text):
                found.append(f'{place(path, line)}: "{text}" and its Chinese differ in their placeholders.')
    return found


def dictionary(path: Path) -> dict[str, str]:
    """The literal that CHINESE is set to."""
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "CHINESE" and node.value:
            return dict(ast.literal_eval(node.value))
    return {}


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The (line, text) of every `tr("…")` with a literal, or with one of two."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "tr":
            yield from ((node.lineno, text) for argument in node.args[:1] for text in literals(argument))


def literals(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return literals(node.body) + literals(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def names(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}
