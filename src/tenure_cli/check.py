"""`tenure check`: are the definitions sound?"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tenure_cli import options, speaking
from tenure_cli.speaking import tr


def add(groups: Any) -> None:
    """tenure check [DEFINITIONS]."""
    made = options.command(groups, "check", tr("check the definitions; every problem is told at once"), run)
    text = tr("a folder of definitions (default: the workspace's)")
    made.add_argument("definitions", metavar="DEFINITIONS", nargs="?", help=text)


def run(chosen: argparse.Namespace) -> int:
    """Load everything and say what is there, or what is wrong with it; a missing translation fails the check too."""
    from tenure.errors import DefinitionError

    try:
        found, unsaid = _loaded(chosen)
    except DefinitionError as error:
        if chosen.json:
            speaking.document({"problems": list(error.problems), "warnings": []})
            return 1
        raise
    warnings = [*found.warnings, *unsaid]
    notes = speaking.unscored(options.opened(chosen).unscored(found))
    counts = {name: len(getattr(found, name)) for name in ("features", "lifecycles", "segments")}
    if chosen.json:
        speaking.document({"problems": [], "warnings": warnings, "notes": notes, **counts})
        return 1 if warnings else 0
    for warning in warnings:
        speaking.say(speaking.said(warning))
    if warnings:
        return 1
    print(tr("Sound: {features} features, {lifecycles} lifecycles, {segments} own segments.", **counts))
    for note in notes:
        print(note)
    return 0


def _loaded(chosen: argparse.Namespace) -> Any:
    """The definitions, and what the files beside them (sources, health, needs, departures, journeys) leave unsaid.

    What is wrong in any of them is told together with what is wrong in the others.
    """
    from tenure import definitions
    from tenure.errors import DefinitionError
    from tenure.journeys import check_files
    from tenure.needs import load_limits
    from tenure.risk import load_health, read_departures

    workspace = options.opened(chosen)
    folder = _folder(chosen, workspace)
    problems: list[str] = []

    def tried(read: Callable[[], Any]) -> Any:
        try:
            return read()
        except DefinitionError as error:
            problems.extend(error.problems)
            return None

    found = tried(lambda: definitions.load(folder, currency=workspace.settings.currency))
    if not chosen.definitions:
        tried(lambda: definitions.pulled_sources(folder))
    tried(lambda: load_limits(folder))
    unsaid = tried(lambda: load_health(folder, found).warnings) if found else ()
    departures = tried(lambda: read_departures(folder)[1])
    problems += check_files(folder, found) if found else []
    if problems:
        raise DefinitionError(problems)
    return found, (*unsaid, *departures)


def _folder(chosen: argparse.Namespace, workspace: Any) -> Path:
    from tenure.errors import UsageError

    folder = Path(chosen.definitions) if chosen.definitions else workspace.folder / "definitions"
    if chosen.definitions and not folder.is_dir():
        raise UsageError(tr("There is no folder {folder}.", folder=chosen.definitions))
    return folder
