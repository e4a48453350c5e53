"""`tenure segments`: how many customers each value segment and each own segment has, and who they are."""

import argparse
from dataclasses import asdict
from typing import Any

from tenure_cli import options, speaking
from tenure_cli.speaking import tr


def add(groups: Any) -> None:
    """tenure segments [--members KEY] [--as-of T]."""
    made = options.command(groups, "segments", tr("how many customers each segment has"), run)
    made.add_argument("--members", metavar="KEY", help=tr("list the customers of this segment instead"))
    options.as_of(made)


def run(chosen: argparse.Namespace) -> int:
    """Count and print, or list one segment's members."""
    workspace = options.opened(chosen)
    with speaking.bar(tr("Segments")) as progress:
        standing = workspace.standing(chosen.as_of, progress)
    _warn(workspace.definitions)
    if chosen.members:
        return _members(workspace, chosen, standing)
    if chosen.json:
        speaking.document(_document(workspace, standing))
        return 0
    _tell(workspace, standing)
    return 0


def _warn(definitions: Any) -> None:
    """Say which segments cannot be answered here, because only the server knows consent."""
    from tenure.segments import needs_consent

    unsure = [speaking.title(each.title) for each in definitions.segments.values() if needs_consent(definitions, each)]
    if unsure:
        text = "Consent is only known to the pages: without it, nobody has agreed here. It is read by: {names}."
        speaking.say(tr(text, names=", ".join(unsure)))


def _members(workspace: Any, chosen: argparse.Namespace, standing: Any) -> int:
    names = _names(workspace, chosen, standing)
    if chosen.json:
        speaking.document({"segment": chosen.members, "as_of": standing.as_of.text, "customers": names})
    else:
        speaking.lines(names)
    return 0


def _names(workspace: Any, chosen: argparse.Namespace, standing: Any) -> list[str]:
    if chosen.members in workspace.definitions.value_segments:
        return list(standing.customers_of(chosen.members))
    return [customer or f"#{key}" for key, customer in workspace.members(chosen.members, chosen.as_of).rows]


def _document(workspace: Any, standing: Any) -> dict[str, Any]:
    counts, own = standing.segment_counts(), standing.member_counts()
    definitions = workspace.definitions
    return {
        "as_of": standing.as_of.text,
        "customers": standing.customers,
        "segments": [
            {"key": segment.key, "title": speaking.both(segment.title), "customers": counts[segment.key]}
            for segment in definitions.value_segments.values()
        ],
        "own_segments": [
            {"key": segment.key, "title": speaking.both(segment.title), "customers": own[segment.key]}
            for segment in definitions.segments.values()
        ],
        "profiles": [_profile(each) for each in _profiles(workspace, standing)],
    }


def _profiles(workspace: Any, standing: Any) -> Any:
    from tenure.segments import profile_figures

    return profile_figures(standing.con, workspace.definitions)


def _profile(figures: Any) -> dict[str, Any]:
    return {
        "key": figures.segment.key,
        "title": speaking.both(figures.segment.title),
        "fit": figures.segment.fit,
        "customers": figures.customers,
        "mean_fit": figures.mean_fit,
        "traits": [
            {"key": each.trait.key, "weight": each.trait.weight, "known": each.known, "share": each.share}
            for each in figures.traits
        ],
        "channels": [asdict(each) for each in figures.channels],
    }


def _tell(workspace: Any, standing: Any) -> None:
    counts, own, total = standing.segment_counts(), standing.member_counts(), standing.customers
    day = speaking.moment(workspace.clock, standing.as_of.instant)
    print(tr("Value segments as of {day}: {count:,} customers", day=day, count=total))
    _table(workspace.definitions.value_segments.values(), counts, total)
    if own:
        print(f"\n{tr('Own segments')}")
        _table(workspace.definitions.segments.values(), own, total)
    for figures in _profiles(workspace, standing):
        _tell_profile(figures, workspace.settings.currency)


def _tell_profile(figures: Any, currency: str) -> None:
    from tenure import money

    title, fit = speaking.title(figures.segment.title), f"{figures.segment.fit:g}"
    print(f"\n{tr('Who fits “{title}” (from {fit} of 100), by acquisition channel', title=title, fit=fit)}")
    rows = [
        [
            each.channel or tr("unknown"),
            each.customers,
            speaking.share(each.customers, each.everybody),
            each.buyers,
            money.text(each.revenue, currency),
        ]
        for each in figures.channels
    ]
    names = [tr("Channel"), tr("Customers"), tr("Of the channel"), tr("With an order"), tr("Revenue")]
    speaking.table(names, rows)


def _table(segments: Any, counts: dict[str, int], total: int) -> None:
    rows = [
        [speaking.title(each.title), counts[each.key], speaking.share(counts[each.key], total)] for each in segments
    ]
    speaking.table([tr("Segment"), tr("Customers"), tr("Share")], rows)
