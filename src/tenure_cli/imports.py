"""`tenure imports`: what was taken in from files, what was refused, and taking it back."""

import argparse
import sys
from typing import Any

from tenure_cli import options, speaking
from tenure_cli.speaking import tr

UNDO = "import.undo"


def add(groups: Any) -> None:
    """tenure imports [list|undo|refused]; the list, when nothing is said."""
    group = options.command(groups, "imports", tr("list imports, export refused lines, undo"), listing)
    parts = group.add_subparsers(metavar="ACTION", parser_class=type(group))
    options.command(parts, "list", tr("every import, newest first"), listing)
    made = options.command(parts, "undo", tr("take an import back"), undo)
    made.add_argument("number", metavar="IMPORT", type=int, help=tr("the import's number"))
    text = tr("the refused lines of an import, as CSV on stdout")
    made = options.command(parts, "refused", text, refused, json=False)
    made.add_argument("number", metavar="IMPORT", type=int, help=tr("the import's number"))


def listing(chosen: argparse.Namespace) -> int:
    """Every import with its numbers."""
    workspace = options.opened(chosen)
    found = workspace.collect.files.log.list()
    if chosen.json:
        shown = [
            {"import": each.import_id, "kind": each.kind, "file": each.file, "at": each.at, "by": each.by}
            | {"state": each.state, "result": dict(each.result)}
            for each in found
        ]
        speaking.document({"imports": shown})
        return 0
    if not found:
        print(tr("Nothing was imported yet. Begin with: tenure import orders FILE"))
        return 0
    rows = [
        [each.import_id, tr(each.kind), each.file, tr(each.state)]
        + [each.result.get(name) for name in ("accepted", "duplicates", "refused")]
        for each in found
    ]
    speaking.table([tr(n) for n in ("Import", "Kind", "File", "State", "Accepted", "Known", "Refused")], rows)
    return 0


def undo(chosen: argparse.Namespace) -> int:
    """Take an import back, here or in the worker."""
    workspace = options.opened(chosen)
    if workspace.is_being_written():
        from tenure_cli.handing import hand_over

        with speaking.bar(tr("Undo")) as progress:
            hand_over(workspace, UNDO, {"import_id": chosen.number}, progress)
    else:
        with workspace.writing():
            workspace.collect.files.undo(chosen.number)
    if chosen.json:
        speaking.document({"import": chosen.number, "state": "undone"})
    else:
        print(tr("Import {number} is undone.", number=chosen.number))
    return 0


def refused(chosen: argparse.Namespace) -> int:
    """The refused lines with number and reason."""
    files = options.opened(chosen).collect.files
    found = files.log.get(chosen.number)
    for text in files.refused.export(found.import_id, found.header, speaking.language()):
        sys.stdout.write(text)
    return 0
