"""What the pages call kinds, types and units of features, and what stands under an input."""

from collections.abc import Sequence
from typing import Any, get_args

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.definitions import Definitions
from tenure.definitions.kinds import KINDS as ALL_KINDS
from tenure.definitions.kinds import PERIODS
from tenure.definitions.kinds import UNITS as ROWS
from tenure.definitions.objects import Type, Unit
from tenure_web.theme.templatetags.look import told

__all__ = ["KINDS", "NEW", "SORTS", "feature_choices", "feature_hint", "title_of"]

SORTS = {
    "lifecycles": gettext_lazy("Lifecycles"),
    "segments": gettext_lazy("Own segments"),
    "rfm": gettext_lazy("Value segments"),
    "features": gettext_lazy("Features"),
}
NEW = {  # what there can be more of
    "lifecycles": gettext_lazy("New lifecycle"),
    "features": gettext_lazy("New feature"),
    "segments": gettext_lazy("New segment"),
}
KINDS = {
    "count": gettext_lazy("how many events"),
    "sum": gettext_lazy("sum"),
    "average": gettext_lazy("average"),
    "min": gettext_lazy("smallest value"),
    "max": gettext_lazy("largest value"),
    "first": gettext_lazy("first value"),
    "last": gettext_lazy("latest value"),
    "distinct": gettext_lazy("how many different values"),
    "median_gap": gettext_lazy("typical days between two (median)"),
    "mean_gap": gettext_lazy("average days between two"),
    "days_since_first": gettext_lazy("days since the first"),
    "days_since_last": gettext_lazy("days since the latest"),
    "share": gettext_lazy("share"),
    "trend": gettext_lazy("change against the time before"),
    "streak": gettext_lazy("periods in a row"),
    "most_frequent": gettext_lazy("most frequent value"),
    "company": gettext_lazy("of the customer's company"),
    "derived": gettext_lazy("calculated from other features"),
    "given": gettext_lazy("scored by a model, kept by day"),
}
TYPES = {
    "integer": gettext_lazy("whole number"),
    "float": gettext_lazy("number"),
    "text": gettext_lazy("text"),
    "date": gettext_lazy("day"),
    "boolean": gettext_lazy("yes or no"),
    "time": gettext_lazy("instant"),
}
TITLE = gettext_lazy("Cut points of value segments")
PERIOD_WORDS = {
    "this_week": gettext_lazy("this week"),
    "last_week": gettext_lazy("last week"),
    "this_month": gettext_lazy("this month"),
    "last_month": gettext_lazy("last month"),
    "this_quarter": gettext_lazy("this quarter"),
    "last_quarter": gettext_lazy("last quarter"),
    "this_year": gettext_lazy("this year"),
    "last_year": gettext_lazy("last year"),
}
ROW_WORDS = {
    "day": gettext_lazy("days in a row"),
    "week": gettext_lazy("weeks in a row"),
    "month": gettext_lazy("months in a row"),
    "quarter": gettext_lazy("quarters in a row"),
    "year": gettext_lazy("years in a row"),
}
UNITS = {
    "count": gettext_lazy("count"),
    "money": gettext_lazy("money"),
    "days": gettext_lazy("in days"),
    "share": gettext_lazy("share"),
    "date": gettext_lazy("day"),
    "text": gettext_lazy("text"),
}


def title_of(definitions: Definitions, sort: str, key: str) -> str | None:
    """What a definition is called; None where there is none of this key."""
    if sort == "rfm":
        return str(TITLE) if key == "rfm" else None
    held = getattr(definitions, sort).get(key)
    return told(held.title) if held else None


def feature_choices(key: str) -> Sequence[tuple[str, Any]]:
    """The choices of an input of the feature form."""
    match key:
        case "kind":
            return [(kind, KINDS.get(kind, kind)) for kind in ALL_KINDS if kind not in ("given", "today")]
        case "period":
            return [("", _("all time")), *((each, PERIOD_WORDS.get(each, each)) for each in PERIODS)]
        case "every":
            return [(each, ROW_WORDS.get(each, each)) for each in ROWS]
        case "type":
            return [("", _("as it follows")), *((each, TYPES[each]) for each in get_args(Type))]
        case "unit":
            return [("", _("as it follows")), *((each, UNITS[each]) for each in get_args(Unit))]
    return ()


def feature_hint(key: str) -> str:
    """What stands under an input of the feature form."""
    hints = {
        "events": _("Names, divided by commas; none means all events."),
        "of": _("amount, quantity, product, category, day, or property:NAME; of a company: id, since, members"),
        "within_days": _("Empty means all time."),
        "where": _("A condition such as amount >= 100 AND category = 'tea'."),
        "since_first": _("The name of an event: only what came after it counts."),
        "part": _("A condition such as channel = 'web': its share of the events."),
        "expression": _("Over other features, such as revenue / orders."),
    }
    return hints.get(key, "")
