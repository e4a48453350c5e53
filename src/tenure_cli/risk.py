"""`tenure risk`: who may stop buying, how likely and why, and how well that would have been forecast."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tenure_cli import options, speaking
from tenure_cli.speaking import Progress, language, tr

if TYPE_CHECKING:
    from tenure.risk import Curve, Losses, Pulse
    from tenure.workspace import Workspace

JOB = "risk"
MARKS = (90, 180, 365, 730)
BESIDE = {
    "open": "What was held out is too little to choose by: the model that is used may be no better than the last line.",
    "farther": "The last line was nearer to the truth than the model that is used, by more than chance would bring.",
}


def add(groups: Any) -> None:
    """tenure risk report|fit|score|why|drivers|survival|health."""
    made = groups.add_parser("risk", help=tr("who may stop buying, how likely, and why"))
    parts = made.add_subparsers(metavar="COMMAND", required=True)
    commands = (
        ("report", tr("how well loss would have been forecast on a time held out"), report),
        ("fit", tr("learn anew and score everybody"), renew),
        ("score", tr("score everybody; learn anew only when due"), renew),
        ("drivers", tr("what told the lost from the kept, and the shrinking from the steady"), drivers),
        ("survival", tr("how long customers last, by stage, channel or cohort"), lasting),
        ("health", tr("how many customers are well, and how each health band then fared"), health),
    )
    for name, text, run in commands:
        each = options.command(parts, name, text, run)
        options.as_of(each)
        if name != "score":
            words = tr("within how many days a purchase is awaited (default: the shop's own gaps decide)")
            each.add_argument("--days", type=int, metavar="N", help=words)
        each.set_defaults(refit=name == "fit")
        if name == "survival":
            groups_of = ("all", "stage", "channel", "cohort")
            each.add_argument("--by", choices=groups_of, default="all", help=tr("what makes a group (default: all)"))
            each.add_argument("--lifecycle", metavar="K", help=tr("whose stages (default: the workspace's lifecycle)"))
    told = options.command(parts, "why", tr("why one customer may be lost"), why)
    told.add_argument("customer", metavar="CUSTOMER", help=tr("your id of the customer, its e-mail address or phone"))
    options.as_of(told)


def report(chosen: argparse.Namespace) -> int:
    """Compute and print the hold-out table."""
    workspace = options.opened(chosen)
    found = workspace.risk.report(chosen.as_of, chosen.days)
    if chosen.json:
        speaking.document(found.document())
        return 0
    first = found.rows[0].figures
    renewal = found.horizon.awaited == "renewal"
    if renewal:
        print(tr("Lost means: the contract is not renewed within {days} days.", days=found.horizon.days))
    else:
        print(tr("Lost means: no purchase within {days} days.", days=found.horizon.days))
    if found.horizon.typical is not None and not renewal:
        print(tr("Four of five gaps between orders are at most {typical} days.", typical=found.horizon.typical))
    print(
        tr(
            "Held out: {days} days from {cut} on; {lost:,} of {customers:,} customers were lost in them.",
            days=found.horizon.days, cut=speaking.moment(workspace.clock, found.cut.instant),
            lost=first.lost, customers=first.customers,
        )
    )  # fmt: skip
    head = [tr("Model"), tr("AUC"), "Brier", "log loss", tr("Bias"), tr("Lift of the top tenth"), ""]
    speaking.table(
        head,
        [
            [
                tr(row.model), _plain(row.figures.auc), _plain(row.figures.brier), _plain(row.figures.log_loss),
                f"{row.figures.bias:+.1%}", _plain(row.figures.top_lift), tr("← used") if row.chosen else "",
            ]
            for row in found.rows
        ],
    )  # fmt: skip
    if beside := BESIDE.get(found.beside_naive):
        print(tr(beside))
    print(tr("Computed in {seconds:.1f} s.", seconds=found.seconds))
    return 0


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def renew(chosen: argparse.Namespace) -> int:
    """Score everybody, learning first when asked or due; the worker does it where one runs."""
    workspace = options.opened(chosen)
    days = getattr(chosen, "days", None)
    with speaking.bar(tr("Risk")) as progress:
        done = _renewed(workspace, {"as_of": chosen.as_of, "refit": chosen.refit, "days": days}, progress)
    if chosen.json:
        speaking.document(done)
        return 0
    day = speaking.moment(workspace.clock, workspace.clock.parse(done["as_of"]))
    text = (
        "{count:,} contracts scored as of {day}: not renewed within {days} days ({model})."
        if done["awaited"] == "renewal"
        else "{count:,} customers scored as of {day}: no purchase within {days} days ({model})."
    )
    print(tr(text, count=done["customers"], day=day, days=done["days"], model=tr(done["model"])))
    if done["refitted"]:
        print(tr("Learned anew in {seconds:.1f} s ({why}).", seconds=done["fit_seconds"], why=tr(done["why"])))
    print(tr("Scored in {seconds:.1f} s.", seconds=done["score_seconds"]))
    return 0


def _renewed(workspace: "Workspace", params: dict[str, Any], progress: Progress) -> dict[str, Any]:
    if workspace.is_being_written():
        from tenure_cli.handing import hand_over

        return hand_over(workspace, JOB, params, progress)
    with workspace.writing():
        workspace.health.renew(params["as_of"], _pulses(workspace))
        return workspace.risk.renew(params["as_of"], params["refit"], params["days"]).document()


def _pulses(workspace: "Workspace") -> "list[Pulse]":
    """What colleagues said of customers; nothing before there is a database."""
    if not workspace.settings.database and not (workspace.folder / "app.sqlite3").is_file():
        return []
    options.web(workspace)
    from django.db import DatabaseError

    from tenure_web.risk.health import given

    try:
        return given(workspace)
    except DatabaseError:  # of an older version: `tenure up` brings it up to date
        return []


def why(chosen: argparse.Namespace) -> int:
    """Take one customer's forecast apart."""
    workspace = options.opened(chosen)
    found = workspace.risk.why(workspace.find(chosen.customer), chosen.as_of)
    kept = workspace.risk.kept()
    days = kept.model.days if kept else 0
    if chosen.json:
        speaking.document({"customer": chosen.customer, "days": days, **asdict(found)})
        return 0
    text = (
        "{share:.0%} likely not to renew within {days} days."
        if kept and kept.model.awaited == "renewal"
        else "{share:.0%} likely not to buy within {days} days."
    )
    print(tr(text, share=found.probability, days=days))
    for cause in found.causes:
        print(f"  {cause.adds:+.2f}  {cause.words.text(language())}")
    print(tr("What to do: {hint}", hint=found.hint.text(language())))
    return 0


