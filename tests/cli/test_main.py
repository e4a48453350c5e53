"""The frame: quick help, plain failures, exit codes, both languages."""

import argparse
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tenure_cli.main import COMMANDS, _ordered, parser
from tests.cli.conftest import environment


def test_help_is_quick_and_names_every_command(spawn: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    told = spawn("--help")
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    assert spent < 1, "imports too much (0.1 s of the processor on a quiet machine)"
    for command in "init demo up import imports run stages segments moves explain check backup restore verify".split():
        assert f" {command} " in told.out


def test_help_loads_neither_django_nor_duckdb() -> None:
    heavy = "{'django', 'duckdb', 'numpy', 'deltalake'} & set(sys.modules)"
    seen = f"import sys; from tenure_cli.main import parser; parser(); print({heavy})"
    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, env=environment(), check=True)
    assert done.stdout.strip() == "set()"


def test_a_command_read_alone_is_the_one_among_all() -> None:
    among = choices(parser())
    for word in COMMANDS:
        alone = choices(parser(word))
        assert (word in alone) == (word in among), word
        for name, made in alone.items():
            assert made.format_help() == among[name].format_help()
    assert choices(parser("privacy")).keys() == choices(parser("frobnicate")).keys() == among.keys()


@pytest.mark.parametrize("words", ["--workspace A imports undo 3", "imports --workspace A undo 3 --json"])
def test_the_workspace_named_before_a_part_of_a_command_is_the_one_meant(words: str) -> None:
    chosen = parser().parse_args(_ordered(words.split()))
    assert (chosen.workspace, chosen.number) == ("A", 3)
    assert chosen.json == ("--json" in words)
    assert parser().parse_args(["imports"]).workspace != "A"


def choices(top: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The first words a command line may have, each with what reads the rest."""
    (found,) = [each.choices for each in top._actions if isinstance(each, argparse._SubParsersAction)]
    return dict(found)


def test_a_failure_is_one_plain_line_and_exit_code_1(tell: Any, tmp_path: Path) -> None:
    told = tell("stages", "--workspace", tmp_path, code=1)
    assert told.err.strip() == f"tenure: {tmp_path} is not a Tenure workspace. Make one with: tenure init {tmp_path}"
    assert told.out == ""


def test_a_failure_is_told_in_the_language_of_the_terminal(tell: Any, tmp_path: Path) -> None:
    told = tell("stages", "--workspace", tmp_path, code=1, LANG="zh_CN.UTF-8")
    assert told.err.strip() == f"tenure: {tmp_path} 不是 Tenure 工作区。新建命令：tenure init {tmp_path}"
    told = tell("moves", code=2, LANG="zh_CN.UTF-8")
    assert told.err.strip() == "tenure: 缺少参数：--from、--to。用法见：tenure moves --help"


def test_wrong_usage_is_exit_code_2(tell: Any) -> None:
    assert "invalid choice" in tell("frobnicate", code=2).err
    assert "--from" in tell("moves", code=2).err
    assert tell(code=2).err.startswith("tenure: ")


def test_the_terminal_chooses_the_language(tell: Any, shop: Path) -> None:
    assert "增长" in tell("stages", "--workspace", shop, LANG="zh_CN.UTF-8").out
    assert "Growth" in tell("stages", "--workspace", shop, LANG="de_DE.UTF-8").out


def test_a_terminal_without_language_speaks_the_workspaces(tell: Any, tmp_path: Path) -> None:
    folder = tmp_path / "店"
    tell("init", folder, "--language", "zh-hans")
    assert "名客户" in tell("segments", "--workspace", folder, LANG="C").out


@pytest.mark.thorough
def test_a_reader_that_goes_away_is_no_failure(shop: Path) -> None:
    command = f"{sys.executable} -m tenure_cli explain C0000001 --json --workspace {shop} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, env=environment(), check=True)
    assert done.stdout == "{\n"
    assert done.stderr == ""
