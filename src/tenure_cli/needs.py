"""`tenure needs`: when customers order next and what to offer, and how well that would have been told."""

import argparse
from typing import TYPE_CHECKING, Any

from tenure_cli import options, speaking
from tenure_cli.speaking import Progress, tr

if TYPE_CHECKING:
    from tenure.workspace import Workspace

JOB = "needs"


def add(groups: Any) -> None:
    """tenure needs report|score|of."""
    made = groups.add_parser("needs", help=tr("when customers order next, and what to offer"))
    parts = made.add_subparsers(metavar="COMMAND", required=True)
    for name, text, run in (
        ("report", tr("how well the last basket and the last gap would have been told"), report),
        ("score", tr("work out everybody's next order and offers"), renew),
    ):
        options.as_of(options.command(parts, name, text, run))
    told = options.command(parts, "of", tr("one customer's next order and offers"), of)
    told.add_argument("customer", metavar="CUSTOMER")


def report(chosen: argparse.Namespace) -> int:
    """Compute and print both hold-outs."""
    found = options.opened(chosen).needs.report(chosen.as_of)
    if chosen.json:
        speaking.document(found.document())
        return 0
    text = "Held out: the last basket of {n:,} customers who bought on three days or more ({size:.1f} products each)."
    print(tr(text, n=found.customers, size=found.basket))
    speaking.table(
        [tr("Offered"), tr("Found of the basket, of ten offered"), tr("One or more right")],
        [[tr(row.method), f"{row.recall:.4f}", f"{row.hit:.1%}"] for row in found.baskets],
    )
    speaking.table(
        [tr("Next order expected by"), tr("Mean error, days")],
        [[tr(row.method), f"{row.mean_error:.1f}"] for row in found.gaps],
    )
    return 0


def renew(chosen: argparse.Namespace) -> int:
    """Work everybody's needs out; the worker does it where one runs."""
    workspace = options.opened(chosen)
    with speaking.bar(tr("Needs")) as progress:
        done = _renewed(workspace, {"as_of": chosen.as_of}, progress)
    if chosen.json:
        speaking.document(done)
        return 0
    text = "{n:,} customers, {offers:,} offers; the shop's middle gap is {gap:.0f} days. Worked out in {seconds:.1f} s."
    print(tr(text, n=done["customers"], offers=done["offers"], gap=done["middle_gap"], seconds=done["seconds"]))
    return 0


def _renewed(workspace: "Workspace", params: dict[str, Any], progress: Progress) -> dict[str, Any]:
    if workspace.is_being_written():
        from tenure_cli.handing import hand_over

        return hand_over(workspace, JOB, params, progress)
    with workspace.writing():
        return workspace.needs.renew(params["as_of"]).document()


def of(chosen: argparse.Namespace) -> int:
    """Print one customer's needs."""
    workspace = options.opened(chosen)
    found = workspace.needs.of(workspace.find(chosen.customer))
    if chosen.json:
        offers = [vars(each) for each in found.offers] if found else []
        day = found.next_day.isoformat() if found else None
        speaking.document({"customer": chosen.customer, "next_day": day, "offers": offers})
        return 0
    if found is None:
        print(tr("Nothing is known yet: tenure needs score"))
        return 0
    print(tr("Next order expected on {day} (every {gap:.0f} days).", day=found.next_day.isoformat(), gap=found.gap))
    for each in found.offers:
        note = tr("goes with {product}", product=each.because) if each.because else tr("bought before")
        print(f"  {each.place:>2}. {each.product}  ({note})")
    return 0
