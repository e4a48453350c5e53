"""Which customers a list shows: the filters of its address as words, and as a query over the narrow tables."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan
from django.http import QueryDict
from django.utils import timezone

from tenure.risk import BANDS as BANDS_OF_RISK
from tenure_web.accounts.rights import can
from tenure_web.customers.effort import Unindexed
from tenure_web.customers.labels import label_ids
from tenure_web.customers.masking import mask_id
from tenure_web.customers.models import Customer, Membership, Place, State, sign

RECENCY = ("7", "30", "90", "180", "365", "older", "never")
NEXT = ("overdue", "7", "14", "30")  # the next order as expected: late, or within so many days
FEW = 20_000
MOST_WORDS = 6
UNKNOWN = 0  # a label that nothing has
BANDS = tuple(name for name, _ in BANDS_OF_RISK)


@dataclass(frozen=True)
class Selection:
    """The filters of a list. Stages read "lifecycle/stage"; money is in minor units."""

    text: str = ""
    stages: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    recency: str = ""
    risks: tuple[str, ...] = ()
    following: str = ""
    worth: int | None = None
    least: int | None = None
    most: int | None = None

    @property
    def empty(self) -> bool:
        return self == Selection()


def read(query: QueryDict, digits: int = 2) -> Selection:
    """The filters an address asks for; what cannot be read is left out. `digits` after the point of the currency."""
    recency = query.get("recency", "")
    return Selection(
        text=" ".join(query.get("q", "").replace("\0", " ").split())[:100],
        stages=_listed(query, "stage"),
        segments=_listed(query, "segment"),
        channels=_listed(query, "channel"),
        members=_listed(query, "member"),
        risks=tuple(each for each in _listed(query, "risk") if each in BANDS),
        following=query.get("next", "") if query.get("next", "") in NEXT else "",
        worth=_money(query.get("worth", ""), digits),
        recency=recency if recency in RECENCY else "",
        least=_money(query.get("least", ""), digits),
        most=_money(query.get("most", ""), digits),
    )


def _listed(query: QueryDict, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in query.getlist(name) if value))[:40]


def _money(text: str, digits: int) -> int | None:
    clean = text.strip().replace(",", "")
    try:
        value = round(float(clean) * 10**digits)
    except (ValueError, OverflowError):
        return None
    return value if abs(value) < 10**15 else None


def customers(selection: Selection, user: Any, now: datetime, by: str = "", rare: bool = False) -> QuerySet[State]:
    """The states of everybody the selection means, in no order.

    With `by`, they are going to be walked along this column's index, and only conditions that few meet have an index of
    their own asked; `rare` as suits where they are met so rarely on this way that all are read and sorted.
    """
    rows = State.objects.all()
    for column, alternatives in _conditions(selection, now):
        rows = _where(rows, column, alternatives, indexed=not by or (column == by and not rare))
    for chosen in _by_lifecycle(selection.stages):
        rows = _standing(rows, chosen, indexed=not by or rare)
    if selection.members:
        members = _members(selection.members)
        rows = rows.filter(customer_key__in=_keys(members)) if rare else _among(rows, members)
    if selection.text:
        rows = _found(rows, matching(selection.text, user))
    return rows


#: the column of `State` that a filter is about, and the lookups that it may meet: {lookup: value}, one of them wholly
Condition = tuple[str, list[dict[str, Any]]]


def _conditions(selection: Selection, now: datetime) -> Iterator[Condition]:
    """The filters that ask about a column of `State`."""
    if selection.segments:
        yield "segment", [{"in": _numbers("segment", selection.segments)}]
    if selection.channels:
        yield "channel", [{"in": _numbers("channel", selection.channels)}]
    if selection.recency:
        yield "last_order_at", [_recency(selection.recency, now)]
    if selection.risks:
        yield "risk", _risks(selection.risks)
    if selection.following:
        yield "next_order_on", [_following(selection.following, now)]
    if selection.worth is not None:
        yield "value", [{"gte": selection.worth}]
    if selection.least is not None or selection.most is not None:
        ends = {"gte": selection.least, "lte": selection.most}
        yield "revenue", [{lookup: end for lookup, end in ends.items() if end is not None}]


def _where(rows: QuerySet[State], column: str, alternatives: list[dict[str, Any]], indexed: bool) -> QuerySet[State]:
    """Keep the rows that meet the condition; unless few do, or `indexed`, without asking the column's index."""
    plain = _met(column, alternatives)
    if indexed or State.objects.filter(plain).values("pk")[: FEW + 1].count() <= FEW:
        return rows.filter(plain)
    name = f"each_{column}"
    return rows.alias(**{name: Unindexed(F(column))}).filter(_met(name, alternatives))


def _met(column: str, alternatives: list[dict[str, Any]]) -> Q:
    met = (Q(**{f"{column}__{lookup}": value for lookup, value in each.items()}) for each in alternatives)
    return reduce(or_, met)


def _numbers(kind: str, keys: Iterable[str]) -> list[int]:
    known = label_ids(kind)
    return [known[key] for key in keys if key in known]


