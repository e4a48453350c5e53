"""`tenure plan`, `apply` and `versions`: what a change of definitions would do; put it to work; go back."""

import argparse
import sys
from pathlib import Path
from typing import Any

from tenure_cli import options, speaking
from tenure_cli.speaking import tr

SHOWN = 12


def add(groups: Any) -> None:
    """tenure plan DEFINITIONS, tenure apply DEFINITIONS, tenure versions."""
    plan = options.command(groups, "plan", tr("what a draft of definitions would do: nothing is changed"), run_plan)
    plan.add_argument("definitions", metavar="DEFINITIONS", help=tr("a folder or a file with the draft"))
    options.as_of(plan)
    apply = options.command(groups, "apply", tr("put a draft of definitions to work, as a version"), run_apply)
    apply.add_argument("definitions", metavar="DEFINITIONS", nargs="?", help=tr("a folder or a file with the draft"))
    apply.add_argument("--version", metavar="N", type=int, help=tr("go back to this version instead"))
    apply.add_argument("--reason", metavar="WHY", default="", help=tr("why, for those who read the versions"))
    apply.add_argument("--author", metavar="WHO", help=tr("who (default: the user of this machine)"))
    apply.add_argument("--yes", action="store_true", help=tr("do not ask"))
    options.command(groups, "versions", tr("the versions of the definitions, newest first"), run_versions)


def run_plan(chosen: argparse.Namespace) -> int:
    """Check the draft, place everybody by it, and tell what differs."""
    workspace = options.opened(chosen)
    document = _planned(workspace, Path(chosen.definitions), chosen.as_of)
    speaking.document(document) if chosen.json else _tell(workspace, document)
    return 0


def run_apply(chosen: argparse.Namespace) -> int:
    """Check, plan, ask, and keep the change as a version."""
    from tenure import definitions
    from tenure.errors import UsageError

    workspace = options.opened(chosen)
    folder = workspace.folder / "definitions"
    if (chosen.version is None) == (chosen.definitions is None):
        raise UsageError(tr("Name a draft, or a version to go back to: one of the two."))
    if chosen.version is not None:
        texts = definitions.versions.restored(folder, chosen.version)
        reason = chosen.reason or tr("Back to version {number}", number=chosen.version)
        lists = definitions.versions.restored_lists(folder, chosen.version)
        drafted = definitions.with_texts(folder, texts, workspace.settings.currency, lists)
        document = _compared(workspace, drafted, [], None)
    else:
        texts = definitions.pieces(Path(chosen.definitions))
        reason = chosen.reason
        document = _planned(workspace, Path(chosen.definitions), None)
        texts = [text for text in texts if text[:2] in {(each["sort"], each["key"]) for each in document["changes"]}]
        lists = definitions.lists(folder, Path(chosen.definitions))
    if not chosen.json:
        _tell(workspace, document)
    if (texts or lists) and not chosen.yes and not _agreed():
        return speaking.failed(tr("Nothing was changed."))
    author = chosen.author or _user()
    now = workspace.clock.now()
    made = definitions.versions.change(folder, texts, author, reason, now, lists) if texts or lists else None
    if chosen.json:
        speaking.document({**document, "version": made.number if made else None})
        return 0
    if made is None:
        print(tr("Nothing was changed."))
    else:
        if lists:
            print(tr("Lists of customers put in place: {names}", names=", ".join(lists)))
        print(
            tr(
                "Version {number} is at work. The next run, or the running server, places everybody.",
                number=made.number,
            )
        )
    return 0


def run_versions(chosen: argparse.Namespace) -> int:
    """Who changed which definitions when and why."""
    from tenure.definitions import versions

    workspace = options.opened(chosen)
    found = versions.versions(workspace.folder / "definitions")
    if chosen.json:
        changed = [
            {"number": each.number, "at": each.at.isoformat(), "author": each.author, "reason": each.reason,
             "changes": [{"sort": e.sort, "key": e.key, "diff": e.lines} for e in each.entries]}
            for each in found
        ]  # fmt: skip
        speaking.document({"versions": changed})
        return 0
    head = [tr("Version"), tr("When"), tr("Author"), tr("Reason"), tr("Definitions")]
    speaking.table(head, [
        [each.number, speaking.moment(workspace.clock, each.at), each.author, each.reason,
         ", ".join(entry.key for entry in each.entries)] for each in found
    ])  # fmt: skip
    return 0


def _planned(workspace: Any, draft: Path, as_of: str | None) -> dict[str, Any]:
    from tenure import definitions

    folder = workspace.folder / "definitions"
    changes = definitions.changes(folder, definitions.pieces(draft))
    drafted = definitions.drafted(folder, draft, workspace.settings.currency)
    return _compared(workspace, drafted, changes, as_of)


