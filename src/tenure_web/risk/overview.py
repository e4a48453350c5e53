"""What the risk pages show: how many may be lost and what they are worth, who they are and why, what told the lost."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Count, Sum

from tenure.errors import TenureError
from tenure.risk import BANDS, Cause, Losses, Saved, Why
from tenure.value import CONTRACTS
from tenure.workspace import Workspace
from tenure_web.customers import columns
from tenure_web.customers.columns import Row
from tenure_web.customers.models import State

__all__ = ["Band", "Endangered", "bands", "customer", "endangered", "lessons", "of_contracts", "saved", "since_from"]

SHOWN = 30
TINY = 1e-9  # purchases that are left by adding and taking away alone


@dataclass(frozen=True)
class Band:
    """Customers of one band: how many, their value together, and the part of it that is likely lost."""

    key: str
    customers: int
    value: int
    stake: int


@dataclass(frozen=True)
class Endangered:
    """One customer with a value at stake, the reasons, and the day it came into its band of risk."""

    row: Row
    stake: int
    why: Why | None
    since: date | None

    @property
    def raising(self) -> list[Cause]:
        """The three weightiest causes that raise the risk."""
        return [cause for cause in self.why.causes if cause.adds > 0][:3] if self.why else []


def bands() -> list[Band]:
    """The three bands, the highest first."""
    floors = [*(floor for _, floor in BANDS), 2.0]
    found = []
    for place, (name, floor) in enumerate(BANDS):
        rows = State.objects.filter(risk__gte=floor, risk__lt=floors[place + 1])
        said = rows.aggregate(n=Count("pk"), worth=Sum("value"), at_stake=Sum("stake"))
        found.append(Band(name, said["n"], said["worth"] or 0, said["at_stake"] or 0))
    return found[::-1]


def endangered(workspace: Workspace, user: Any) -> list[Endangered]:
    """Those with the most to lose first, each with its reasons."""
    states = list(State.objects.filter(risk__gte=BANDS[1][1], stake__gt=0).order_by("-stake")[:SHOWN])
    rows = columns.rows(states, user, workspace.definitions)
    try:
        reasons = workspace.risk.whys([state.customer_key for state in states]) if states else {}
    except TenureError:  # somebody among them was merged or erased a moment ago: the list is right at the next look
        reasons = {}
    since = _since(workspace, [state.customer_key for state in states])
    return [
        Endangered(row, row.state.stake or 0, reasons.get(key), since.get(key))
        for row in rows
        for key in [row.state.customer_key]
    ]


def _since(workspace: Workspace, keys: list[int]) -> dict[int, date]:
    """Since when each has been in its band of risk; nothing of those in it since the first scores ever kept."""
    con = workspace.store.snapshot().connect()
    try:
        asked = (
            "SELECT customer_key, since FROM risk_scores WHERE list_contains(?, customer_key)"
            " AND since > (SELECT min(day) FROM risk_history)"
        )
        return dict(con.execute(asked, [keys]).fetchall())
    finally:
        con.close()


def since_from(workspace: Workspace, rows: list[Endangered]) -> date | None:
    """The day of the first scores, where some have been at their risk since then or longer."""
    if all(each.since for each in rows):
        return None
    con = workspace.store.snapshot().connect()
    try:
        found: date | None = con.execute("SELECT min(day) FROM risk_history").fetchall()[0][0]
    finally:
        con.close()
    return found


def of_contracts(workspace: Workspace) -> bool:
    """Whether loss means a contract that is not renewed here."""
    kept = workspace.risk.kept()
    return kept is not None and kept.model.awaited == "renewal"


def saved(workspace: Workspace) -> Saved | None:
    """Who stayed of those in danger a span ago, kept until risk is scored anew; None where no span is complete."""
    try:
        return _saved(workspace, workspace.store.tables["risk"].version())
    except TenureError:  # a young shop: there is nothing to look back on yet
        return None


@lru_cache(maxsize=2)
def _saved(workspace: Workspace, _version: int) -> Saved:
    return workspace.risk.saved()


def lessons(workspace: Workspace) -> tuple[Losses, Losses]:
    """What told the lost from the kept and the shrinking from the steady, kept until risk is scored anew."""
    return _lessons(workspace, workspace.store.tables["risk"].version())


@lru_cache(maxsize=2)
def _lessons(workspace: Workspace, _version: int) -> tuple[Losses, Losses]:
    return workspace.risk.losses(), workspace.risk.declines()


def customer(workspace: Workspace, key: int) -> dict[str, Any]:
    """One customer's value with its interval and risk with its reasons; empty where there is neither."""
    con = workspace.store.snapshot().connect()
    try:
        value = con.execute(
            "SELECT v.purchases, v.value, v.low, v.high, c.renewals, coalesce(c.value, 0), v.model"
            " FROM value AS v LEFT JOIN renewals AS c USING (customer_key) WHERE customer_key = ?",
            [key],
        ).fetchall()
    finally:
        con.close()
    found: dict[str, Any] = {}
    if value:
        found = {"value": _told_of(*value[0]), "likeliest": workspace.value.likeliest(key)}
    try:
        kept = workspace.risk.kept()
        if kept is not None:
            found |= {"why": workspace.risk.why(key), "days": kept.model.days, "awaited": kept.model.awaited}
    except TenureError:  # never ordered: there is nothing to lose yet
        pass
    return found


def _told_of(
    purchases: float,
    value: int | None,
    low: int | None,
    high: int | None,
    renewals: float | None,
    part: int,
    model: str,
) -> dict[str, Any]:
    """A value with what contracts and orders bring of it; None where somebody never had the one or the other."""
    by_contract = model == CONTRACTS
    renewals = purchases if by_contract and renewals is None else renewals
    orders = None if by_contract else purchases - (renewals or 0.0)
    if renewals is not None and orders is not None and orders < TINY:
        orders = None
    found = {"value": value, "low": low, "high": high, "renewals": renewals, "orders": orders}
    return {**found, "of_contract": part, "of_orders": (value or 0) - part}
