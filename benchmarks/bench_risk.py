"""Risk of loss: learning it, and scoring everybody, from the store."""

from __future__ import annotations

from benchmarks import shops
from benchmarks.measure import watch


def learn(folder: str) -> str:
    """Tenure: examples at past cuts, boosted trees and the line, calibrated and chosen."""
    from tenure.risk.churn import learn
    from tenure.risk.examples import choose_horizon
    from tenure.risk.report import chosen, cuts_of

    workspace = shops.opened(folder)
    clock, con = workspace.clock, workspace.store.snapshot().connect()
    with watch():
        horizon = choose_horizon(con, clock.as_of())
        cuts = cuts_of(con, workspace.definitions, clock, clock.as_of(), horizon.days)
        model = chosen(learn(horizon.days, cuts), cuts[0])
    return f"{model.kind}, {model.days} days, {len(cuts)} cuts"


def score(folder: str) -> int:
    """Tenure: everybody's features as of now, and the chance of loss by boosted trees."""
    from tenure.risk.churn import fit
    from tenure.risk.examples import choose_horizon, examples
    from tenure.risk.report import cuts_of

    workspace = shops.opened(folder)
    clock, con = workspace.clock, workspace.store.snapshot().connect()
    horizon = choose_horizon(con, clock.as_of())
    cuts = cuts_of(con, workspace.definitions, clock, clock.as_of(), horizon.days)[:2]
    model = fit("boosting", horizon.days, cuts[1:], cuts[0])
    with watch():
        found = examples(con, workspace.definitions, clock, clock.as_of(), None)
        chances = model.probability(found.values)
    return len(chances)


def survival(folder: str) -> int:
    """Tenure: how long customers last, by channel."""
    workspace = shops.opened(folder)
    with watch():
        found = workspace.risk.survival("channel")
    return sum(curve.customers for curve in found.curves)
