"""`tenure stages`: how many customers each stage of a lifecycle has, and who they are."""

import argparse
from typing import Any

from tenure_cli import behind, options, speaking
from tenure_cli.speaking import tr


def add(groups: Any) -> None:
    """tenure stages [--lifecycle K] [--customers STAGE] [--as-of T]."""
    made = options.command(groups, "stages", tr("how many customers each stage has"), run)
    made.add_argument("--lifecycle", metavar="K", help=tr("the lifecycle (default: the workspace's)"))
    text = tr("list the customers behind one number instead, such as {example}", example="retention")
    made.add_argument("--customers", metavar="STAGE", help=text)
    options.as_of(made)
    options.known_at(made)


def run(chosen: argparse.Namespace) -> int:
    """Count and print, or list one stage's customers."""
    workspace = options.opened(chosen)
    lifecycle = workspace.lifecycle(chosen.lifecycle)
    if chosen.customers is not None:
        behind.one(chosen.customers, [stage.key for stage in lifecycle.stages])
    with speaking.bar(tr("Stages")) as progress:
        standing = workspace.standing(chosen.as_of, progress, chosen.known_at)
    if chosen.customers is not None:
        return _customers(chosen, lifecycle, standing)
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
    one, many = "{name} as of {day}: 1 customer", "{name} as of {day}: {count:,} customers"
    named = {"name": speaking.title(lifecycle.title), "day": _moment(workspace, standing)}
    print(speaking.counted(total, one, many, **named))
    rows = [[speaking.title(s.title), counts[s.key], speaking.share(counts[s.key], total)] for s in lifecycle.stages]
    speaking.table([tr("Stage"), tr("Customers"), tr("Share")], rows)
    return 0


def _customers(chosen: argparse.Namespace, lifecycle: Any, standing: Any) -> int:
    ids = standing.customers_in(lifecycle.key, chosen.customers)
    if chosen.json:
        head = {"lifecycle": lifecycle.key, "stage": chosen.customers, "as_of": standing.as_of.text}
        speaking.document({**head, "customers": ids})
    else:
        speaking.lines(ids)
    return 0


def _moment(workspace: Any, standing: Any) -> str:
    return speaking.moment(workspace.clock, standing.as_of.instant)
