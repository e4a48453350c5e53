"""An icon that does not exist shows as an empty circle; so every name used must be in the icon font's style sheet."""

import re
from pathlib import Path

from checks.places import ROOT, WEB, place, sources

SHEET = WEB / "theme/static/vendor/tabler-icons.min.css"
USED = re.compile(r"(?<![\w-])ti-([a-z0-9]+(?:-[a-z0-9]+)*)(?![\w-]*[{%*])")
DEFINED = re.compile(r"\.ti-([a-z0-9-]+):before")


def problems(root: Path = ROOT, sheet: Path = SHEET) -> list[str]:
    """Every icon class that the style sheet does not define."""
    if not sheet.is_file():
        return [f"{place(sheet)} is missing; run ./run setup."]
    known = set(DEFINED.findall(sheet.read_text("utf-8")))
    return [
        f'{place(path, number)} uses the icon "ti-{name}", which does not exist.'
        for path in sources(root, ".html", ".py", ".js")
        if "src" in path.relative_to(root).parts
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        for name in USED.findall(line)
        if name not in known
    ]
