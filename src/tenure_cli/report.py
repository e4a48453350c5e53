"""`tenure report`: moves, survival in a stage, cohorts, lifecycle flow, funnels."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tenure_cli import behind, options, speaking
from tenure_cli.speaking import tr

SHOPPING = "Product Viewed,Product Added,Order Completed"
LENGTHS = (7, 30, 90, 180, 365)


@dataclass(frozen=True)
class Asked:
    """What every report is about: the connection restated as of the instant, lifecycle, period, last day."""

    con: Any
    lifecycle: Any
    start: date
    end: date
    day: date
    chosen: argparse.Namespace

    @property
    def funnel(self) -> tuple[list[str], int]:
        """The events of a funnel (none: over stages) and the days it has."""
        from tenure.reports import EVER

        names = [name.strip() for name in (getattr(self.chosen, "events", None) or "").split(",") if name.strip()]
        return names, self.chosen.within or (30 if names else EVER)


def add(groups: Any) -> None:
    """tenure report moves|survival|cohorts|flow|funnel."""
    made = groups.add_parser(
        "report", help=tr("figures about all customers"), description=tr("figures about all customers")
    )
    kinds = made.add_subparsers(metavar="REPORT", required=True, parser_class=type(made))
    _kind(kinds, "moves", tr("the map of moves: counts, rates, speed"), _moves)
    _kind(kinds, "survival", tr("how long stays in each stage last"), _survival)
    _stepped(_kind(kinds, "cohorts", tr("customers by first touch or first order, and what became of them"), _cohorts))
    _stepped(_kind(kinds, "flow", tr("new, returning, resurrected and dormant customers"), _flow), by=False)
    funnel = _kind(kinds, "funnel", tr("how far customers come, over stages or over events"), _funnel)
    text = tr("a funnel over these events in this order, such as {names}", names=SHOPPING)
    funnel.add_argument("--events", metavar="A,B,…", help=text)
    funnel.add_argument(
        "--within", metavar="DAYS", type=int, help=tr("days from the first step (stages: no limit, events: 30)")
    )


def _kind(kinds: Any, name: str, help: str, report: Callable[[Asked], tuple[Any, Callable[[], None]]]) -> Any:
    made = options.command(kinds, name, help, lambda chosen: _run(chosen, name, report))
    made.add_argument("--lifecycle", metavar="K", help=tr("the lifecycle (default: the workspace's)"))
    made.add_argument(
        "--from", dest="start", metavar="A", help=tr("first day of the period (default: a year before its end)")
    )
    made.add_argument("--to", dest="end", metavar="B", help=tr("the day after the period (default: now)"))
    options.as_of(made)
    example = ",".join(f"{word}={value}" for word, value in behind.WORDS[name].items())
    made.add_argument(
        "--customers",
        metavar="NUMBER",
        help=tr("list the customers behind one number instead, such as {example}", example=example),
    )
    return made


def _stepped(made: Any, by: bool = True) -> None:
    made.add_argument("--step", choices=["month", "week"], default="month", help=tr("length of a period"))
    if by:
        made.add_argument("--by", choices=["order", "touch"], default="order", help=tr("what makes a cohort"))


def _run(chosen: argparse.Namespace, name: str, report: Callable[[Asked], tuple[Any, Callable[[], None]]]) -> int:
    """Restate as of the instant, measure, and print the table, the document or the customers behind a number."""
    number = behind.named(name, chosen.customers) if chosen.customers is not None else None
    asked = _asked(chosen)
    if number is not None:
        return _listed(asked, number, behind.customers(asked, name, number))
    document, tell = report(asked)
    if chosen.json:
        period = {"from": asked.start + timedelta(days=1), "to": asked.end}
        speaking.document({"lifecycle": asked.lifecycle.key, "day": asked.day, **period, **document})
        return 0
    print(tr("{start} to {end}, as of {day}", start=asked.start + timedelta(days=1), end=asked.end, day=asked.day))
    tell()
    return 0


def _listed(asked: Asked, number: dict[str, str], ids: list[str]) -> int:
    if asked.chosen.json:
        head = {"lifecycle": asked.lifecycle.key, "day": asked.day, "from": asked.start + timedelta(days=1)}
        speaking.document({**head, "to": asked.end, "number": number, "customers": ids})
    else:
        speaking.lines(ids)
    return 0


def _asked(chosen: argparse.Namespace) -> Asked:
    from tenure import reports
    from tenure.clock import AsOf
    from tenure.errors import UsageError

    workspace = options.opened(chosen)
    moment = workspace.clock.as_of(chosen.as_of)
    lifecycle = workspace.lifecycle(chosen.lifecycle)
    day = _last_whole_day(workspace, moment)
    end = min(workspace.clock.as_of(chosen.end).day - timedelta(days=1) if chosen.end else day, day)
    start = workspace.clock.as_of(chosen.start).day - timedelta(days=1) if chosen.start else end - timedelta(days=365)
    if start >= end:
        raise UsageError(tr("The end of the period must come after its start."))
    last = AsOf(min(moment.instant, workspace.clock.start_of(day + timedelta(days=1))), day)
    con = reports.restate(workspace.store.snapshot(), workspace.definitions, last, [lifecycle.key])
    return Asked(con, lifecycle, start, end, day, chosen)


def _last_whole_day(workspace: Any, moment: Any) -> date:
    """The day before the instant's, when it is the first instant of a day; else the instant's own."""
    first = moment.instant == workspace.clock.start_of(moment.day)
    return moment.day - timedelta(days=1) if first else moment.day  # type: ignore[no-any-return]


def _meaning(*names: str) -> dict[str, Any]:
    from tenure.reports import MEANINGS

    return {name: speaking.both(MEANINGS[name]) for name in names}


def _titles(asked: Asked) -> dict[str | None, str]:
    titles: dict[str | None, str] = {stage.key: speaking.title(stage.title) for stage in asked.lifecycle.stages}
    return {**titles, None: tr("(new)")}


def _moves(asked: Asked) -> tuple[Any, Callable[[], None]]:
    from tenure.reports import move_map

    found = move_map(asked.con, asked.lifecycle, asked.start, asked.end)
    rows = [
        {"from": m.from_stage, "to": m.to_stage, "direction": m.direction, "moves": m.moves, "customers": m.customers,
         "stays": m.stays, "rate": m.rate, "days": m.days, "days_low": m.days_low, "days_high": m.days_high}
        for m in found
    ]  # fmt: skip

    def tell() -> None:
        titles = _titles(asked)
        head = [
            tr("From"),
            tr("To"),
            tr("Direction"),
            tr("Moves"),
            tr("Customers"),
            tr("Rate"),
            tr("n"),
            tr("Median days"),
        ]
        speaking.table(head, [
            [titles[m.from_stage], titles[m.to_stage], tr(m.direction), m.moves, m.customers,
             speaking.share(m.moves, m.stays or 0), m.stays, m.days] for m in found
        ])  # fmt: skip

    return {"meanings": _meaning("moves", "move_rate", "move_days"), "moves": rows}, tell


def _survival(asked: Asked) -> tuple[Any, Callable[[], None]]:
    from tenure.reports import survival

    found = survival(asked.con, asked.lifecycle.key, asked.start, asked.end, asked.day)
    curves = [found[stage.key] for stage in asked.lifecycle.stages if stage.key in found]
    rows = [
        {"stage": each.stage, "stays": each.stays, "lasting": each.lasting, "median": each.median,
         "median_low": each.median_interval[0], "median_high": each.median_interval[1],
         "points": [{"days": p.days, "at_risk": p.at_risk, "ended": p.ended, "lasting": p.lasting, "share": p.share,
                     "low": p.low, "high": p.high} for p in each.points]}
        for each in curves
    ]  # fmt: skip

    def tell() -> None:
        head = [tr("Stage"), tr("Stays"), tr("Still lasting"), tr("Median days"), "95 %"]
        head += [tr("over {days} days", days=days) for days in LENGTHS]
        speaking.table(head, [
            [_titles(asked)[each.stage], each.stays, each.lasting, each.median, _between(*each.median_interval),
             *(f"{each.at(days):.1%}" if each.points[-1].days >= days else "-" for days in LENGTHS)]
            for each in curves
        ])  # fmt: skip

    return {"meanings": _meaning("survival", "median_stay"), "stages": rows}, tell


def _between(low: int | None, high: int | None) -> str:
    return f"{'-' if low is None else low}…{'-' if high is None else high}"


def _cohorts(asked: Asked) -> tuple[Any, Callable[[], None]]:
    from tenure.reports import cohorts, period_of

    start = period_of(asked.start + timedelta(days=1), asked.chosen.step)
    found = cohorts(asked.con, start, asked.end, asked.chosen.by, asked.chosen.step)
    rows = [
        {"period": each.period, "customers": each.customers,
         "cells": [{"since": c.since, "period": c.period, "active": c.active, "retention": each.retention(c),
                    "amount": c.amount, "whole": c.whole} for c in each.cells]}
        for each in found
    ]  # fmt: skip

    def tell() -> None:
        most = max((len(each.cells) for each in found), default=0)
        head = [tr("Cohort"), tr("Customers"), *(str(number) for number in range(most))]
        speaking.table(head, [[str(each.period), each.customers, *_filled(each, most)] for each in found])

    return {"by": asked.chosen.by, "step": asked.chosen.step, "meanings": _meaning("retention"), "cohorts": rows}, tell


def _filled(cohort: Any, most: int) -> list[str]:
    shown = [f"{cohort.retention(cell):.1%}{'' if cell.whole else '*'}" for cell in cohort.cells]
    return shown + [""] * (most - len(shown))


def _flow(asked: Asked) -> tuple[Any, Callable[[], None]]:
    from tenure.reports import activity, period_of

    start = period_of(asked.start + timedelta(days=1), asked.chosen.step)
    found = activity(asked.con, start, asked.end + timedelta(days=1), asked.chosen.step)
    kinds = ("new", "returning", "resurrected", "dormant")
    rows = [{"period": each.period, **{kind: getattr(each, kind) for kind in kinds}} for each in found]

    def tell() -> None:
        head = [tr("Period"), tr("New"), tr("Returning"), tr("Resurrected"), tr("Dormant")]
        speaking.table(head, [[str(a.period), a.new, a.returning, a.resurrected, -a.dormant] for a in found])

    return {"step": asked.chosen.step, "meanings": _meaning(*kinds), "periods": rows}, tell


def _funnel(asked: Asked) -> tuple[Any, Callable[[], None]]:
    from tenure.reports import EVER, event_funnel, stage_funnel

    names, within = asked.funnel
    if names:
        found = event_funnel(asked.con, names, asked.start, asked.end, asked.day, within)
    else:
        found = stage_funnel(asked.con, asked.lifecycle, asked.start, asked.end, asked.day, within)
    rows = [
        {"step": step.key, "customers": step.customers, "passed_through": step.passed_through,
         "share": found.share(index), "from_before": found.from_before(index), "days": step.days}
        for index, step in enumerate(found.steps)
    ]  # fmt: skip

    def tell() -> None:
        titles = {} if names else _titles(asked)
        print(
            tr(
                "{count:,} customers began; the days of {open:,} of them are not over.",
                count=found.customers,
                open=found.unfinished,
            )
        )
        head = [
            tr("Step"),
            tr("Customers"),
            tr("Passed through"),
            tr("Of all"),
            tr("Of the step before"),
            tr("Median days"),
        ]
        speaking.table(head, [
            [titles.get(step.key, step.key), step.customers, step.passed_through, _share(found.share(index)),
             _share(found.from_before(index)), step.days] for index, step in enumerate(found.steps)
        ])  # fmt: skip

    name = "event_funnel" if names else "stage_funnel"
    within_days = None if within == EVER else within
    head = {"customers": found.customers, "unfinished": found.unfinished, "within_days": within_days}
    return {**head, "meanings": _meaning(name), "steps": rows}, tell


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
