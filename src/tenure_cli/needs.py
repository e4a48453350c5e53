"""`tenure needs`: when customers order next, what to offer and why, what sells; how well that would have been told."""

import argparse
from typing import TYPE_CHECKING, Any

from tenure import money
from tenure.errors import UsageError
from tenure_cli import options, speaking
from tenure_cli.speaking import Progress, tr

if TYPE_CHECKING:
    from tenure.definitions import Words
    from tenure.needs import Offer, Report
    from tenure.workspace import Workspace

JOB = "needs"


def add(groups: Any) -> None:
    """tenure needs report|score|of|due|products."""
    made = groups.add_parser("needs", help=tr("when customers order next, and what to offer"))
    parts = made.add_subparsers(metavar="COMMAND", required=True)
    for name, text, run in (
        ("report", tr("how well the last basket and the last gap would have been told"), report),
        ("score", tr("work out everybody's next order and offers"), renew),
    ):
        options.as_of(options.command(parts, name, text, run))
    again = options.command(parts, "due", tr("who needs which product again, and when"), due)
    again.add_argument(
        "--within", metavar="DAYS", default="14", help=tr("due within so many days from today, or overdue (default 14)")
    )
    options.command(parts, "products", tr("best and slow sellers, and bundles"), products)
    told = options.command(parts, "of", tr("one customer's next order and offers"), of)
    told.add_argument("customer", metavar="CUSTOMER", help=tr("your id of the customer, its e-mail address or phone"))


def report(chosen: argparse.Namespace) -> int:
    """Compute and print both hold-outs."""
    found = options.opened(chosen).needs.report(chosen.as_of)
    if chosen.json:
        speaking.document(found.document())
        return 0
    one = "Held out: the last basket of 1 who bought on three days or more (products: {size:.0f})."
    many = "Held out: the last basket of {count:,} who bought on three days or more ({size:.1f} products each)."
    print(speaking.counted(found.customers, one, many, size=found.basket))
    speaking.table(
        [tr("Offered"), tr("Found of the basket, of ten offered"), tr("One or more right")],
        [[tr(row.method), f"{row.recall:.4f}", f"{row.hit:.1%}"] for row in found.baskets],
    )
    speaking.table(
        [tr("Next order expected by"), tr("Mean error, days")],
        [[tr(row.method), f"{row.mean_error:.1f}"] for row in found.gaps],
    )
    _kinds(found)
    return 0


def _kinds(found: "Report") -> None:
    """The kinds of offers on the days held out, and the intervals of products."""
    from tenure.needs import kind_words

    print(
        tr(
            "Offers made {days} days ago to those who bought since, against as many of what sells most:",
            days=found.days,
        )
    )
    heads = tr("Kind"), tr("Offers"), tr("Bought"), tr("Baseline"), tr("Customers who bought one"), tr("Baseline")
    speaking.table(
        list(heads),
        [
            [
                speaking.title(kind_words(row.kind)),
                f"{row.offers:,}",
                f"{row.found:.1%}",
                f"{row.baseline_found:.1%}",
                f"{row.hit:.1%}",
                "" if row.baseline_hit is None else f"{row.baseline_hit:.1%}",
            ]
            for row in found.kinds
        ],
    )
    speaking.table(
        [tr("A product is needed again by"), tr("Mean error, days")],
        [[tr(row.method), f"{row.mean_error:.1f}"] for row in found.intervals],
    )


def renew(chosen: argparse.Namespace) -> int:
    """Work everybody's needs out; the worker does it where one runs."""
    workspace = options.opened(chosen)
    with speaking.bar(tr("Needs")) as progress:
        done = _renewed(workspace, {"as_of": chosen.as_of}, progress)
    if chosen.json:
        speaking.document(done)
        return 0
    text = "Customers: {n:,}; offers: {offers:,}; days between orders: {gap:.0f}. Worked out in {seconds:.1f} s."
    print(tr(text, n=done["customers"], offers=done["offers"], gap=done["middle_gap"], seconds=done["seconds"]))
    return 0


def _renewed(workspace: "Workspace", params: dict[str, Any], progress: Progress) -> dict[str, Any]:
    if workspace.is_being_written():
        from tenure_cli.handing import hand_over

        return hand_over(workspace, JOB, params, progress)
    with workspace.writing():
        return workspace.needs.renew(params["as_of"]).document()


