"""Tests in several processes: each is run once, a process that dies costs one test, and -x stops them all."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFTEST = """
import pytest
from tests.processes import Parent, Part

@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session):
    Parent(session, [Part(session.items, 2), Part(session.items[:1], title=" [elsewhere]")]).run()
    return True

@pytest.fixture(scope="module", autouse=True)
def diary(request):
    def write(word):
        with open("diary", "a") as file:
            file.write(word + "\\\\n")
    write(f"enter {request.module.__name__}")
    yield write
    write(f"leave {request.module.__name__}")
"""
FILES = {
    "test_first.py": "def test_one(diary): diary('one')\ndef test_two(diary): diary('two'); print('said'); assert 0\n",
    "test_second.py": "import os\ndef test_three(diary): diary('three'); os._exit(3)\n"
    "def test_four(diary): diary('four')\n",
    "test_third.py": "def test_five(diary): diary('five')\n",
}


@pytest.fixture
def run(tmp_path: Path) -> subprocess.CompletedProcess[str]:
    (tmp_path / "conftest.py").write_text(CONFTEST.replace("\\\\n", "\\n"))
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)


def test_each_test_runs_once_and_who_dies_costs_only_the_test_it_ran(
    run: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    assert run.returncode == 1, run.stdout + run.stderr
    assert "2 failed, 4 passed" in run.stdout
    assert "The process that ran this test died, with exit code 3." in run.stdout
    assert run.stdout.count("Captured stdout call") == 1
    diary = Counter((tmp_path / "diary").read_text().split("\n"))
    assert [diary[word] for word in ("one", "two", "three", "four", "five")] == [2, 1, 1, 1, 1]
    assert diary["leave test_first"] == diary["enter test_first"]
