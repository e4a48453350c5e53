"""What the value page shows: the whole, how it is spread, by whom it is held, what winning them may cost."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from itertools import accumulate, pairwise
from typing import Any

import duckdb
from django.db import connection
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from tenure import money
from tenure.definitions import Definitions
from tenure.reports.costs import ChannelCost, cac
from tenure.value import CONTRACTS
from tenure.workspace import Workspace
from tenure_web.customers.channels import words as channel_words
from tenure_web.customers.columns import Badge, stage_badges
from tenure_web.customers.labels import label_ids, label_key
from tenure_web.customers.models import Place, State
from tenure_web.theme.templatetags.look import compact, told

__all__ = ["Contracts", "Group", "Worth", "channels", "groups", "spread", "whole"]

CLOSE = 20  # times: values within so much are shown on even steps
MOST_BARS = 10
CEILING = 1 / 3  # of a new customer's value: what winning one may cost at most, by the usual rule of three to one


@dataclass(frozen=True)
class Contracts:
    """What contracts bring of everybody's value: of how many, how many renewals, how much."""

    customers: int
    renewals: float
    value: int


@dataclass(frozen=True)
class Worth:
    """Everybody's value in the next year: the sum, the middle, how many are still buying, by which model.

    `part` is what contracts bring of it; None where there are none.
    """

    customers: int
    total: int
    median: int | None
    alive: float
    purchases: float
    model: str
    as_of: Any
    part: Contracts | None = None

    @property
    def contracts(self) -> bool:
        """Whether it is what contracts bring, and nothing else."""
        return self.model == CONTRACTS

    @property
    def both(self) -> bool:
        """Whether orders and contracts are valued beside each other."""
        return self.part is not None and not self.contracts

    @property
    def of_orders(self) -> int:
        """What orders bring."""
        return self.total - (self.part.value if self.part else 0)

    @property
    def orders(self) -> float:
        """How many purchases are expected."""
        return self.purchases - (self.part.renewals if self.part else 0.0)


@dataclass(frozen=True)
class Group:
    """Some customers and what they are worth together and each. `href` opens them in the list."""

    title: str
    href: str
    customers: int
    total: int
    mean: float
    share: float
    badge: Badge | None = None
    kind: str = ""
    cost: ChannelCost | None = None

    @property
    def ratio(self) -> float | None:
        """CLV : CAC, where a cost was imported and somebody was won."""
        return self.mean / self.cost.cac if self.cost and self.cost.cac else None

    @property
    def ceiling(self) -> float:
        """What winning one more customer like these may cost."""
        return self.mean * CEILING


def whole(con: duckdb.DuckDBPyConnection) -> Worth | None:
    """The sum of all; None before anybody was scored."""
    row = con.execute(
        "SELECT count(*), coalesce(sum(value), 0), median(value), sum(alive), sum(purchases), any_value(model),"
        " max(as_of) FROM value"
    ).fetchall()[0]
    if not row[0]:
        return None
    middle = None if row[2] is None else round(row[2])
    return Worth(row[0], int(row[1]), middle, *row[3:6], row[6].replace(tzinfo=UTC), _contracts(con))


def _contracts(con: duckdb.DuckDBPyConnection) -> Contracts | None:
    row = con.execute(
        "SELECT count(*) FILTER (WHERE renewals > 0), sum(renewals), coalesce(sum(value), 0) FROM renewals"
    ).fetchall()[0]
    return None if row[1] is None else Contracts(row[0], row[1], int(row[2]))


def spread(con: duckdb.DuckDBPyConnection, currency: str) -> dict[str, Any]:
    """How many customers are worth how much: bars on round steps, even ones where values lie close, else 1, 2, 5."""
    rows = con.execute("SELECT value, count(*) FROM value WHERE value IS NOT NULL GROUP BY 1 ORDER BY 1").fetchall()
    edges = _edges(*_usual(rows), max((value for value, _ in rows), default=0))
    counts = [0] * len(edges)
    for value, n in rows:
        counts[bisect_right(edges, value, 1) - 1] += n
    said = [_round(edge, currency) for edge in edges]
    names = [f"{low} – {high}" for low, high in pairwise(said)] + [_("%(low)s and more") % {"low": said[-1]}]
    sign = money.text(0, currency).split("0", 1)[0]
    brief = [f"{sign}{compact(float(money.major(edge, currency)))}" for edge in edges]  # where each bar begins
    return {"x": names, "brief": brief, "series": [{"name": _("Customers"), "values": counts, "colour": "stage-5"}]}


def _usual(rows: list[tuple[int, int]]) -> tuple[int, int]:
    """What the middle nine tenths of all who are worth something are worth: from, to."""
    worth = [(value, n) for value, n in rows if value > 0]
    seen = list(accumulate(n for _, n in worth))
    if not seen:
        return 0, 0
    return tuple(worth[bisect_right(seen, part * (seen[-1] - 1))][0] for part in (0.05, 0.95))  # type: ignore[return-value]


def _edges(low: int, high: int, most: int) -> list[int]:
    """Where bars begin: on even steps when the largest of the usual values are a few times the smallest."""
    if low and high <= CLOSE * low:
        step = next(step for step in _steps(high) if step * MOST_BARS > high)
        return list(range(0, high + 1, step))
    return [0, *(step for step in _steps(most) if step * 500 >= most and step <= most)][:12]