def due(chosen: argparse.Namespace) -> int:
    """Print who needs which product again."""
    from tenure import needs

    workspace = options.opened(chosen)
    if chosen.within != "overdue" and not chosen.within.isdecimal():
        raise UsageError(tr('--within takes a number of days or "overdue", not "{word}".', word=chosen.within))
    con = workspace.store.snapshot().connect()
    rows = needs.awaited(con, workspace.clock.as_of().day, chosen.within, count=None)
    names = dict(con.execute("SELECT customer_key, external_id FROM customers").fetchall()) if rows else {}
    listed = [{**vars(row), "customer": names.get(row.customer_key) or str(row.customer_key)} for row in rows]
    if chosen.json:
        days = {"last_day", "due_day"}
        speaking.document([{k: v.isoformat() if k in days else v for k, v in row.items()} for row in listed])
        return 0
    if not rows:
        print(tr("Nothing is due then."))
        return 0
    speaking.table(
        [tr("Customer"), tr("Product"), tr("Times bought"), tr("Last bought"), tr("Usually after"), tr("Due")],
        [
            [
                each["customer"],
                row.title,
                str(row.times),
                row.last_day.isoformat(),
                f"{row.days:.0f}",
                row.due_day.isoformat(),
            ]
            for each, row in zip(listed, rows, strict=True)
        ],
    )
    return 0


def products(chosen: argparse.Namespace) -> int:
    """Print best and slow sellers, and bundles."""
    from tenure import needs

    workspace = options.opened(chosen)
    con, today = workspace.store.snapshot().connect(), workspace.clock.as_of().day
    best, slow, bundles = needs.best(con, today), needs.slow(con, today), needs.bundles(con)
    if chosen.json:
        told = {"best": [vars(row) for row in best], "slow": [vars(row) for row in slow]}
        plain = {
            kind: [{**row, "last_day": row["last_day"].isoformat()} for row in rows] for kind, rows in told.items()
        }
        speaking.document({**plain, "bundles": [vars(row) for row in bundles]})
        return 0
    if not best and not slow:
        print(tr("Nothing is known yet: tenure needs score"))
        return 0
    for name, rows in ((tr("Best sellers"), best), (tr("Slow sellers"), slow)):
        print(tr("{name}, last {days} days", name=name, days=needs.LATELY))
        speaking.table(
            [tr("Product"), tr("Pieces"), tr("Before"), tr("Revenue"), tr("Days since the last sale")],
            [
                [row.title, f"{row.units:,.0f}", f"{row.units_before:,.0f}",
                 money.text(row.revenue, workspace.settings.currency), str(row.idle)]
                for row in rows
            ],
        )  # fmt: skip
    speaking.table(
        [tr("Bundle"), tr("Baskets"), tr("Times as often as by chance")],
        [[" + ".join(row.titles), f"{row.baskets:,}", f"{row.lift:.1f}"] for row in bundles],
    )
    return 0


def of(chosen: argparse.Namespace) -> int:
    """Print one customer's needs."""
    from tenure.needs import KINDS, kind_words, reason

    workspace = options.opened(chosen)
    found, today = workspace.needs.of(workspace.find(chosen.customer)), workspace.clock.as_of().day
    listed = sorted(found.offers, key=lambda each: KINDS.index(each.kind)) if found else []
    why = [reason(each, today, workspace.settings.currency) for each in listed]
    if chosen.json:
        offers = [_plain(each, words) for each, words in zip(listed, why, strict=True)]
        day = found.next_day.isoformat() if found else None
        basket = found.basket if found else ()
        speaking.document({"customer": chosen.customer, "next_day": day, "basket": basket, "offers": offers})
        return 0
    if found is None:
        print(tr("Nothing is known yet: tenure needs score"))
        return 0
    one, many = "Next order expected on {day} (every day).", "Next order expected on {day} (every {count} days)."
    print(speaking.counted(round(found.gap), one, many, day=found.next_day.isoformat()))
    kind = ""
    for each, words in zip(listed, why, strict=True):
        if each.kind != kind:
            print(speaking.title(kind_words(each.kind)))
        kind = each.kind
        print(f"  {each.place:>2}. {each.title}  ({speaking.title(words)})")
    return 0


def _plain(offer: "Offer", why: "Words") -> dict[str, Any]:
    return {**vars(offer), "day": offer.day.isoformat() if offer.day else None, "why": {"en": why.en, "zh": why.zh}}
