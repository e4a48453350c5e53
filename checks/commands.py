"""Writes docs/guides/commands.md from the command line itself: python -m checks.commands"""

import argparse
from collections.abc import Iterator

from checks.places import ROOT

GUIDE = ROOT / "docs/guides/commands.md"
TOP = """# Commands

Every command works on a workspace folder (`--workspace DIR`, else `TENURE_WORKSPACE`, else the current folder).
With `--json` it prints one JSON document on stdout; progress and failures go to stderr.
It ends with 0 on success, 1 on a failure told in one line of plain words, 2 on wrong usage.

This page is written by `python -m checks.commands`; a test holds it to the code.
"""
SHARED = {"--help", "--workspace", "--json"}


def page() -> str:
    """The whole page."""
    from tenure_cli import speaking
    from tenure_cli.main import parser

    speaking.settle("en")
    return TOP + "".join(section(command) for command in leaves(parser()))


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


def section(command: argparse.ArgumentParser) -> str:
    """What it does, then its arguments."""
    shown = [action for action in command._actions if action.help != argparse.SUPPRESS]
    own = [action for action in shown if not SHARED.intersection(action.option_strings)]
    words = [command.prog, *(action.metavar or action.dest for action in own if not action.option_strings)]
    title = f"\n## {' '.join(map(str, words))}\n\n{sentence(command.description or '')}\n"
    rows = "".join(f"| `{name(action)}` | {(action.help or '').replace('|', chr(92) + '|')} |\n" for action in own)
    return title + (f"\n| | |\n| --- | --- |\n{rows}" if rows else "")


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "." if text else ""


def name(action: argparse.Action) -> str:
    """The argument as one writes it."""
    value = action.metavar or ("{" + ",".join(map(str, action.choices)) + "}" if action.choices else "")
    flags = ", ".join(action.option_strings)
    takes = action.nargs != 0
    return f"{flags} {value}".strip() if flags and takes else flags or str(value or action.dest)


if __name__ == "__main__":
    GUIDE.write_text(page(), "utf-8")
