"""`tenure value`: what customers will buy and be worth, and how well that would have been forecast."""

import argparse
from typing import TYPE_CHECKING, Any

from tenure_cli import options, speaking
from tenure_cli.speaking import Progress, tr

if TYPE_CHECKING:
    from tenure.value import Report, Row, Score
    from tenure.workspace import Workspace

JOB = "value"
OF_PURCHASES = "Held out from {cut} on, days: {days}. Customers of before: {customers:,}; purchases: {purchases:,}."
OF_RENEWALS = "Held out from {cut} on, days: {days}. Contracts that ran: {customers:,}; renewals: {purchases:,}."
NAMED = ("naive", "the same in whole purchases", "each contract's own risk")


def add(groups: Any) -> None:
    """tenure value report|fit|score."""
    parts = groups.add_parser("value", help=tr("what customers will buy and be worth")).add_subparsers(
        metavar="COMMAND", required=True
    )
    told = options.command(parts, "report", tr("how well the models forecast a time held out"), report)
    options.as_of(told)
    told.add_argument("--cut", metavar="T", help=tr("where to split the time (default: before the last third)"))
    for name, text in (
        ("fit", tr("fit the models anew and score everybody")),
        ("score", tr("score everybody; fit anew only when due or when customers drifted")),
    ):
        made = options.command(parts, name, text, renew)
        options.as_of(made)
        made.set_defaults(refit=name == "fit")


def report(chosen: argparse.Namespace) -> int:
    """Compute and print the hold-out table."""
    workspace = options.opened(chosen)
    found = workspace.value.report(chosen.as_of, chosen.cut)
    if chosen.json:
        speaking.document(found.document())
        return 0
    _told(workspace, found)
    if found.contracts:
        print()
        _told(workspace, found.contracts)
    return 0


def _told(workspace: "Workspace", found: "Report") -> None:
    """The hold-out of orders, or that of contracts."""
    renewals = found.awaited == "renewal"
    print(
        tr(
            OF_RENEWALS if renewals else OF_PURCHASES,
            days=found.days, cut=speaking.moment(workspace.clock, workspace.clock.parse(found.cut)),
            customers=found.customers, purchases=found.purchases,
        )
    )  # fmt: skip
    print(tr("Renewals") if renewals else tr("Purchases"))
    _figures([(row, row.purchases) for row in found.rows])
    spend = [(row, row.spend) for row in found.rows if row.spend]
    if spend:
        print(tr("Spend, in {currency}", currency=found.currency))
        _figures(spend, money=True, currency=found.currency)
    _remarks(found)


def _figures(rows: "list[tuple[Row, Score]]", money: bool = False, currency: str = "") -> None:
    from tenure.money import text

    def size(value: float) -> str:
        return text(round(value), currency) if money else f"{value:.4f}"

    head = [tr("Model"), tr("Bias"), "MAE", "RMSE", tr("Spearman"), tr("Gini"), tr("Calibration error"), ""]
    speaking.table(
        head,
        [
            [
                tr(row.model) if row.model in NAMED else speaking.said(row.model),
                _share(score.bias, "+"), size(score.mae), size(score.rmse),
                _plain(score.spearman), _plain(score.gini), _share(score.calibration),
                tr("← used") if row.chosen else "",
            ]
            for row, score in rows
        ],
    )  # fmt: skip


def _share(value: float | None, sign: str = "") -> str:
    return "-" if value is None else f"{value:{sign}.1%}"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _remarks(found: "Report") -> None:
    for note in found.notes:
        print(speaking.said(note))
    print(tr("Computed in {seconds:.1f} s.", seconds=found.seconds))


def renew(chosen: argparse.Namespace) -> int:
    """Score everybody, fitting first when asked or due; the worker does it where one runs."""
    workspace = options.opened(chosen)
    with speaking.bar(tr("Value")) as progress:
        done = _renewed(workspace, {"as_of": chosen.as_of, "refit": chosen.refit}, progress)
    if chosen.json:
        speaking.document(done)
        return 0
    moment = workspace.clock.parse(done["as_of"])
    day = speaking.moment(workspace.clock, moment)
    one, many = "1 customer scored as of {day} with {model}.", "{count:,} customers scored as of {day} with {model}."
    print(speaking.counted(done["customers"], one, many, day=day, model=done["model"]))
    if done["refitted"]:
        print(tr("Fitted anew in {seconds:.1f} s ({why}).", seconds=done["fit_seconds"], why=tr(done["why"])))
    print(tr("Scored in {seconds:.1f} s.", seconds=done["score_seconds"]))
    for note in done["notes"]:
        print(speaking.said(note))
    return 0


def _renewed(workspace: "Workspace", params: dict[str, Any], progress: Progress) -> dict[str, Any]:
    if workspace.is_being_written():
        from tenure_cli.handing import hand_over

        return hand_over(workspace, JOB, params, progress)
    with workspace.writing():
        return workspace.value.renew(params["as_of"], params["refit"]).document()
