"""`tenure sync`: pull what is new from the company's own databases."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from tenure_cli import importing, options, speaking
from tenure_cli.speaking import say, tr

if TYPE_CHECKING:
    from tenure.workspace import Workspace

JOB = "sync.source"


def add(groups: Any) -> None:
    """tenure sync [SOURCE]."""
    text = tr("pull customers, orders and events from the company's own databases")
    made = options.command(groups, "sync", text, run)
    text = tr("a source of definitions/sources (default: all of them)")
    made.add_argument("source", metavar="SOURCE", nargs="?", help=text)
    made.add_argument("--list", action="store_true", help=tr("show the sources with how their last sync went"))
    made.add_argument("--dry-run", action="store_true", help=tr("say what would happen and change nothing"))
    text = tr("pull every row again, not only what is new; known rows are passed over")
    made.add_argument("--from-start", action="store_true", help=text)


def run(chosen: argparse.Namespace) -> int:
    """Sync one source or all; one that fails does not keep the others from their turn."""
    workspace = options.opened(chosen)
    pulling = workspace.collect.pulling
    keys = [pulling.source(chosen.source).key] if chosen.source else list(pulling.sources())
    if chosen.list:
        return _listing(workspace, keys, chosen.json)
    documents = [_document(workspace, key, chosen) for key in keys]
    if chosen.json:
        speaking.document({"sources": documents})
    elif not keys:
        print(tr("There is no source yet. Write one in definitions/sources, such as shop.yml."))
    return 1 if any("error" in document for document in documents) else 0


def _document(workspace: "Workspace", key: str, chosen: argparse.Namespace) -> dict[str, Any]:
    from tenure.errors import TenureError

    try:
        with speaking.bar(key, chosen.json and not sys.stderr.isatty()) as progress:
            document = _sync(workspace, key, chosen, progress)
    except TenureError as error:
        speaking.failed(" ".join(str(error).split()))
        return {"source": key, "error": str(error)}
    if not chosen.json:
        _tell(document, chosen.dry_run)
    return document


def _sync(workspace: "Workspace", key: str, chosen: argparse.Namespace, progress: speaking.Progress) -> dict[str, Any]:
    from tenure.clock import Clock

    if not chosen.dry_run and workspace.is_being_written():
        from tenure_cli.handing import hand_over

        return hand_over(workspace, JOB, {"source": key, "from_start": chosen.from_start}, progress)
    told = {"from_start": chosen.from_start, "progress": progress}
    if chosen.dry_run:
        return workspace.collect.pulling.sync(key, Clock("UTC").now(), dry_run=True, **told).document()
    with workspace.writing():
        return workspace.collect.pulling.sync(key, Clock("UTC").now(), **told).document()


def _tell(document: dict[str, Any], dry_run: bool) -> None:
    print(tr("{source}: rows pulled: {rows:,}", source=document["source"], rows=document["rows"]))
    if document["result"] is None:
        print(tr("Nothing is new."))
        return
    importing.tell(document["result"], dry_run)
    if document["cursor"]:
        say(tr("The next sync begins at {cursor}.", cursor=document["cursor"]))


def _listing(workspace: "Workspace", keys: list[str], json: bool) -> int:
    pulling = workspace.collect.pulling
    rows = []
    for key in keys:
        source, last = pulling.source(key), pulling.last(key)
        known = pulling.known(source)
        rows.append({
            "source": key, "title": speaking.both(source.title), "kind": source.kind, "what": source.what,
            "every": str(source.every) if source.every else None, "at": last.at if last else None,
            "cursor": known.cursor if known else None, "import": last.import_id if last else None,
            "rows": last.rows if last else None, "accepted": last.accepted if last else None,
            "duplicates": last.duplicates if last else None, "refused": last.refused if last else None,
            "error": (last.error if last else "") or None,
        })  # fmt: skip
    if json:
        speaking.document({"sources": rows})
        return 0
    _table(workspace, rows)
    return 0


def _table(workspace: "Workspace", rows: list[dict[str, Any]]) -> None:
    if not rows:
        print(tr("There is no source yet. Write one in definitions/sources, such as shop.yml."))
        return
    head = [tr(word) for word in ("Source", "What", "Last sync", "Cursor", "Rows", "Accepted", "Known", "Refused")]
    shown = [
        [row["source"], tr(row["what"]), speaking.moment(workspace.clock, row["at"]) if row["at"] else None]
        + [row[name] for name in ("cursor", "rows", "accepted", "duplicates", "refused")]
        for row in rows
    ]
    speaking.table(head, shown)
    for row in rows:
        if row["error"]:
            print(row["error"])
