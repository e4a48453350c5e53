"""A board with a hand-made past: stays and months written straight into the store's derived tables."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

TODAY = timedelta(0)


@pytest.fixture
def stays(prepared: Callable[..., Any]) -> Any:
    """Ten customers in acquisition for 100 days; four of them moved on 5 days ago, one of these left today."""
    return prepared("stays", ten)


def ten(workspace: Any) -> None:
    """Write their past."""
    from tenure_web.customers import labels
    from tenure_web.customers.models import Customer, Place, SyncMark

    today: date = workspace.clock.as_of().day
    rows = []
    for key in range(1, 11):
        moved = today - timedelta(days=5) if key <= 4 else None
        rows.append((key, "acquisition", today - timedelta(days=100), moved, None))
        if moved:
            left = today if key == 1 else None
            rows.append((key, "conversion", moved, left, "acquisition"))
        if key == 1:
            rows.append((key, "churn", today, None, "conversion"))
        stage = "churn" if key == 1 else "conversion" if key <= 4 else "acquisition"
        Customer.objects.create(customer_key=key, name=f"客户{key}", created_at=workspace.clock.now())
        Place.objects.create(
            customer_key=key,
            lifecycle=labels.label_id("lifecycle", "growth"),
            stage=labels.label_id("stage", "growth", stage),
            since=today,
        )
    con = workspace.store.connect()
    con.execute('CREATE TEMP TABLE s (customer_key BIGINT, stage VARCHAR, entered DATE, "left" DATE, previous VARCHAR)')
    con.executemany("INSERT INTO s VALUES (?, ?, ?, ?, ?)", rows)
    workspace.store.append("stage_history", con, "SELECT *, 'growth' AS lifecycle, 'event' AS cause FROM s")
    months = [(today.replace(day=1) - timedelta(days=1)).replace(day=1), today.replace(day=1)]
    con.execute("CREATE TEMP TABLE m (customer_key BIGINT, month DATE, segment VARCHAR, revenue BIGINT)")
    con.executemany(
        "INSERT INTO m VALUES (?, ?, ?, ?)",
        [(key, months[0], "champion", 100) for key in range(1, 41)]
        + [(key, months[1], "champion" if key <= 20 else "at_risk", 100) for key in range(1, 43)],
    )
    workspace.store.append("segment_history", con, "SELECT * FROM m")
    con.close()
    SyncMark.objects.create(pk=1, version=7)
