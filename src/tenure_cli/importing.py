"""`tenure import`: orders, events, customers and costs from files."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenure_cli import options, speaking
from tenure_cli.speaking import say, tr

if TYPE_CHECKING:
    from tenure.workspace import Workspace

KINDS = ("orders", "events", "customers", "costs")
JOB = "import.file"


def add(groups: Any) -> None:
    """tenure import orders|events|customers|costs FILE."""
    group = groups.add_parser("import", help=tr("take in a file of orders, events, customers or costs"))
    kinds = group.add_subparsers(metavar="KIND", required=True, parser_class=type(group))
    texts = (
        tr("order lines"),
        tr("events, one a row"),
        tr("customers, one a row"),
        tr("costs of winning customers, one a row"),
    )
    for kind, text in zip(KINDS, texts, strict=True):
        made = options.command(kinds, kind, text, run)
        made.set_defaults(kind=kind)
        _reading(made)
        if kind in ("orders", "costs"):
            made.add_argument("--currency", metavar="CUR", help=tr("currency of amounts that name none, such as GBP"))
            made.add_argument("--decimal", choices=(".", ","), help=tr("the decimal mark, where the file leaves doubt"))
        if kind == "costs":
            text = tr("kind of lines that name none: advertising (default), research or sales")
            made.add_argument("--kind", choices=("advertising", "research", "sales"), dest="cost_kind", help=text)
        if kind == "customers":
            text = tr("how these people agreed to a channel, such as email='opt-in form 2024'; without it nobody has")
            made.add_argument("--consent", metavar="CHANNEL=BASIS", action="append", default=[], help=text)


def _reading(made: argparse.ArgumentParser) -> None:
    made.add_argument("file", metavar="FILE", help=tr("CSV (also .gz, .xz, .zip), XLSX or Parquet"))
    text = tr("which column means what: customer=CustomerID,time=InvoiceDate,… (default: guessed from the names)")
    made.add_argument("--columns", metavar="MEANING=COLUMN,…", help=text)
    made.add_argument("--source", metavar="NAME", default="files", help=tr("name of the source (default: files)"))
    made.add_argument("--separator", metavar="S", help=tr("what stands between columns: one character, tab or space"))
    made.add_argument("--encoding", metavar="E", help=tr("character encoding, such as gb18030 (default: found out)"))
    made.add_argument("--sheet", metavar="NAME", help=tr("sheet of an XLSX file (default: the first)"))
    header = made.add_mutually_exclusive_group()
    header.add_argument("--no-header", action="store_true", help=tr("the first line is data; columns are 1, 2, 3 …"))
    header.add_argument("--header", action="store_true", help=tr("the first line names the columns"))
    order = made.add_mutually_exclusive_group()
    order.add_argument("--day-first", action="store_true", help=tr("read 3/4/2011 as 3 April"))
    order.add_argument("--month-first", action="store_true", help=tr("read 3/4/2011 as 4 March"))
    made.add_argument("--dry-run", action="store_true", help=tr("say what would happen and change nothing"))


def run(chosen: argparse.Namespace) -> int:
    """Take the file in here, or have the running server's worker do it."""
    workspace = options.opened(chosen)
    path = Path(chosen.file).resolve()
    asked = _asked(chosen, path)
    with speaking.bar(tr("Import"), chosen.json and not sys.stderr.isatty()) as progress:
        document = _take_in(workspace, chosen, path, asked, progress)
    if chosen.json:
        speaking.document(document)
    else:
        tell(document, chosen.dry_run)
    return 0


def _asked(chosen: argparse.Namespace, path: Path) -> dict[str, Any]:
    """The arguments of `Collect.load_<kind>`, as plain values."""
    asked: dict[str, Any] = {
        "columns": _pairs(chosen.columns.split(","), "--columns") if chosen.columns else _guessed(chosen, path),
        "source": chosen.source,
        "day_first": True if chosen.day_first else False if chosen.month_first else None,
    }
    if chosen.kind in ("orders", "costs"):
        asked |= {"currency": chosen.currency, "decimal": chosen.decimal}
    if chosen.kind == "costs":
        asked |= {"kind": chosen.cost_kind}
    if chosen.kind == "customers":
        asked |= {"consent": _pairs(chosen.consent, "--consent") or _ask_consent(chosen)}
    return asked


