"""Needs: everything for everybody from the store, and the judgement on time held out."""

from dataclasses import asdict
from datetime import timedelta

from benchmarks import shops
from benchmarks.measure import watch


def everybody(folder: str) -> dict[str, int]:
    """Tenure: next orders, seven kinds of offers, what is due, bundles and affinities, written nowhere."""
    from tenure.needs import Limits, make_offers
    from tenure.needs.affinity import make_affinities
    from tenure.needs.rhythm import learn, read

    workspace = shops.opened(folder)
    con, now = workspace.store.snapshot().connect(), workspace.clock.as_of()
    with watch():
        rhythms = read(con, now)
        learn(rhythms).days(rhythms)
        make_offers(con, now, Limits())
        make_affinities(con)
    tables = {"offered": "offers", "due": "due", "bundles": "bundles", "affinities": "affinities"}
    return {name: con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table, name in tables.items()}


def judged(folder: str) -> list[dict[str, object]]:
    """Tenure: each kind of offer as of ninety days ago against what was bought since."""
    from tenure.needs import Limits
    from tenure.needs.judge import judge

    workspace = shops.opened(folder)
    con, now = workspace.store.snapshot().connect(), workspace.clock.as_of()
    with watch():
        found = judge(con, workspace.clock.as_of(now.day - timedelta(days=90)), now, Limits())
    return [asdict(each) for each in found]
