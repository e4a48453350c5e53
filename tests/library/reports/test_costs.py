"""Costs by period and CAC by channel, against a slow second way: day by day, person by person."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tenure.reports import cac, spent
from tests.examples import examples

CHANNELS = ("search", "social", "referral")
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def ledger(rng: random.Random) -> list[tuple[date, date, str, str, int]]:
    found = []
    for _ in range(40):
        first = date(2026, 1, 1) + timedelta(days=rng.randrange(40))
        kind = rng.choice(("advertising", "research", "sales"))
        found.append(
            (
                first,
                first + timedelta(days=rng.randrange(20)),
                rng.choice(CHANNELS),
                kind,
                rng.randrange(examples(999, thorough=9999)),
            )
        )
    return found


def by_day(costs: list[tuple[date, date, str, str, int]], start: date, end: date) -> Counter[tuple[str, str]]:
    """Each cost dealt out cent by cent, the days in turn as their share falls due."""
    total: Counter[tuple[str, str]] = Counter()
    for first, last, channel, kind, amount in costs:
        days = (last - first).days + 1
        for cent in range(amount):
            day = -(-(cent + 1) * days // amount) - 1  # the first day by whose end this cent is due
            if start <= first + timedelta(days=day) < end:
                total[channel, kind] += 1
    return total


def told(workspace: Any, rng: random.Random) -> dict[str, tuple[str | None, date, date | None]]:
    """People with the channel they said first, the day they were first seen, the day of the first order or contract."""
    people: dict[str, tuple[str | None, date, date | None]] = {}
    calls: list[dict[str, Any]] = []
    for number in range(60):
        user, seen = f"c{number}", date(2026, 1, 1) + timedelta(days=rng.randrange(40))
        channel = rng.choice((*CHANNELS, None))
        bought = seen + timedelta(days=rng.randrange(20)) if rng.random() < 0.6 else None
        people[user] = (channel, seen, bought)
        said = {"channel": channel} if channel else {}
        calls.append({"type": "track", "event": "Signed Up", "userId": user, "timestamp": f"{seen}T10:00:00Z",
            "properties": said})  # fmt: skip
        if bought:
            order = {"order_id": f"o{number}", "total": 5, "channel": "later" if channel else None}
            for days, event in enumerate(("Order Completed", "Subscription Started")[:: 1 if number % 3 else -1]):
                calls.append({"type": "track", "event": event, "userId": user,
                    "timestamp": f"{bought + timedelta(days=days)}T11:00:00Z", "properties": order})  # fmt: skip
    rng.shuffle(calls)
    collect = workspace.collect
    collect.accept("import", json.dumps({"batch": calls}).encode(), [collect.sources.create_key("s", NOW)], NOW)
    collect.drain_all()
    return people


def test_cac_by_channel_equals_counting_by_hand(workspace: Any, tmp_path: Path) -> None:
    rng = random.Random(7)
    costs, people = ledger(rng), told(workspace, rng)
    lines = [f"{first},{last},{channel},{kind},{amount / 100:.2f}" for first, last, channel, kind, amount in costs]
    path = tmp_path / "costs.csv"
    path.write_text("from,to,channel,kind,amount\n" + "\n".join(lines) + "\n")
    workspace.collect.load_costs(path, {name: name for name in ("from", "to", "channel", "kind", "amount")})
    con = workspace.store.snapshot().connect()
    edges = [date(2026, 1, 1), date(2026, 1, 20), date(2026, 2, 3), date(2026, 4, 1)]
    for start, end in itertools.pairwise(edges):
        expected = by_day(costs, start, end)
        found = {entry.channel: entry for entry in cac(con, start, end, "CNY")}
        for channel in (*CHANNELS, None):
            mine = [(seen, bought) for said, seen, bought in people.values() if said == channel]
            buyers = sum(1 for _, bought in mine if bought and start <= bought < end)
            entry = found.get(channel)
            amount = sum(count for (where, _), count in expected.items() if where == channel)
            assert (entry.amount if entry else 0, entry.buyers if entry else 0) == (amount, buyers)
            assert (entry.people if entry else 0) == sum(1 for seen, _ in mine if start <= seen < end)
            assert entry is None or entry.cac == (amount / buyers if buyers else None)
    whole = spent(con, edges[0], edges[-1], "CNY")
    assert sum(entry.amount for entry in whole) == sum(cost[4] for cost in costs)
    assert spent(con, edges[0], edges[-1], "USD") == ()
