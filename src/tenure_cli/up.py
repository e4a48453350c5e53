"""`tenure up`: the web server and the worker on this machine."""

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tenure_cli import options
from tenure_cli.speaking import say, tr

if TYPE_CHECKING:
    from tenure.workspace import Workspace
    from tenure_cli.servers import Servers

PORT = 8765
LOCAL = ("localhost", "127.0.0.1", "::1")


def add(groups: Any) -> None:
    """tenure up."""
    made = options.command(groups, "up", tr("start the web server and the worker"), run, json=False)
    network(made)
    several(made)


def network(made: argparse.ArgumentParser) -> None:
    """Where to listen."""
    made.add_argument(
        "--port", type=int, metavar="P", help=tr("port of the web pages (default: that of the address in tenure.yml)")
    )
    made.add_argument(
        "--host", default="127.0.0.1", help=tr("network address to listen on (default: this machine only)")
    )


def several(made: argparse.ArgumentParser) -> None:
    """How many workers."""
    text = tr("how many workers (default: 1; more need PostgreSQL)")
    made.add_argument("--workers", type=int, metavar="N", default=1, help=text)


def check_workers(workspace: "Workspace", count: int) -> None:
    """Refuse what cannot work, in words."""
    from tenure.errors import UsageError

    if count < 1:
        raise UsageError(tr("There must be at least one worker."))
    if count > 1 and not workspace.settings.database:
        raise UsageError(tr("Several workers need PostgreSQL: set `database` in tenure.yml."))


def run(chosen: argparse.Namespace) -> int:
    """Serve until stopped."""
    workspace = options.opened(chosen)
    serve(prepared(workspace, chosen.host, chosen.port, chosen.workers), lambda: greeting(workspace))
    return 0


def greeting(workspace: "Workspace") -> None:
    """Where to go, and how the first person gets in."""
    from tenure_web.accounts import first_start

    address = workspace.settings.address
    say(tr("Tenure is running at {address}", address=address))
    link = first_start.link(address)
    if link:
        say(tr("Make the first owner here (the link works once): {link}", link=link))
    say(tr("Stop with Ctrl-C."))


def prepared(workspace: "Workspace", host: str, port: int | None, workers: int = 1) -> "Servers":
    """Check what can be checked before anything starts, bring the database up to date, and line up the children."""
    from tenure.errors import UsageError
    from tenure_cli import servers

    chosen = port or urlsplit(workspace.settings.address).port or PORT
    check_workers(workspace, workers)
    if workspace.is_being_written():
        raise UsageError(tr("A Tenure server is already running for {folder}.", folder=workspace.folder))
    servers.check_port(host, chosen)
    _settle_address(workspace, chosen)
    migrate(workspace)
    named = [name for name in (urlsplit(workspace.settings.address).hostname, host) if name and name != "0.0.0.0"]
    children = [servers.web_server(host, chosen), *servers.workers(workers)]
    return servers.Servers(host, chosen, children, servers.environment(workspace, named))


def _settle_address(workspace: "Workspace", port: int) -> None:
    """Links in messages must lead to the port we serve; the address of another machine is the owner's business."""
    parts = urlsplit(workspace.settings.address)
    if parts.hostname in LOCAL and parts.port != port:
        workspace.save_settings(workspace.settings.changed(address=f"http://{parts.hostname}:{port}"))


def migrate(workspace: "Workspace") -> None:
    """Bring the application database to the newest form."""
    options.web(workspace)
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def ready(workspace: "Workspace") -> None:
    """Make the application database usable here: that of a running server as it is, else in its newest form."""
    if workspace.is_being_written():
        options.web(workspace)
    else:
        migrate(workspace)


def serve(servers: "Servers", ready: Callable[[], None], meanwhile: Callable[[], None] = lambda: None) -> None:
    """Start the children, greet once the web answers, watch until stopped."""
    greeted = False

    def tick() -> None:
        nonlocal greeted
        if greeted:
            meanwhile()
        elif servers.answering():
            ready()
            greeted = True

    servers.start()
    servers.run(tick)
    say(tr("Stopped."))
