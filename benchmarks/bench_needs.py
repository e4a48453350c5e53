"""Needs: everything for everybody from the store, and the judgement on time held out."""

import os
import shutil
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

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


def renewed(folder: str) -> int:
    """Tenure: the whole step as the worker does it: worked out, judged and written, in a copy of the shop."""
    import tenure

    with TemporaryDirectory(dir=shops.cache()) as made:
        copy = Path(made) / "shop"
        shutil.copytree(folder, copy, copy_function=_linked)
        workspace = tenure.open(copy)
        with workspace.writing(), watch():
            done = workspace.needs.renew(judge=True)
    return done.offers


def _linked(source: str, target: str) -> None:
    """Files of a table are never written again, so that a link will do."""
    (os.link if source.endswith(".parquet") else shutil.copy2)(source, target)


def judged(folder: str) -> list[dict[str, object]]:
    """Tenure: each kind of offer as of ninety days ago against what was bought since."""
    from tenure.needs import Limits
    from tenure.needs.judge import judge

    workspace = shops.opened(folder)
    con, now = workspace.store.snapshot().connect(), workspace.clock.as_of()
    with watch():
        found = judge(con, workspace.clock.as_of(now.day - timedelta(days=90)), now, Limits())
    return [asdict(each) for each in found]
