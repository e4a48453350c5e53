"""`tenure stages`: how many customers each stage of a lifecycle has."""

import argparse
from typing import Any

from tenure_cli import options, speaking
from tenure_cli.speaking import tr


def add(groups: Any) -> None:
    """tenure stages [--lifecycle K] [--as-of T]."""
    made = options.command(groups, "stages", tr("how many customers each stage has"), run)
    made.add_argument("--lifecycle", metavar="K", help=tr("the lifecycle (default: the workspace's)"))
    options.as_of(made)
    options.known_at(made)


def run(chosen: argparse.Namespace) -> int:
    """Count and print."""
    workspace = options.opened(chosen)
    lifecycle = workspace.lifecycle(chosen.lifecycle)
    with speaking.bar(tr("Stages")) as progress:
        standing = workspace.standing(chosen.as_of, progress, chosen.known_at)
    counts, total = standing.counts(lifecycle.key), standing.customers
    if chosen.json:
        speaking.document(
            {
                "lifecycle": lifecycle.key,
                "as_of": standing.as_of.text,
                "customers": total,
                "stages": [
                    {"key": stage.key, "title": speaking.both(stage.title), "customers": counts[stage.key]}
                    for stage in lifecycle.stages
                ],
            }
        )
        return 0
    text = "{name} as of {day}: {count:,} customers"
    print(tr(text, name=speaking.title(lifecycle.title), day=_moment(workspace, standing), count=total))
    rows = [[speaking.title(s.title), counts[s.key], speaking.share(counts[s.key], total)] for s in lifecycle.stages]
    speaking.table([tr("Stage"), tr("Customers"), tr("Share")], rows)
    return 0


def _moment(workspace: Any, standing: Any) -> str:
    return speaking.moment(workspace.clock, standing.as_of.instant)
