"""The `tenure` command: find the subcommand, run it, tell failures in one plain line."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from tenure_cli import options, speaking
from tenure_cli.speaking import tr

COMMANDS = (
    "init demo up worker importing imports sync run stages segments goals value risk needs moves report explain check"
    " plan backtest backup privacy accounts"
).split()
OTHERWISE = {"importing", "privacy", "accounts"}  # files none of whose commands has the file's name


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, with where to look."""

    def error(self, message: str) -> None:  # type: ignore[override]
        text = tr("{what}. See: {command} --help", what=speaking.said(message), command=self.prog)
        self.exit(2, f"tenure: {text}\n")


def parser(word: str = "") -> argparse.ArgumentParser:
    """The whole command line; one file a command group. Where `word` names a group, that group alone, for speed."""
    alone = word in COMMANDS and word not in OTHERWISE
    top = Parser(prog="tenure", description=tr("The whole customer lifecycle, self-hosted."))
    options.otherwise(top)
    top.add_argument("--version", action="version", version=_version())
    groups = top.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for name in [word] if alone else COMMANDS:
        import_module(f"tenure_cli.{name}").add(groups)
    return top


def _version() -> str:
    from tenure import __version__

    return f"tenure {__version__}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code: 0 success, 1 a failure told in one line, 2 wrong usage."""
    speaking.settle()
    words = _ordered(sys.argv[1:] if arguments is None else arguments)
    chosen = parser(next(iter(words), "")).parse_args(words)
    try:
        return int(chosen.run(chosen) or 0)
    except KeyboardInterrupt:
        return speaking.failed(tr("Stopped."))
    except BrokenPipeError:
        return speaking.closed()
    except Exception as error:
        return _told(error, chosen)


def _ordered(arguments: Sequence[str]) -> list[str]:
    """The words with a `--workspace DIR` that stands before the command put behind it, where the command looks."""
    told = list(arguments)
    if told[:1] == ["--workspace"] and len(told) > 2:
        return [*told[2:], *told[:2]]
    if told and told[0].startswith("--workspace="):
        return [*told[1:], told[0]]
    return told


def _told(error: Exception, chosen: argparse.Namespace) -> int:
    from tenure.errors import DefinitionError, TenureError

    if isinstance(error, DefinitionError):
        return speaking.failed(str(error))
    if isinstance(error, TenureError):
        return speaking.failed(" ".join(str(error).split()))
    if isinstance(error, OSError):
        what = speaking.said(error.strerror or error)
        text = tr("{what}: {where}.", what=what, where=error.filename) if error.filename else f"{what}."
        return speaking.failed(text)
    if getattr(chosen, "trace", False):
        raise error
    text = "An unexpected {kind} stopped the command. Run it again with --trace and report it."
    return speaking.failed(tr(text, kind=type(error).__name__))


if __name__ == "__main__":
    sys.exit(main())
