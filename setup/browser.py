"""Finds a Chromium that starts: the system's, or the one that Playwright downloaded."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of the first Chromium that answers, or None."""
    named = os.environ.get("TENURE_CHROMIUM")
    installed = [named] if named else [path for path in map(shutil.which, NAMES) if path and not is_snap(path)]
    return next((path for path in installed if starts(path)), None) or next(iter(downloaded()), None)


def downloaded() -> list[str]:
    """Playwright's own browser, when it has been downloaded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return [path] if Path(path).is_file() else []


def is_snap(path: str) -> bool:
    """Whether it is a snap or leads to one; a snap may not write where tests keep a browser's profile."""
    file = Path(path).resolve()
    if file.name == "snap":
        return True
    with file.open("rb") as opened:
        start = opened.read(4096)
    return start.startswith(b"#!") and b"/snap/" in start


def starts(path: str) -> bool:
    """Whether the program runs at all; Ubuntu's `chromium-browser` may be a signpost to a snap."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    print(find() or sys.exit(1))