def drivers(chosen: argparse.Namespace) -> int:
    """Print what separates the groups, strongest first."""
    workspace = options.opened(chosen)
    lost = workspace.risk.losses(chosen.as_of, chosen.days)
    shrinking = workspace.risk.declines(chosen.as_of, chosen.days)
    if chosen.json:
        speaking.document({"lost": _said(lost), "shrinking": _said(shrinking)})
        return 0
    text = "Lost against kept ({gone:,} and {kept:,}), {days} days from {cut} on"
    cut = speaking.moment(workspace.clock, lost.cut.instant)
    print(tr(text, gone=lost.gone, kept=lost.kept, days=lost.days, cut=cut))
    _listed(lost)
    print(tr("Shrinking against steady ({gone:,} and {kept:,})", gone=shrinking.gone, kept=shrinking.kept))
    _listed(shrinking)
    return 0


def lasting(chosen: argparse.Namespace) -> int:
    """Print how long each group lasts, with the interval and how many are still followed."""
    workspace = options.opened(chosen)
    found = workspace.risk.survival(chosen.by, chosen.as_of, chosen.lifecycle, chosen.days)
    if chosen.json:
        speaking.document(found.document())
        return 0
    if found.awaited == "renewal":
        print(tr("Lost means: the contract has ended."))
    else:
        print(tr("Lost means: no purchase for {days} days.", days=found.days))
    head = [tr("Group"), tr("Customers"), tr("Lost"), tr("Median days")]
    head += [tr("over {days} days", days=days) for days in MARKS]
    speaking.table(head, [_lasts(each) for each in found.curves])
    if found.left_out:
        one = "1 customer is in a group too small for a curve."
        print(speaking.counted(found.left_out, one, "{count:,} customers are in groups too small for a curve."))
    return 0


def _lasts(curve: "Curve") -> list[str]:
    shares = [_lasting(curve, days) for days in MARKS]
    median = "-" if curve.median is None else f"{curve.median:,}"
    return [curve.name or tr("all"), f"{curve.customers:,}", f"{curve.lost:,}", median, *shares]


def _lasting(curve: "Curve", days: int) -> str:
    """The part that lasts longer, with its interval; bare before anybody can be lost."""
    found = curve.at(days)
    if found is None:
        return "-"
    share, low, high = found
    lowest = f"{low:.1%}" if low > 0.99 else f"{low:.0%}"  # never rounded up to certainty
    return f"{share:.0%}" if days < curve.soonest else f"{share:.0%} ({lowest}–{high:.0%})"


def health(chosen: argparse.Namespace) -> int:
    """Print customers by health band, and how each band of the newest complete span fared."""
    workspace = options.opened(chosen)
    found = workspace.health.report(chosen.as_of, chosen.days)
    if chosen.json:
        speaking.document(found.document())
        return 0
    total = sum(found.now.values())
    head = [tr("Health"), tr("Customers"), tr("Share")]
    rows = [[tr(band), f"{count:,}", _share(count / total if total else None)] for band, count in found.now.items()]
    speaking.table(head, rows)
    if found.refused:
        print(speaking.said(found.refused))
        return 0
    assert found.cut is not None
    cut = speaking.moment(workspace.clock, found.cut.instant)
    print(tr("Scored as of {cut}, and what happened in the {days} days after:", cut=cut, days=found.days))
    head = [tr("Health"), tr("Customers"), tr("Lost"), tr("Share lost"), tr("Lift"), tr("Of all lost")]
    speaking.table(
        head,
        [
            [
                tr(each.band), f"{each.customers:,}", f"{each.lost:,}",
                _share(each.share), _times(each.lift), _share(each.caught),
            ]
            for each in found.fared
        ],
    )  # fmt: skip
    print(tr("AUC {auc}: how often a customer who was lost had the lower score.", auc=_plain(found.auc)))
    print(tr("Computed in {seconds:.1f} s.", seconds=found.seconds))
    return 0


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _said(found: "Losses") -> dict[str, Any]:
    listed = [asdict(driver) for driver in found.drivers]
    return {"cut": found.cut.text, "days": found.days, "gone": found.gone, "kept": found.kept, "drivers": listed}


def _listed(found: "Losses") -> None:
    for driver in found.drivers:
        print(f"  {driver.effect:.2f} ({driver.low:.2f}–{driver.high:.2f})  {driver.words.text(language())}")
    if not found.drivers:
        print("  " + tr("Nothing separates them beyond chance."))
