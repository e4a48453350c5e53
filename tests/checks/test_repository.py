"""What a stranger gets: pins without hosts, a script that explains itself, a wheel that is complete."""

import json
import re
import subprocess
import sys
import zipfile

import pytest

from checks.places import ROOT, sources
from tests.examples import examples

PINS = sorted(ROOT.glob("requirements*.txt"))


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_every_python_pin_has_hashes_and_no_host(path):
    text = path.read_text()
    assert "://" not in text
    assert "--index" not in text
    entries = re.findall(r"^[a-z0-9].*(?:\n    .*)+", text, re.M)
    assert len(entries) == len(re.findall(r"^\S+==", text, re.M))
    assert all("--hash=sha256:" in entry for entry in entries)


def test_what_users_get_is_a_part_of_what_is_tested():
    tested, used = (
        set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.M))
        for name in ("requirements-dev.txt", "requirements.txt")
    )
    assert used <= tested


def test_every_front_end_pin_has_a_hash_and_no_host():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    assert not any("resolved" in package for package in packages.values())


def test_the_script_explains_every_command():
    text = (ROOT / "run").read_text()
    told = subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True).stdout
    for command in re.findall(r"^run_(\w+)\(\)", text, re.M):
        assert f"./run {command}" in told
        assert f" {command} " in text.split("case $command in")[1].split(")")[0] + " "


def test_before_a_change_lands_the_thorough_tests_run_too(pytestconfig):
    assert (ROOT / ".ci" / "run").read_text().endswith("./run check\n./run test --thorough\n")
    assert examples(1, thorough=2) == (2 if pytestconfig.getoption("--thorough") else 1)


@pytest.mark.thorough
def test_the_wheel_ships_what_pages_and_queries_need(tmp_path):
    subprocess.run([sys.executable, "setup/translations.py"], cwd=ROOT, check=True)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, capture_output=True, check=True)
    [wheel] = tmp_path.glob("*.whl")
    shipped = set(zipfile.ZipFile(wheel).namelist())
    needed = {str(path.relative_to(ROOT / "src")) for path in sources(ROOT) if path.is_relative_to(ROOT / "src")}
    vendored = {"htmx.min.js", "tabler.min.css", "tabler.min.js", "echarts.min.js", "fonts/tabler-icons.woff2"}
    assert {name for name in needed if name.startswith(("tenure/", "tenure_web/", "tenure_cli/"))} <= shipped
    assert {f"tenure_web/theme/static/vendor/{name}" for name in vendored} <= shipped
    assert {name.removesuffix(".po") + ".mo" for name in needed if "/locale/" in name} <= shipped
