"""`tenure check`: are the definitions sound?"""

import argparse
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
    """The definitions, and what the files beside them (health, needs, departures) leave unsaid."""
    from pathlib import Path

    from tenure import definitions
    from tenure.errors import UsageError
    from tenure.needs import load_limits
    from tenure.risk import load_health, read_departures

    workspace = options.opened(chosen)
    if not chosen.definitions:
        definitions.pulled_sources(workspace.folder / "definitions")
        folder, found = workspace.folder / "definitions", workspace.definitions
    else:
        folder = Path(chosen.definitions)
        if not folder.is_dir():
            raise UsageError(tr("There is no folder {folder}.", folder=chosen.definitions))
        found = definitions.load(folder, currency=workspace.settings.currency)
    load_limits(folder)
    return found, (*load_health(folder, found).warnings, *read_departures(folder)[1])
