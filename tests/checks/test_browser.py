"""Which Chromium the set-up takes: of a machine's own, a signpost, and a snap (as Ubuntu has)."""

from pathlib import Path

import pytest

from setup import browser

ANSWERS = "#!/bin/sh\nexit 0\n"
SIGNPOST = "#!/bin/sh\necho 'requires the chromium snap to be installed' >&2; exit 10\n"
TO_THE_SNAP = '#!/bin/sh\nif true; then exec /snap/bin/chromium "$@"; fi\n'


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with programs; Playwright has downloaded nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TENURE_CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "downloaded", list)
    return tmp_path


def put(folder: Path, name: str, script: str) -> str:
    path = folder / name
    path.write_text(script)
    path.chmod(0o755)
    return str(path)


def test_the_systems_chromium_is_taken_when_it_starts(machine: Path) -> None:
    assert browser.find() is None
    put(machine, "chromium-browser", SIGNPOST)
    assert browser.find() is None
    chrome = put(machine, "google-chrome", ANSWERS)
    assert browser.find() == chrome


def test_a_snap_is_not_taken_though_it_starts(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "chromium").symlink_to(put(machine, "snap", ANSWERS))
    signpost = put(machine, "chromium-browser", TO_THE_SNAP)
    assert browser.find() is None
    assert browser.is_snap(signpost)
    monkeypatch.setenv("TENURE_CHROMIUM", str(machine / "chromium"))
    assert browser.find() == str(machine / "chromium"), "whoever names it means it"
