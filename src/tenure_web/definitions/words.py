"""What the pages call kinds, types and units of features, and what stands under an input."""

from collections.abc import Sequence
from typing import Any, get_args

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.definitions.objects import Kind, Type, Unit

__all__ = ["KINDS", "SORTS", "feature_choices", "feature_hint"]

SORTS = {
    "lifecycles": gettext_lazy("Lifecycles"),
    "segments": gettext_lazy("Own segments"),
    "features": gettext_lazy("Features"),
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
    "derived": gettext_lazy("calculated from other features"),
}
TYPES = {
    "integer": gettext_lazy("whole number"),
    "float": gettext_lazy("number"),
    "text": gettext_lazy("text"),
    "date": gettext_lazy("day"),
    "boolean": gettext_lazy("yes or no"),
    "time": gettext_lazy("instant"),
}
UNITS = {
    "count": gettext_lazy("count"),
    "money": gettext_lazy("money"),
    "days": gettext_lazy("in days"),
    "share": gettext_lazy("share"),
    "date": gettext_lazy("day"),
    "text": gettext_lazy("text"),
}


def feature_choices(key: str) -> Sequence[tuple[str, Any]]:
    """The choices of an input of the feature form."""
    match key:
        case "kind":
            return [(kind, KINDS.get(kind, kind)) for kind in get_args(Kind)]
        case "type":
            return [("", _("as it follows")), *((each, TYPES[each]) for each in get_args(Type))]
        case "unit":
            return [("", _("as it follows")), *((each, UNITS[each]) for each in get_args(Unit))]
    return ()


def feature_hint(key: str) -> str:
    """What stands under an input of the feature form."""
    hints = {
        "events": _("Names, divided by commas; none means all events."),
        "of": _("amount, quantity, product, category, day, or property:NAME"),
        "within_days": _("Empty means all time."),
        "expression": _("Over other features, such as revenue / orders."),
    }
    return hints.get(key, "")
