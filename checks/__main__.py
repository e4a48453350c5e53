"""Runs every check, or those named: `./run check lengths icons`. Ends with 1 when one of them found something.

With --all it prints every finding instead of the first forty of a check.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from checks import icons, lengths, outbound, sentences, spoken, translations
from checks.places import ROOT

Check = Callable[[], list[str]]
SHOWN = 40


def program(name: str, *arguments: str) -> Check:
    """A check that another program of the environment makes; what it prints is the finding."""

    def run() -> list[str]:
        command = [str(Path(sys.executable).with_name(name)), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        return (done.stdout + done.stderr).strip().splitlines() if done.returncode else []

    return run


CHECKS: dict[str, Check] = {
    "style": program("ruff", "check", "--output-format", "concise", "."),
    "format": program("ruff", "format", "--check", "--output-format", "concise", "."),
    "types": program("mypy"),
    "rooms": program("lint-imports", "--no-logo"),
    "lengths": lengths.problems,
    "outbound": outbound.problems,
    "icons": icons.problems,
    "translations": translations.problems,
    "spoken": lambda: spoken.problems() + sentences.problems(),
}


def main(arguments: list[str]) -> int:
    names = [name for name in arguments if name != "--all"] or list(CHECKS)
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"There is no check {', '.join(unknown)}. There are: {', '.join(CHECKS)}.")
        return 2
    shown = None if "--all" in arguments else SHOWN
    failed = [name for name in names if not passes(name, shown)]
    print(f"These checks found something: {', '.join(failed)}." if failed else "All checks pass.")
    return 1 if failed else 0


def passes(name: str, shown: int | None) -> bool:
    start = time.monotonic()
    found = CHECKS[name]()
    print(f"{'✗' if found else '✓'} {name} ({time.monotonic() - start:.1f} s)", flush=True)
    for line in found[:shown]:
        print(f"    {line}")
    if shown and len(found) > shown:
        print(f"    … and {len(found) - shown} more; --all shows them.")
    return not found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
