"""`tenure goals`: how far the owner teams have come with the task and outcome targets of each stage."""

import argparse
from typing import Any

from tenure_cli import options, speaking
from tenure_cli.speaking import tr


def add(groups: Any) -> None:
    """tenure goals [--lifecycle K] [--as-of T]."""
    made = options.command(groups, "goals", tr("how far each stage's team has come with its targets"), run)
    made.add_argument("--lifecycle", metavar="K", help=tr("the lifecycle (default: the workspace's)"))
    options.as_of(made)


def run(chosen: argparse.Namespace) -> int:
    """Measure every goal and say which are behind."""
    workspace = options.opened(chosen)
    lifecycle = workspace.lifecycle(chosen.lifecycle)
    moment, found = _measured(workspace, lifecycle, chosen.as_of)
    if chosen.json:
        speaking.document(
            {"lifecycle": lifecycle.key, "as_of": moment.text, "goals": [_document(goal) for goal in found]}
        )
        return 0
    day = speaking.moment(workspace.clock, moment.instant)
    print(tr("{name}: targets as of {day}", name=speaking.title(lifecycle.title), day=day))
    head = [tr("Stage"), tr("Team"), tr("Goal"), tr("Target"), tr("Reached"), tr("Customers"), ""]
    speaking.table(head, [_row(goal) for goal in found])
    return 0


def _measured(workspace: Any, lifecycle: Any, as_of: str | None) -> tuple[Any, Any]:
    from tenure import reports

    moment = workspace.clock.as_of(as_of)
    with speaking.bar(tr("Goals")):
        con = reports.restate(workspace.store.snapshot(), workspace.definitions, moment, [lifecycle.key])
        return moment, reports.goals(con, lifecycle, moment.day, workspace.settings.currency)


def _document(found: Any) -> dict[str, Any]:
    goal, reached = found.goal, found.reached
    return {
        "stage": found.stage.key,
        "kind": found.kind,
        "words": speaking.both(goal.words),
        "owner": speaking.both(found.stage.owner),
        "metric": goal.metric,
        "days": goal.days,
        "target": goal.target,
        "at_most": goal.at_most,
        "actual": None if reached is None else reached.value,
        "n": 0 if reached is None else reached.customers,
        "behind": found.behind,
    }


def _row(found: Any) -> list[object]:
    goal, reached = found.goal, found.reached
    rate = bool(goal.metric and goal.metric.endswith("_rate"))
    sign = "≤ " if goal.at_most else ""
    target = "-" if goal.target is None else sign + _figure(goal.target, rate)
    actual = "-" if reached is None or reached.value is None else _figure(reached.value, rate)
    verdict = {True: tr("behind"), False: tr("met"), None: ""}[found.behind]
    kind = tr("Task target") if found.kind == "task" else tr("Outcome target")
    customers = None if reached is None else reached.customers
    return [
        speaking.title(found.stage.title),
        speaking.title(found.stage.owner),
        kind,
        target,
        actual,
        customers,
        verdict,
    ]


def _figure(value: float, rate: bool) -> str:
    return f"{value:.1%}" if rate else f"{value:,.2f}".rstrip("0").rstrip(".")
