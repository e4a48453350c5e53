"""No source file outgrows what a person can hold in mind."""

from pathlib import Path

from checks.places import ROOT, place, sources

LIMIT = 600
ENDINGS = (".py", ".sql", ".html", ".js", ".css", ".sh")


def problems(root: Path = ROOT) -> list[str]:
    """Every file over the limit, with its length."""
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in sources(root, *ENDINGS)}
    return [
        f"{place(path)} has {length} lines; {LIMIT} is the most. Split it."
        for path, length in lengths.items()
        if length > LIMIT
    ]
