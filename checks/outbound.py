"""Only one module calls other machines, so that limits, proxies and the audit of calls have one place."""

import ast
from collections.abc import Iterator
from pathlib import Path

from checks.places import ROOT, place, sources

FORBIDDEN = ("httpx", "requests", "aiohttp", "urllib3", "urllib.request", "http.client")
ALLOWED = "outbound.py"
NEAR = ("src/tenure_cli/trickling.py",)  # calls this machine only: the demo's events


def problems(root: Path = ROOT) -> list[str]:
    """Every import of an HTTP client in src outside the outbound module."""
    return [
        f"{place(path, line)} imports {name}; calls to other machines go through {ALLOWED}."
        for path in sources(root, ".py")
        if is_watched(str(path.relative_to(root)))
        for line, name in imports(ast.parse(path.read_text("utf-8")))
        if any(name == module or name.startswith(module + ".") for module in FORBIDDEN)
    ]


def is_watched(name: str) -> bool:
    return name.startswith("src/") and not name.endswith(f"/{ALLOWED}") and name not in NEAR


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The (line, full name) of everything imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
