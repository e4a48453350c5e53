"""`tenure worker`: more workers for a workspace whose promises live in PostgreSQL, here or on another machine."""

import argparse
from typing import Any

from tenure_cli import options, up
from tenure_cli.speaking import say, tr


def add(groups: Any) -> None:
    """tenure worker [--workers N]."""
    text = tr("start more workers beside a running server (needs PostgreSQL)")
    up.several(options.command(groups, "worker", text, run, json=False))


def run(chosen: argparse.Namespace) -> int:
    """Work until stopped."""
    from tenure.errors import UsageError
    from tenure_cli import servers

    workspace = options.opened(chosen)
    up.check_workers(workspace, chosen.workers)
    if not workspace.settings.database:
        raise UsageError(tr("Several workers need PostgreSQL: set `database` in tenure.yml."))
    up.migrate(workspace)
    children = servers.Servers("", 0, servers.workers(chosen.workers), servers.environment(workspace, []))
    children.start()
    say(tr("Working. Stop with Ctrl-C."))
    children.run()
    say(tr("Stopped."))
    return 0