def _by_lifecycle(stages: tuple[str, ...]) -> list[list[int]]:
    """The labels of the stages, by lifecycle: several of one lifecycle are alternatives, lifecycles must all be met."""
    numbers = label_ids("stage")
    wanted: dict[str, list[int]] = {}
    for name in stages:
        wanted.setdefault(name.partition("/")[0], []).append(numbers.get(name, UNKNOWN))
    return list(wanted.values())


def _standing(rows: QuerySet[State], stages: Sequence[int], indexed: bool) -> QuerySet[State]:
    """Keep the rows that stand in one of these stages: few are listed first, of many each row's letters are read.

    PostgreSQL knows how many stand in a stage by its table of places, and nothing of letters.
    """
    if connection.vendor == "postgresql":
        return _among(rows, _placed(stages))
    if indexed:
        keys = _keys(_placed(stages))
        if keys[: FEW + 1].count() <= FEW:
            return rows.filter(customer_key__in=keys)
    letters = (Q(GreaterThan(StrIndex("stages", Value(sign(stage))), 0)) for stage in stages)
    return rows.filter(reduce(or_, letters))


def _placed(stages: Sequence[int]) -> QuerySet[Place]:
    """A stage's label is of one lifecycle; its lifecycle is asked for since it stands first in the index."""
    lifecycles = label_ids("lifecycle").values()
    return Place.objects.filter(lifecycle__in=lifecycles, stage__in=stages)


def _keys(among: QuerySet[Any]) -> QuerySet[Any]:
    return among.order_by().values("customer_key")


def _members(segments: tuple[str, ...]) -> QuerySet[Membership]:
    """Everybody who is in one of several own segments."""
    return Membership.objects.filter(segment__in=_numbers("own", segments))


def _among(rows: QuerySet[State], places: QuerySet[Any]) -> QuerySet[State]:
    """Keep the rows whose customer is among the places: a few are listed first, many are looked up one by one."""
    keys = _keys(places)
    if keys[: FEW + 1].count() <= FEW:
        return rows.filter(customer_key__in=keys)
    return rows.filter(Exists(places.filter(customer_key=OuterRef("customer_key"))))


def _found(rows: QuerySet[State], people: QuerySet[Customer]) -> QuerySet[State]:
    """Keep the rows whose customer is among those found by text, which is read once only."""
    keys = list(people.order_by().values_list("customer_key", flat=True)[: FEW + 1])
    if len(keys) > FEW:
        return rows.filter(Exists(people.filter(customer_key=OuterRef("customer_key"))))
    column = f'"{State._meta.db_table}"."customer_key"'
    if connection.vendor == "postgresql":
        return rows.extra(where=[f"{column} = ANY(%s)"], params=[keys])
    return rows.extra(where=[f"{column} IN (SELECT value FROM json_each(%s))"], params=[json.dumps(keys)])


def total(selection: Selection, user: Any, now: datetime) -> int:
    """How many customers the selection means; a single filter is counted where it stands."""
    only = replace(selection, text="", stages=())
    stages = _by_lifecycle(selection.stages)
    if only.empty and not selection.text and len(stages) == 1:
        return _placed(stages[0]).count()
    if only.empty and selection.text and not stages:
        return matching(selection.text, user).count()
    return customers(selection, user, now).count()


def _risks(chosen: tuple[str, ...]) -> list[dict[str, Any]]:
    """The bands of risk as ranges; the highest includes certainty."""
    floors = [floor for _, floor in BANDS_OF_RISK] + [2.0]
    ranges = {name: {"gte": floor, "lt": floors[place + 1]} for place, (name, floor) in enumerate(BANDS_OF_RISK)}
    return [ranges[name] for name in chosen]


def _following(choice: str, now: datetime) -> dict[str, Any]:
    today = timezone.localtime(now).date()
    if choice == "overdue":
        return {"lt": today}
    return {"range": (today, today + timedelta(days=int(choice)))}


def _recency(choice: str, now: datetime) -> dict[str, Any]:
    if choice == "never":
        return {"isnull": True}
    if choice == "older":
        return {"lt": now - timedelta(days=365)}
    return {"gte": now - timedelta(days=int(choice))}


def matching(text: str, user: Any) -> QuerySet[Customer]:
    """Customers in whose names, addresses, numbers or ids every word occurs.

    Somebody who may not see personal data finds a customer by its whole id only, and never by one that is personal
    itself: otherwise a search that answers or not would give away what the page hides.
    """
    if not can(user, "customers.personal"):
        known = Q(external_id=text) if mask_id(text) == text else Q(pk__in=[])
        if text.removeprefix("#").isdecimal() and len(text) < 19:
            known |= Q(customer_key=int(text.removeprefix("#")))
        return Customer.objects.filter(known)
    found = Customer.objects.all()
    for word in text.lower().split()[:MOST_WORDS]:
        found = found.filter(GreaterThan(StrIndex("search", Value(word)), 0))  # LIKE takes half as long again
    return found
