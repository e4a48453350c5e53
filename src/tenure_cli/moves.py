"""`tenure moves`: who went from which stage to which in a period, how often, how fast."""

import argparse
from typing import Any

from tenure_cli import options, speaking
from tenure_cli.speaking import tr


def add(groups: Any) -> None:
    """tenure moves --from A --to B [--lifecycle K]."""
    made = options.command(groups, "moves", tr("the moves between stages in a period"), run)
    made.add_argument("--from", dest="start", metavar="A", required=True, help=tr("first day of the period"))
    made.add_argument("--to", dest="end", metavar="B", required=True, help=tr("the day after the period"))
    made.add_argument("--lifecycle", metavar="K", help=tr("the lifecycle (default: the workspace's)"))


def run(chosen: argparse.Namespace) -> int:
    """Compute the stays and print the table of moves."""
    workspace = options.opened(chosen)
    lifecycle = workspace.lifecycle(chosen.lifecycle)
    found = workspace.moves(chosen.start, chosen.end, lifecycle.key)
    since, until = (workspace.clock.as_of(moment) for moment in (chosen.start, chosen.end))
    if chosen.json:
        speaking.document(
            {
                "lifecycle": lifecycle.key,
                "from": since.text,
                "to": until.text,
                "moves": [
                    {
                        "from": move.from_stage,
                        "to": move.to_stage,
                        "moves": move.count,
                        "customers": move.customers,
                        "direction": move.direction,
                        "median_days": move.median_days,
                    }
                    for move in found
                ],
            }
        )
        return 0
    titles: dict[str | None, str] = {stage.key: speaking.title(stage.title) for stage in lifecycle.stages}
    titles[None] = tr("(new)")
    rows = [
        [titles[m.from_stage], titles[m.to_stage], m.count, m.customers, tr(m.direction), m.median_days] for m in found
    ]
    print(tr("{name} from {start} to {end}", name=speaking.title(lifecycle.title), start=since.day, end=until.day))
    speaking.table([tr("From"), tr("To"), tr("Moves"), tr("Customers"), tr("Direction"), tr("Median days")], rows)
    return 0
