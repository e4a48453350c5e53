"""`tenure export` and `tenure erase`: what is known of one person, handed over or gone for good."""

import argparse
import sys
from pathlib import Path
from typing import Any

from tenure_cli import options, speaking, up
from tenure_cli.speaking import say, tr


def add(groups: Any) -> None:
    """tenure export CUSTOMER, tenure erase CUSTOMER."""
    who = tr("your id of the customer, its e-mail address or phone")
    made = options.command(groups, "export", tr("everything known of one person, as a ZIP"), export)
    made.add_argument("customer", metavar="CUSTOMER", help=who)
    made.add_argument("--file", metavar="FILE", help=tr("the new file (default: customer-KEY.zip)"))
    made = options.command(groups, "erase", tr("erase one person for good, everywhere"), erase)
    made.add_argument("customer", metavar="CUSTOMER", help=who)
    made.add_argument("--yes", action="store_true", help=tr("do not ask whether it is meant"))


def export(chosen: argparse.Namespace) -> int:
    """Write the ZIP; it is readable by its owner only."""
    from tenure.clock import Clock

    workspace = options.opened(chosen)
    key = workspace.find(chosen.customer)
    up.ready(workspace)
    from tenure_web.audit.record import record
    from tenure_web.collect.exporting import archive

    path = Path(chosen.file or f"customer-{key}.zip")
    content = archive(workspace, key, Clock("UTC").now())
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(content)
    record(None, "export.customer", key)
    if chosen.json:
        speaking.document({"file": str(path), "bytes": len(content)})
    else:
        print(tr("Wrote {file}.", file=path))
    return 0


def erase(chosen: argparse.Namespace) -> int:
    """Erase here, or have the running server's worker do it."""
    workspace = options.opened(chosen)
    key = workspace.find(chosen.customer)
    if not chosen.yes and not _meant(chosen):
        return speaking.failed(tr("Nothing was erased. Say --yes if it is meant."))
    up.ready(workspace)
    with speaking.bar(tr("Erase"), chosen.json and not sys.stderr.isatty()) as progress:
        if workspace.is_being_written():
            from tenure_cli.handing import hand_over

            result = hand_over(workspace, "customers.erase", {"key": key}, progress)
        else:
            from tenure_web.collect.erasing import erase as erase_here

            with workspace.writing():
                result = erase_here(workspace, key, None, progress)
    if chosen.json:
        speaking.document(result)
        return 0
    print(tr("The person is erased: {events} events.", events=result["events"]))
    if result["backups"]:
        say(tr("Backups made before still hold the person. Restoring one erases again, by the file erasures.jsonl."))
    return 0


def _meant(chosen: argparse.Namespace) -> bool:
    if chosen.json or not sys.stdin.isatty():
        return False
    say(tr("This cannot be taken back. Type the customer again to erase it:"))
    return input("> ").strip() == chosen.customer
