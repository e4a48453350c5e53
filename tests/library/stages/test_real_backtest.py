"""The backtest of a real shop, month by month, against plain Python over the plain file."""

from datetime import date, timedelta

import numpy as np
import pytest

from tenure.stages import Backtest, backtest
from tenure.workspace import Workspace
from tests.library.stages.test_real_history import (
    FILE,
    Documents,
    documents,
    shop,
    slow_features,
    with_derived,
)

__all__ = ["documents", "shop"]  # fixtures

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(
        not FILE.exists(), reason=f"REAL DATA MISSING: no {FILE}. Set TENURE_REAL_DATA to the folder that has it."
    ),
]
MONTHS = tuple(date(2011, month, 1) for month in range(1, 10))
Rows = list[tuple[date, str, int, bool]]
ORDER = ("churn", "acquisition", "activation", "conversion", "retention")


@pytest.fixture(scope="module")
def rows(shop: Workspace, documents: Documents) -> Rows:
    """(month, stage of growth as of its first instant, pence of the next 90 days, whether there was an order)."""
    found = []
    lifecycle = shop.definitions.lifecycles["growth"]
    for month in MONTHS:
        until = month + timedelta(days=90)
        for mine in documents.values():
            known = slow_features({key: value for key, value in mine.items() if value[0] < month}, month)
            if known is not None:
                later = [(back, total) for (_, back), (at, total) in mine.items() if month <= at < until]
                pence = sum(round(total * 100) for _, total in later)
                stage = lifecycle.assign(with_derived(shop, known)).key
                found.append((month, stage, pence, any(not back for back, _ in later)))
    return found


@pytest.fixture(scope="module")
def found(shop: Workspace) -> Backtest:
    return backtest(shop.store.snapshot(), shop.definitions, "growth", shop.clock, shop.clock.as_of())


def test_a_real_years_backtest_is_what_plain_python_says(found: Backtest, rows: Rows) -> None:
    assert found.months == MONTHS
    assert found.customers == len(rows)
    for outcome in found.stages:
        mine = [(pence, ordered) for _, stage, pence, ordered in rows if stage == outcome.stage]
        assert outcome.customers == len(mine), outcome.stage
        if mine:
            assert outcome.revenue == pytest.approx(np.mean([pence for pence, _ in mine]), rel=1e-9)
            assert outcome.loss == pytest.approx(np.mean([not ordered for _, ordered in mine]), rel=1e-12)


def test_a_real_years_area_under_the_curve_is_that_of_scikit_learn(found: Backtest, rows: Rows) -> None:
    from sklearn.metrics import roc_auc_score

    points = pairs = 0.0
    for month in MONTHS:
        ordered = np.array([kept for at, _, _, kept in rows if at == month])
        ranks = np.array([ORDER.index(stage) for at, stage, _, _ in rows if at == month])
        weight = float(ordered.sum() * (~ordered).sum())
        points, pairs = points + roc_auc_score(ordered, ranks) * weight, pairs + weight

    assert found.separation.order_loss == pytest.approx(points / pairs, abs=1e-9)
