"""Real customers of a real shop: on every day their stages are what plain Python makes of the plain file."""

from __future__ import annotations

import csv
import lzma
import os
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tenure.workspace import Workspace

REAL = Path(os.environ.get("TENURE_REAL_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")
FILE = REAL / "online_retail" / "online_retail.csv.xz"
LAST = date(2011, 12, 9)

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(
        not FILE.exists(), reason=f"REAL DATA MISSING: no {FILE}. Set TENURE_REAL_DATA to the folder that has it."
    ),
]

Documents = dict[str, dict[tuple[str, bool], tuple[date, Decimal]]]


@pytest.fixture(scope="module")
def shop(retail: Workspace) -> Workspace:
    """Online Retail, as of the day after its last."""
    return retail


@pytest.fixture(scope="module")
def documents() -> Documents:
    """Customer → (invoice, whether it gives money back) → first day and exact sum, read line by line."""
    first: dict[str, datetime] = {}
    sums: dict[tuple[str, str, bool], Decimal] = defaultdict(Decimal)
    with lzma.open(FILE, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["CustomerID"]:
                at, back = datetime.fromisoformat(row["InvoiceDate"]), row["InvoiceNo"].startswith("C")
                first[row["InvoiceNo"]] = min(first.get(row["InvoiceNo"], at), at)
                key = (row["CustomerID"], row["InvoiceNo"], back or int(row["Quantity"]) < 0)
                sums[key] += Decimal(row["UnitPrice"]) * int(row["Quantity"])
    found: Documents = defaultdict(dict)
    for (customer, invoice, back), total in sums.items():
        found[customer][invoice, back] = (first[invoice].date(), total)
    return found


def slow_features(documents: Mapping[tuple[str, bool], tuple[date, Decimal]], day: date) -> dict[str, Any] | None:
    """The features of one customer at the end of a day, counted on the fingers. Unknown things are absent."""
    past = {key: value for key, value in documents.items() if value[0] <= day}
    if not past:
        return None
    orders = [(at, _pence(total)) for (_, back), (at, total) in past.items() if not back]
    money = [(at, _pence(total)) for at, total in past.values()]
    row: dict[str, Any] = dict.fromkeys(ZEROES, 0)
    for key, days in (("orders_30d", 30), ("orders_90d", 90), ("orders_365d", 365)):
        row[key] = sum(1 for at, _ in orders if (day - at).days <= days)
    for key, days in (("revenue_90d", 90), ("revenue_365d", 365)):
        row[key] = sum(pence for at, pence in money if (day - at).days <= days)
    row |= {"orders": len(orders), "revenue": sum(pence for _, pence in money), "sales": sum(p for _, p in orders)}
    row |= {"refunds": len(past) - len(orders), "subscription_active": False}
    days_ordered = sorted({at for at, _ in orders})
    row["order_days"] = len(days_ordered)
    if orders:
        row["days_since_first_order"] = (day - days_ordered[0]).days
        row["days_since_last_order"] = (day - days_ordered[-1]).days
        row["average_order"] = row["sales"] / len(orders)
    if len(days_ordered) > 1:
        gaps = [(b - a).days for a, b in pairwise(days_ordered)]
        row["median_gap_days"] = float(median(gaps))
    seen = sorted(at for at, _ in past.values())
    row |= {"days_since_first_seen": (day - seen[0]).days, "days_since_last_seen": (day - seen[-1]).days}
    return row


ZEROES = (
    "visits_30d carts_30d tickets_90d signups subscriptions_started subscriptions_cancelled emails_opened_90d referrals"
    " categories"
).split()


def _pence(total: Decimal) -> int:
    return int((total * 100).quantize(Decimal(1), ROUND_HALF_UP))


def with_derived(shop: Workspace, row: dict[str, Any]) -> dict[str, Any]:
    """The derived features, by the one-customer evaluator of the definitions."""
    for feature in shop.definitions.in_order():
        if feature.expression is not None:
            row[feature.key] = feature.expression.evaluate(row)
    return row


def test_every_stage_on_every_day_agrees_with_the_slow_way(shop: Workspace, documents: Documents) -> None:
    customers = sorted(documents, key=lambda name: (-len(documents[name]), name))
    chosen = customers[:2] + customers[100:3000:700] + customers[-2:]
    checked, wrong = 0, []
    for customer in chosen:
        stays = shop.history(shop.find(customer))
        first = min(at for at, _ in documents[customer].values())
        for step in range(0, (LAST - first).days + 1, 6):
            day = first + timedelta(days=step)
            features = slow_features(documents[customer], day)
            assert features is not None
            row = with_derived(shop, features)
            for lifecycle in shop.definitions.lifecycles.values():
                quick = [s.stage for s in stays if s.lifecycle == lifecycle.key and s.entered <= day
                         and (s.left is None or s.left > day)]  # fmt: skip
                slow = lifecycle.assign(row).key
                checked += 1
                if quick != [slow]:
                    wrong.append((customer, lifecycle.key, day, slow, quick))
    assert checked > 1000
    assert wrong == []


def test_the_run_and_the_histories_end_in_the_same_stages(shop: Workspace) -> None:
    snapshot = shop.store.snapshot().connect()
    for lifecycle in shop.definitions.lifecycles:
        kept = dict(snapshot.execute(
            'SELECT stage, count(*) FROM stage_history WHERE lifecycle = ? AND "left" IS NULL GROUP BY 1', [lifecycle]
        ).fetchall())  # fmt: skip
        counts = shop.standing().counts(lifecycle)
        assert {stage: count for stage, count in counts.items() if count} == kept
        assert sum(counts.values()) == 4372


def test_the_moves_of_a_period_lead_from_its_first_counts_to_its_last(shop: Workspace) -> None:
    before, after = shop.standing("2011-10-01").counts("growth"), shop.standing("2011-12-01").counts("growth")
    for move in shop.moves("2011-10-01", "2011-12-01", "growth"):
        if move.from_stage:
            before[move.from_stage] -= move.count
        before[move.to_stage] += move.count
    assert before == after


def test_the_eight_segments_and_the_prospects_are_everybody(shop: Workspace) -> None:
    standing = shop.standing("2011-12-01")
    assert sum(standing.segment_counts().values()) == standing.customers
    assert all(standing.segment_counts()[key] > 0 for key in standing.segment_counts())
