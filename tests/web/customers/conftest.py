"""Customers made the way the ring makes them: calls in the inbox, one turn of the worker."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest


@pytest.fixture
def happened(workspace: Any, db: None, changing: None) -> Callable[..., None]:
    """Bring in calls and let the worker take one turn: `happened(order("C1", 30, 100), …)`."""
    from tenure_web.worker import ring
    from tenure_web.worker import workspace as current_workspace

    def bring(*calls: dict[str, Any]) -> None:
        put(current_workspace.current(), calls)
        ring.load(datetime.now(UTC))

    return bring


def put(workspace: Any, calls: Sequence[dict[str, Any]]) -> None:
    """Calls into the inbox, as the till sends them."""
    now = datetime.now(UTC)
    source = workspace.collect.sources.named("Till", "tenure", now)
    workspace.collect.inbox.put(source, "record", json.dumps({"batch": calls}).encode(), now)


def order(customer: str, days_ago: float, amount: float, number: str = "") -> dict[str, Any]:
    """An order some days ago."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": customer,
        "timestamp": at.isoformat(),
        "messageId": f"{customer}-{days_ago}-{amount}",
        "properties": {
            "order_id": number or f"O-{customer}-{days_ago}",
            "total": amount,
            "currency": "CNY",
            "products": [{"product_id": "T1", "name": "龙井", "quantity": 2, "price": amount / 2}],
        },
    }


def person(customer: str, days_ago: float = 400, **traits: Any) -> dict[str, Any]:
    """A customer told us about themselves."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    said = {"type": "identify", "userId": customer, "timestamp": at.isoformat(), "messageId": f"{customer}-{days_ago}"}
    return {**said, "traits": traits}


def company(customer: str, days_ago: float, company: str, **traits: Any) -> dict[str, Any]:
    """A customer's app told us about the company."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    said = {"type": "group", "userId": customer, "timestamp": at.isoformat(), "messageId": f"{customer}-{days_ago}"}
    return {**said, "groupId": company, "traits": traits}


@pytest.fixture
def listed(db: None) -> None:
    """王小明, Anna Berg and C3 as the projections hold them: what lists need, without a store."""
    from tenure_web.customers import labels
    from tenure_web.customers.models import Customer, Place, State, sign

    labels.forget()
    now = datetime.now(UTC)
    known = [  # key, number, name, email, phone, days since the last order, orders, revenue, stage, segment
        (1, "C1", "王小明", "xiaoming@example.com", "13800138000", 3, 3, 43000, "retention", "champion"),
        (2, "C2", "Anna Berg", "anna@example.com", "", 300, 1, 6000, "churn", "about_to_lose"),
        (3, "C3", "", "", "", 10, 1, 4000, "conversion", "recent"),
    ]
    for key, number, name, email, phone, days, orders, revenue, stage, segment in known:
        text = f"{name} {number} {email} {phone}".lower()
        Customer.objects.create(
            customer_key=key, external_id=number, name=name, email=email, phone=phone, search=text, created_at=now
        )
        State.objects.create(
            customer_key=key,
            segment=labels.label_id("segment", segment),
            orders=orders,
            revenue=revenue,
            average_order=revenue // orders,
            last_order_at=now - timedelta(days=days),
            channel=labels.label_id("channel", "search" if key == 1 else "offline"),
            stages=sign(labels.label_id("stage", "growth", stage)),
        )
        Place.objects.create(
            customer_key=key,
            lifecycle=labels.label_id("lifecycle", "growth"),
            stage=labels.label_id("stage", "growth", stage),
            since=now.date(),
        )


CALLS = (
    person("C1", name="王小明", email="xiaoming@example.com", phone="13800138000", city="上海"),
    order("C1", 200, 100),
    order("C1", 20, 250),
    order("C1", 3, 80),
    person("C2", name="Anna Berg", email="anna@example.com"),
    order("C2", 300, 60),
    order("C3", 10, 40),
)


def three(workspace: Any) -> None:
    """The three customers, taken through the ring."""
    from tenure_web.worker import ring

    put(workspace, CALLS)
    ring.load(datetime.now(UTC))


@pytest.fixture
def tea(prepared: Callable[..., Any], request: pytest.FixtureRequest) -> Any:
    """王小明 who came back, Anna Berg who stopped, C3 whom nobody knows by name: facts and projections.

    Only to be read, unless the test asks for `changing`.
    """
    return prepared("tea", three, changing="changing" in request.fixturenames)


@pytest.fixture
def key(tea: None) -> Callable[[str], int]:
    """The key of the customer with this number."""
    from tenure_web.customers.models import Customer

    return lambda number: Customer.objects.get(external_id=number).pk
