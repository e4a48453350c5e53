"""Where the sources are, and how a finding names its place."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "src/tenure_web"


def sources(root: Path, *suffixes: str) -> Iterator[Path]:
    """The files below `root` that git knows or would take, with one of these endings."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    for name in sorted(set(listed.stdout.decode().split("\0"))):
        path = root / name
        if name.endswith(suffixes or "") and path.is_file():
            yield path


def place(path: Path, line: int | None = None) -> str:
    """The path as one would open it from the repository's root."""
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"{name}:{line}" if line else str(name)