def _steps(most: int) -> Iterator[int]:
    """1, 2, 5, 10, 20, 50 … as far as they are needed."""
    step = 1
    while step <= most:
        yield from (step, step * 2, step * 5)
        step *= 10
    yield step


def _round(edge: int, currency: str) -> str:
    """¥50 of 5000: round numbers need no cents."""
    exact = money.text(edge, currency)
    return exact.partition(".")[0] if money.major(edge, currency) % 1 == 0 else exact


def groups(workspace: Workspace, con: duckdb.DuckDBPyConnection, of_contracts: bool) -> list[tuple[str, list[Group]]]:
    """By stage of the workspace's lifecycle, by the year of the first order or contract, by value segment.

    Value segments rest on orders: where there are contracts alone, they say nothing.
    """
    definitions = workspace.definitions
    total = State.objects.aggregate(sum=Sum("value"))["sum"] or 0
    stages = _("By stage (%(lifecycle)s)") % {"lifecycle": told(workspace.lifecycle().title)}
    found = [(stages, _stages(workspace, definitions, total))]
    if of_contracts:
        return [*found, (_("By year of the first contract"), _contract_years(con, total))]
    segments = (_("By value segment"), _segments(definitions, total))
    return [*found, (_("By year of the first order"), _years(total)), segments]


def _contract_years(con: duckdb.DuckDBPyConnection, total: int) -> list[Group]:
    rows = con.execute(
        "SELECT year(first), count(*), sum(value) FROM value JOIN (SELECT customer_key, min(day) AS first FROM events"
        " WHERE kind = 'track' AND name IN ('Subscription Started', 'Subscription Renewed') GROUP BY customer_key)"
        " USING (customer_key) WHERE value IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return [_group(str(year), "", n, int(amount), total) for year, n, amount in rows]


def _stages(workspace: Workspace, definitions: Definitions, total: int) -> list[Group]:
    lifecycle = workspace.lifecycle()
    number, badges = label_ids("lifecycle").get(lifecycle.key, -1), stage_badges(definitions)
    names = {label_key(stage): (n, amount) for stage, n, amount in _by_stage(number)}
    listed = [(f"{lifecycle.key}/{stage.key}", stage) for stage in lifecycle.stages]
    return [
        _group(told(stage.title), f"?stage={name}", *names[name], total, badges.get(name), "stage")
        for name, stage in listed
        if name in names
    ]


def _by_stage(lifecycle: int) -> list[tuple[int, int, int]]:
    """(stage, customers, their value together), in one query however many there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.stage, count(*), sum(s.value) FROM {Place._meta.db_table} AS p"
            f" JOIN {State._meta.db_table} AS s ON s.customer_key = p.customer_key"
            " WHERE p.lifecycle = %s AND s.value IS NOT NULL GROUP BY p.stage",
            [lifecycle],
        )
        return [(stage, n, int(amount)) for stage, n, amount in cursor.fetchall()]


def _segments(definitions: Definitions, total: int) -> list[Group]:
    rows = {label_key(row["segment"]): row for row in _by("segment") if row["segment"] is not None}
    return [
        _group(
            told(segment.title), f"?segment={key}", rows[key]["n"], rows[key]["sum"], total,
            Badge(segment.title, key, key), "segment",
        )
        for key, segment in definitions.value_segments.items()
        if key in rows
    ]  # fmt: skip


def _years(total: int) -> list[Group]:
    rows = State.objects.filter(value__isnull=False, first_order_at__isnull=False)
    counted = rows.values("first_order_at__year").annotate(n=Count("customer_key"), sum=Sum("value"))
    return [
        _group(str(row["first_order_at__year"]), "", row["n"], row["sum"], total)
        for row in counted.order_by("first_order_at__year")
    ]


def _by(column: str) -> Iterable[dict[str, Any]]:
    rows = State.objects.filter(value__isnull=False).values(column)
    return rows.annotate(n=Count("customer_key"), sum=Sum("value")).order_by()


def _group(title: str, href: str, n: int, amount: int, total: int, badge: Badge | None = None, kind: str = "") -> Group:
    return Group(title, href, n, amount, amount / n if n else 0.0, amount / total if total else 0.0, badge, kind)


def channels(workspace: Workspace, con: duckdb.DuckDBPyConnection) -> list[Group]:
    """By acquisition channel, with what a customer of the last year cost, where costs were imported."""
    total = State.objects.aggregate(sum=Sum("value"))["sum"] or 0
    end = workspace.clock.as_of().day
    costs = {each.channel: each for each in cac(con, end - timedelta(days=365), end, workspace.settings.currency)}
    found = []
    for row in _by("channel"):
        key = label_key(row["channel"]) if row["channel"] else ""
        title, href = (channel_words(key), f"?channel={key}") if key else (_("unknown"), "")
        made = _group(title, href, row["n"], row["sum"], total)
        found.append(replace(made, cost=costs.pop(key or None, None)))
    wasted = (replace(_group(channel_words(each.channel), "", 0, 0, total), cost=each) for each in costs.values()
              if each.channel and each.amount)  # fmt: skip
    return [*sorted(found, key=lambda group: -group.total), *wasted]
