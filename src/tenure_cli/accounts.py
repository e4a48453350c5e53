"""`tenure reset-link`: the way back in for someone at the server's keyboard."""

import argparse
from typing import Any

from tenure_cli import options, speaking, up
from tenure_cli.speaking import tr


def add(groups: Any) -> None:
    """tenure reset-link."""
    made = options.command(groups, "reset-link", tr("print a link to choose a new password"), run)
    made.add_argument("email", metavar="EMAIL", help=tr("the address this person signs in with"))


def run(chosen: argparse.Namespace) -> int:
    """Print the link; it works once, for 24 hours."""
    workspace = options.opened(chosen)
    up.ready(workspace)
    from tenure_web.accounts import first_start
    from tenure_web.audit.record import record

    link = first_start.reset_link(chosen.email, workspace.settings.address)
    record(None, "team.reset_link", chosen.email)
    if chosen.json:
        speaking.document({"link": link})
    else:
        print(link)
    return 0
