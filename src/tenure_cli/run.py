"""`tenure run`: bring everybody up to now, or restate the past."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tenure_cli import options, speaking
from tenure_cli.speaking import Progress, tr

if TYPE_CHECKING:
    from tenure.workspace import Workspace

JOB = "run"


def add(groups: Any) -> None:
    """tenure run [--as-of T]."""
    made = options.command(groups, "run", tr("load what waits, then compute features, stages and segments"), run)
    options.as_of(made)


def run(chosen: argparse.Namespace) -> int:
    """Run the pipeline and tell how long each step took."""
    workspace = options.opened(chosen)
    with speaking.bar(tr("Run")) as progress:
        done = _restate(workspace, chosen.as_of, progress) if chosen.as_of else _bring_up(workspace, progress)
    done["engine"] = workspace.settings.engine
    if chosen.json:
        speaking.document(done)
        return 0
    one, many = "1 customer as of {moment}", "{count:,} customers as of {moment}"
    print(speaking.counted(done["customers"], one, many, moment=done["as_of"]))
    if done["engine"] == "spark" and len(done["steps"]) > 1:  # a kept restatement is one step, and nobody computes
        print(tr("Computed by Apache Spark at {address}.", address=workspace.settings.spark))
    steps = [(step["step"], step["seconds"]) for step in done["steps"]]
    rows = [[tr(name), f"{seconds:.2f} s"] for name, seconds in steps]
    speaking.table([tr("Step"), tr("Time")], rows)
    for odd in done.get("odd", ()):
        reason = tr(odd["reason"])
        if odd.get("rule"):
            one = "The rule of {feature} cannot be answered for 1 customer: {reason}."
            many = "The rule of {feature} cannot be answered for {count:,} customers: {reason}."
        else:
            one = "{feature} misses a value for 1 customer: {reason}."
            many = "{feature} misses a value for {count:,} customers: {reason}."
        print(speaking.counted(odd["customers"], one, many, feature=odd["feature"], reason=reason))
    for note in speaking.unscored(workspace.unscored()):
        print(note)
    return 0


def _restate(workspace: "Workspace", as_of: str, progress: Progress) -> dict[str, Any]:
    """A restatement stands beside the current state and changes nothing of it, so it needs no lock."""
    result = workspace.run(as_of, progress)
    return {
        "as_of": result.as_of.text,
        "customers": result.customers,
        "steps": [{"step": each.step, "seconds": round(each.seconds, 3)} for each in result.timings],
        "odd": [asdict(each) for each in result.odd],
    }


def _bring_up(workspace: "Workspace", progress: Progress) -> dict[str, Any]:
    """The worker does it where one runs; else this process, with the database brought up to date first."""
    if workspace.is_being_written():
        from tenure_cli.handing import hand_over

        return hand_over(workspace, JOB, {}, progress)
    return bring_up(workspace, progress)


def bring_up(workspace: "Workspace", progress: Progress) -> dict[str, Any]:
    """Load, compute and sync in this process. Takes the lock."""
    from tenure_cli.up import migrate

    migrate(workspace)
    from tenure_web.worker import ring
    from tenure_web.worker.models import Job

    with workspace.writing():
        return dict(ring.run(Job(kind=JOB), progress))