def _compared(workspace: Any, drafted: Any, changes: list[Any], as_of: str | None) -> dict[str, Any]:
    from tenure.plan import plan

    found = plan(workspace, drafted, workspace.clock.as_of(as_of))
    titles = {
        key: {stage.key: speaking.both(stage.title) for stage in (*(old.stages if old else ()), *new.stages)}
        for key, new in drafted.lifecycles.items()
        for old in [workspace.definitions.lifecycles.get(key)]
    }
    return {
        "as_of": found.as_of.text,
        "customers": found.customers,
        "changes": [{"sort": c.sort, "key": c.key, "new": c.before is None, "diff": c.lines} for c in changes],
        "lifecycles": [
            {"lifecycle": each.lifecycle, "new": each.before is None, **_places(each, titles[each.lifecycle])}
            for each in found.lifecycles
        ],
        "value_segments": found.value_segments and _places(
            found.value_segments,
            {key: speaking.both(each.title) for key, each in drafted.value_segments.items()},
        ),
        "segments": [
            {"segment": each.segment, "before": each.before, "after": each.after, "entering": each.entering,
             "leaving": each.leaving, "examples": list(each.examples)} for each in found.segments
        ],
        "journeys": _journeys(workspace, found),
        "unscored": list(workspace.unscored(drafted)),
    }  # fmt: skip


def _places(found: Any, titles: dict[str, Any]) -> dict[str, Any]:
    """Customers by stage (or value segment) now and under the draft, and who would be in another."""
    relocations = [
        {"from": r.from_stage, "to": r.to_stage, "customers": r.customers, "examples": list(r.examples)}
        for r in found.relocations
    ]
    counts = {"before": found.before, "after": found.after}
    return {**counts, "titles": titles, "relocated": found.relocated, "relocations": relocations}


def _journeys(workspace: Any, found: Any) -> list[dict[str, Any]]:
    """Journeys that follow a stage or segment into which customers would come; none before there is a database."""
    if not workspace.settings.database and not (workspace.folder / "app.sqlite3").is_file():
        return []
    options.web(workspace)
    from django.db import DatabaseError

    from tenure_web.journeys.following import following

    try:
        return [
            {"journey": each.key, "state": each.state, "follows": each.stage or each.segment, "customers": arriving}
            for each in following()
            if (arriving := _arriving(found, each))
        ]
    except DatabaseError:
        return []


def _arriving(found: Any, journey: Any) -> int:
    """How many customers would come into what a journey follows."""
    if journey.segment:
        segment = next((each for each in found.segments if each.segment == journey.segment), None)
        if segment is not None:
            return segment.leaving if journey.leaves else segment.entering
        relocations = found.value_segments.relocations if found.value_segments else ()
        return sum(
            r.customers for r in relocations if journey.segment == (r.from_stage if journey.leaves else r.to_stage)
        )
    relocations = [r for each in found.lifecycles if each.lifecycle == journey.lifecycle for r in each.relocations]
    return sum(each.customers for each in relocations if each.to_stage == journey.stage)


def _tell(workspace: Any, document: dict[str, Any]) -> None:
    for change in document["changes"]:
        print(tr("{sort}/{key}: new", **change) if change["new"] else f"{change['sort']}/{change['key']}")
        for line in change["diff"]:
            print(f"  {line}")
    for each in document["lifecycles"]:
        head = tr("{lifecycle}: {relocated:,} of {customers:,} customers ({share}) would be in another stage",
                  lifecycle=each["lifecycle"], **_counted(each, document))  # fmt: skip
        _tell_places(each, head, tr("Stage"))
    if document["value_segments"]:
        each = document["value_segments"]
        head = tr("{relocated:,} of {customers:,} customers ({share}) would be in another value segment",
                  **_counted(each, document))  # fmt: skip
        _tell_places(each, head, tr("Segment"))
    for each in document["segments"]:
        print()
        print(tr("Segment {segment}: {before} → {after} customers, {entering} enter, {leaving} leave",
                 **{**each, "before": "-" if each["before"] is None else each["before"]}))  # fmt: skip
        print(f"  {', '.join(each['examples'])}") if each["examples"] else None
    if not (document["lifecycles"] or document["segments"] or document["value_segments"]):
        print(tr("Nobody would be anywhere else."))
    for note in speaking.unscored(document["unscored"]):
        print(note)
    for each in document["journeys"]:
        print(tr("Journey {journey} ({state}) follows {follows}: {customers:,} customers would come into it.", **each))
    if document["journeys"]:
        print(tr("A change of definitions lets nobody into a journey; its page can take in those who are there."))


def _counted(each: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    relocated, customers = each["relocated"], document["customers"]
    return {"relocated": relocated, "customers": customers, "share": speaking.share(relocated, customers)}


def _tell_places(each: dict[str, Any], head: str, place: str) -> None:
    """Customers by stage or value segment now and under the draft, then who would go from where to where."""
    titles = {key: words[speaking.language()] or words["en"] for key, words in each["titles"].items()}
    print()
    print(head)
    keys = list(dict.fromkeys([*(each["before"] or {}), *each["after"]]))
    rows = [[titles[k], (each["before"] or {}).get(k), each["after"].get(k)] for k in keys]
    speaking.table([place, tr("Now"), tr("Draft")], rows)
    if each["relocations"]:
        print()
        columns = [tr("From"), tr("To"), tr("Customers"), tr("Such as")]
        shown = each["relocations"][:SHOWN]
        rows = [[titles[r["from"]], titles[r["to"]], r["customers"], ", ".join(r["examples"])] for r in shown]
        speaking.table(columns, rows)


def _agreed() -> bool:
    from tenure.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError(tr("Nobody is there to ask: add --yes."))
    return input(tr("Put this to work? [y/N] ")).strip().lower() in ("y", "yes", "是", "好")


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "-"
