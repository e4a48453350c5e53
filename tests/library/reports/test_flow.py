"""Lifecycle flow: every bar opens into exactly as many customers as it shows."""

from datetime import date
from typing import Any

import duckdb
import pytest

from tenure.reports import activity, flow_customers


@pytest.mark.parametrize("step", ["week", pytest.param("month", marks=pytest.mark.thorough)])
def test_each_bar_opens_into_its_customers(shop: duckdb.DuckDBPyConnection, step: Any) -> None:
    end = date(2026, 3, 2)
    seen = 0
    for period in activity(shop, date(2025, 11, 1), end, step):
        for kind in ("new", "returning", "resurrected", "dormant"):
            behind = flow_customers(shop, period.period, kind, end, step)
            assert behind.total == getattr(period, kind), (period, kind)
            seen += behind.total
    assert seen > 60
