"""Writes docs/guides/commands.md and commands.zh.md from the command line itself: python -m checks.commands"""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from checks.places import ROOT

GUIDES = {"en": ROOT / "docs/guides/commands.md", "zh": ROOT / "docs/guides/commands.zh.md"}
ENGLISH = """# Commands

Every command works on a workspace folder (`--workspace DIR`, else `TENURE_WORKSPACE`, else the current folder).
With `--json` it prints one JSON document on stdout; progress and failures go to stderr.
It ends with 0 on success, 1 on a failure told in one line of plain words, 2 on wrong usage.

This page is written by `python -m checks.commands`; a test holds it to the code.
"""
CHINESE = """# 命令

每条命令都针对一个工作区文件夹：由 `--workspace DIR` 指定，否则取环境变量 `TENURE_WORKSPACE`，再否则为当前文件夹。
加上 `--json`，标准输出只有一个 JSON 文档；进度和错误写到标准错误。
退出码：0 表示成功；1 表示失败，并用一行话说明原因；2 表示用法有误。
终端的语言设置（`LC_ALL`、`LC_MESSAGES`、`LANG`）为中文时，帮助和输出都是中文；未设置时按工作区的语言。

本页由 `python -m checks.commands` 根据代码生成，并有测试确保与代码一致。
"""
TOPS = {"en": ENGLISH, "zh": CHINESE}
ENDS = {"en": ".", "zh": "。"}
SHARED = {"--help", "--workspace", "--json"}


def page(language: str) -> str:
    """The whole page in a language: en or zh."""
    from tenure_cli.main import parser

    with spoken(language):
        sections = [section(command, ENDS[language]) for command in leaves(parser())]
    return TOPS[language] + "".join(sections)


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """The command line speaks this language, whatever the terminal's, and then its former one."""
    from tenure_cli import speaking

    before = speaking.language()
    settle(language)
    try:
        yield
    finally:
        settle(before)


def settle(language: str) -> None:
    from tenure_cli import speaking

    with patch.dict(os.environ, LC_ALL=language):
        speaking.settle()


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Every command that does something, in the order of the help."""
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield parser
    for group in groups:
        helps = {choice.dest: choice.help for choice in group._choices_actions}
        for name, command in group.choices.items():
            command.description = command.description or helps.get(name)
            yield from leaves(command)


def section(command: argparse.ArgumentParser, end: str) -> str:
    """What it does, then its arguments."""
    shown = [action for action in command._actions if action.help != argparse.SUPPRESS]
    own = [action for action in shown if not SHARED.intersection(action.option_strings)]
    words = [command.prog, *(action.metavar or action.dest for action in own if not action.option_strings)]
    title = f"\n## {' '.join(map(str, words))}\n\n{sentence(command.description or '', end)}\n"
    rows = "".join(f"| `{name(action)}` | {(action.help or '').replace('|', chr(92) + '|')} |\n" for action in own)
    return title + (f"\n| | |\n| --- | --- |\n{rows}" if rows else "")


def sentence(text: str, end: str) -> str:
    return text[:1].upper() + text[1:] + end if text else ""


def name(action: argparse.Action) -> str:
    """The argument as one writes it."""
    value = action.metavar or ("{" + ",".join(map(str, action.choices)) + "}" if action.choices else "")
    flags = ", ".join(action.option_strings)
    takes = action.nargs != 0
    return f"{flags} {value}".strip() if flags and takes else flags or str(value or action.dest)


if __name__ == "__main__":
    for language, guide in GUIDES.items():
        guide.write_text(page(language), "utf-8")
