"""`tenure segments`: how many customers each value segment has."""

import argparse
from typing import Any

from tenure_cli import options, speaking
from tenure_cli.speaking import tr


def add(groups: Any) -> None:
    """tenure segments [--as-of T]."""
    made = options.command(groups, "segments", tr("how many customers each value segment has"), run)
    options.as_of(made)


def run(chosen: argparse.Namespace) -> int:
    """Count and print."""
    workspace = options.opened(chosen)
    with speaking.bar(tr("Segments")) as progress:
        standing = workspace.standing(chosen.as_of, progress)
    counts, total = standing.segment_counts(), standing.customers
    segments = workspace.definitions.value_segments.values()
    if chosen.json:
        speaking.document(
            {
                "as_of": standing.as_of.text,
                "customers": total,
                "segments": [
                    {"key": segment.key, "title": speaking.both(segment.title), "customers": counts[segment.key]}
                    for segment in segments
                ],
            }
        )
        return 0
    day = speaking.moment(workspace.clock, standing.as_of.instant)
    print(tr("Value segments as of {day}: {count:,} customers", day=day, count=total))
    rows = [[speaking.title(s.title), counts[s.key], speaking.share(counts[s.key], total)] for s in segments]
    speaking.table([tr("Segment"), tr("Customers"), tr("Share")], rows)
    return 0
