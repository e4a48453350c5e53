"""The options many commands share, and the workspace they name."""

import argparse
import os
from typing import TYPE_CHECKING, Any

from tenure_cli import speaking
from tenure_cli.speaking import tr

if TYPE_CHECKING:
    from tenure.workspace import Workspace


def command(groups: Any, name: str, help: str, run: Any, json: bool = True) -> argparse.ArgumentParser:
    """A subcommand with --workspace, --json and --trace; what its group was told before it holds too."""
    made: argparse.ArgumentParser = groups.add_parser(name, help=help, description=help)
    made.add_argument(
        "--workspace",
        metavar="DIR",
        default=argparse.SUPPRESS,
        help=tr("the workspace folder (default: TENURE_WORKSPACE, else the current folder)"),
    )
    if json:
        made.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=tr("print one JSON document"))
    made.add_argument("--trace", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    made.set_defaults(run=run)
    return made


def otherwise(top: argparse.ArgumentParser) -> None:
    """What holds where none of these options is named: a default of a command would hide what its group was told."""
    top.set_defaults(workspace=os.environ.get("TENURE_WORKSPACE", "."), json=False, trace=False)


def as_of(made: argparse.ArgumentParser) -> None:
    """Add --as-of."""
    made.add_argument(
        "--as-of",
        metavar="T",
        help=tr("answer for this instant: all events before it (2011-12-01 or 2011-12-01T14:30)"),
    )


def known_at(made: argparse.ArgumentParser) -> None:
    """Add --known-at."""
    text = tr("use only what had been received before this instant, so that late events are left out")
    made.add_argument("--known-at", metavar="K", help=text)


def opened(chosen: argparse.Namespace) -> "Workspace":
    """The workspace the options name; its language is spoken unless the terminal has one."""
    import tenure

    workspace = tenure.open(chosen.workspace)
    speaking.settle(workspace.settings.language)
    return workspace


def web(workspace: "Workspace") -> None:
    """Make the application database reachable for this process."""
    import django

    os.environ["TENURE_WORKSPACE"] = str(workspace.folder)
    if workspace.settings.database:
        os.environ["TENURE_DATABASE_URL"] = workspace.settings.database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure_web.configuration")
    django.setup()
