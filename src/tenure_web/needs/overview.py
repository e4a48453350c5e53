"""What the needs page shows of the shop as a whole."""

from dataclasses import dataclass
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from tenure import needs
from tenure.needs import Index, Leaning, Season, kind_words
from tenure.workspace import Workspace
from tenure_web.customers.models import State
from tenure_web.stages.figures import remember

__all__ = ["ordered", "whole"]

SHOWN = 10
CATEGORIES = 12
_SOLD_IN = (
    f"SELECT category FROM daily_sales WHERE category <> '' GROUP BY 1 ORDER BY sum(orders) DESC, 1 LIMIT {CATEGORIES}"
)


@dataclass(frozen=True)
class Row:
    """One value segment's leanings, a cell a category: None where it bought nothing."""

    title: Any
    key: str
    customers: int
    cells: tuple[Leaning | None, ...]


def ordered() -> bool:
    """Whether anybody has ordered yet: from contracts alone there are no needs to learn."""
    return State.objects.filter(last_order_at__isnull=False).exists()


def whole(shop: Workspace, category: str = "") -> dict[str, Any]:
    """Everything on the page but the list of who is due; the season of one category where it is asked for."""
    snapshot = shop.store.snapshot()
    key = ("needs", *(snapshot.pins[name].version for name in ("products", "daily_sales", "category_leanings")))
    shown = remember((*key, shop.clock.as_of().day, category), lambda: _facts(shop, category))
    return {**shown, **_season(shown["pattern"]), **_trust(shop), **_coming(shop), "lately": needs.LATELY}


def _facts(shop: Workspace, category: str) -> dict[str, Any]:
    con, today = shop.store.snapshot().connect(), shop.clock.as_of().day
    try:
        categories, rows = _leanings(con, shop)
        best, slow = needs.best(con, today, SHOWN), needs.slow(con, today, SHOWN)
        return {
            "best": best,
            "slow": slow,
            "stocked": any(each.stock is not None for each in (*best, *slow)),
            "bundles": needs.bundles(con, SHOWN),
            "states": needs.states(con),
            "pattern": needs.pattern(con, category),
            "sold_in": [row[0] for row in con.execute(_SOLD_IN).fetchall()],
            "category": category,
            "categories": categories,
            "leanings": rows,
        }
    finally:
        con.close()


def _leanings(con: Any, shop: Workspace) -> tuple[list[str], list[Row]]:
    found = con.execute("SELECT segment, category, customers, share, lift, low, high FROM category_leanings").fetchall()
    cells = {(each.segment, each.category): each for each in (Leaning(*row) for row in found)}
    shares: dict[str, float] = {}
    for each in cells.values():
        shares[each.category] = shares.get(each.category, 0.0) + each.share * each.customers
    names = sorted(shares, key=lambda name: -shares[name])[:CATEGORIES]
    people = {each.segment: each.customers for each in cells.values()}
    rows = [
        Row(segment.title, key, people[key], tuple(cells.get((key, name)) for name in names))
        for key, segment in shop.definitions.value_segments.items()
        if key in people
    ]
    return names, rows


def _season(pattern: Any) -> dict[str, Any]:
    """The charts of the week and the year, and the festivals that are more than chance."""
    if pattern is None:
        return {}
    found, festivals = pattern
    shown: dict[str, Any] = {"season": found, "festivals": festivals, "sure": [each for each in festivals if each.sure]}
    if found.weekdays:
        names = [formats.date_format(_monday(each.period), "D") for each in found.weekdays]
        shown["week_chart"] = _chart(names, found.weekdays)
    if found.months:
        shown["year_chart"] = _chart([_month(each.period) for each in found.months], found.months)
        shown["weeks_chart"] = _chart([str(each.period) for each in found.weeks], found.weeks) if found.weeks else None
    elif found.by_month:
        shown["month_chart"] = _plain(found)
    return shown


def _chart(names: list[str], indices: tuple[Index, ...]) -> dict[str, Any]:
    return {
        "x": names,
        "series": [
            {
                "name": _("Index (1 = ordinary)"),
                "values": [round(each.index, 3) for each in indices],
                "colour": "stage-5",
            },
            {"name": _("95% from"), "values": [round(each.low, 3) for each in indices]},
            {"name": _("95% to"), "values": [round(each.high, 3) for each in indices]},
        ],
    }


def _plain(found: Season) -> dict[str, Any]:
    names = [formats.date_format(day, _("M Y")) for day, _mean in found.by_month]
    values = [round(mean, 2) for _day, mean in found.by_month]
    return {"x": names, "series": [{"name": _("Orders a day"), "values": values, "colour": "stage-5"}]}


def _monday(weekday: int) -> Any:
    from datetime import date

    return date(2024, 1, weekday)  # 1 January 2024 was a Monday


def _month(month: int) -> str:
    from datetime import date

    return formats.date_format(date(2024, month, 1), "M")


def _trust(shop: Workspace) -> dict[str, Any]:
    """The newest report of what was held out."""
    kept = shop.needs.kept_report()
    if kept is None:
        return {}
    as_of, report = kept
    kinds = [{**row, "words": kind_words(row["kind"])} for row in report.get("kinds", ())]
    return {"judged": as_of, "report": report, "judged_kinds": kinds}


def _coming(shop: Workspace) -> dict[str, Any]:
    """How many customers are expected to order within a week and a month, and how many are late."""
    from datetime import timedelta

    today = shop.clock.as_of().day
    rows = State.objects.filter(next_order_on__isnull=False)
    within = {days: rows.filter(next_order_on__range=(today, today + timedelta(days=days))).count() for days in (7, 30)}
    return {"coming_week": within[7], "coming_month": within[30], "late": rows.filter(next_order_on__lt=today).count()}