def _pairs(parts: list[str], option: str) -> dict[str, str]:
    from tenure.errors import UsageError

    found = {}
    for part in filter(None, (part.strip() for part in parts)):
        key, sign, value = part.partition("=")
        if not sign or not value.strip():
            raise UsageError(tr('{option}: "{part}" must be written as name=value.', option=option, part=part))
        found[key.strip()] = value.strip().strip("\"'")
    return found


def _ask_consent(chosen: argparse.Namespace) -> dict[str, str]:
    """Ask a person at a terminal how these people agreed to e-mail; nobody else is asked, and nothing is assumed."""
    if chosen.json or chosen.dry_run or not sys.stdin.isatty():
        return {}
    say(tr("Have these people agreed to be written to by e-mail? Say how and when, or press Enter for no."))
    basis = input("> ").strip()
    return {"email": basis} if basis else {}


def _read_options(chosen: argparse.Namespace) -> dict[str, Any]:
    header = False if chosen.no_header else True if chosen.header else None
    return {"separator": chosen.separator, "encoding": chosen.encoding, "header": header, "sheet": chosen.sheet}


def _guessed(chosen: argparse.Namespace, path: Path) -> dict[str, str]:
    from tenure.collect.files import mapping
    from tenure.collect.files.reading import ReadOptions, reading

    if path.suffix in (".jsonl", ".ndjson"):
        return {}
    with reading(path, ReadOptions(**_read_options(chosen))) as table:
        found = mapping.guess_columns(table, mapping.KIND_FIELDS[chosen.kind])
    said = ",".join(f"{meaning}={column}" for meaning, column in found.items())
    say(tr("Columns guessed: {columns}", columns=said))
    return found


def _take_in(
    workspace: "Workspace", chosen: argparse.Namespace, path: Path, asked: dict[str, Any], progress: speaking.Progress
) -> dict[str, Any]:
    reading = _read_options(chosen)
    if not chosen.dry_run and workspace.is_being_written():
        from tenure_cli.handing import hand_over

        params = {**asked, "cost_kind": asked.get("kind"), "kind": chosen.kind, "path": str(path), "options": reading}
        return hand_over(workspace, JOB, params, progress)
    from tenure.collect.files.reading import ReadOptions

    load = getattr(workspace.collect, f"load_{chosen.kind}")
    told = {"options": ReadOptions(**reading), "dry_run": chosen.dry_run, "progress": progress, "by": "tenure import"}
    if chosen.dry_run:
        return dict(load(path, **asked, **told).document())
    with workspace.writing():
        return dict(load(path, **asked, **told).document())


def tell(document: dict[str, Any], dry_run: bool) -> None:
    """An import's result in words."""
    from tenure import money
    from tenure.collect.files.faults import words

    number = document["import"]
    print(tr("This would happen; nothing was changed.") if dry_run else tr("Import {number}", number=number))
    rows = [
        [tr("lines accepted"), document["accepted"]],
        [tr("lines known already"), document["duplicates"]],
        [tr("lines refused"), document["refused"]],
        *([f"  {words(reason, speaking.language())}", count] for reason, count in document["reasons"].items()),
    ]
    if not document["costs"]:
        rows += [[tr("customers"), document["customers"]], [tr("orders"), document["orders"]]]
    speaking.table(["", ""], rows)
    for currency, amount in document["revenue"].items():
        print(tr("Revenue: {amount}", amount=money.text(amount, currency)))
    for currency, amount in document["costs"].items():
        print(tr("Costs: {amount}", amount=money.text(amount, currency)))
    for note in document["notes"]:
        say(speaking.said(note))
    if document["refused"] and not dry_run:
        print(tr("The refused lines: tenure imports refused {number}", number=number))
