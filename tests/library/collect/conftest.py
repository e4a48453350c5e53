"""A shop that takes events in, and short ways to say what was sent and what became of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tenure.collect import Collect, LoadResult

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


class Shop:
    """Lin's shop as a client sees it."""

    def __init__(self, collect: Collect, source: str = "site") -> None:
        self.collect = collect
        self.key = collect.sources.create_key(source, NOW)

    def send(self, *calls: Any, at: datetime = NOW, endpoint: str = "batch", key: str | None = None) -> int:
        """Send calls as one batch, or one body as bytes."""
        body = calls[0] if calls and isinstance(calls[0], bytes) else json.dumps({"batch": calls}).encode()
        return self.collect.accept(endpoint, body, [key or self.key], at)

    def load(self, *calls: Any, at: datetime = NOW) -> LoadResult:
        """Send calls and load them."""
        self.send(*calls, at=at)
        return self.collect.drain()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """What the store shows."""
        con = self.collect.store.snapshot().connect()
        try:
            return con.execute(query).fetchall()
        finally:
            con.close()

    def person(self, *identifiers: str) -> int:
        """The customer behind identifiers that all belong to one."""
        found = {self.collect.find(identifier) for identifier in identifiers}
        assert len(found) == 1, found
        key = found.pop()
        assert key is not None
        return key


@pytest.fixture
def shop(workspace: Any) -> Shop:
    return Shop(workspace.collect)


def order(order_id: str, total: float | str, user: str = "lin", **more: Any) -> dict[str, Any]:
    """An Order Completed call."""
    properties = {"order_id": order_id, "revenue": total, "currency": "CNY", **more.pop("properties", {})}
    return {"type": "track", "userId": user, "event": "Order Completed", "properties": properties, **more}
