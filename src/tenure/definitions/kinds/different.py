"""distinct: how many different values, or on how many different days."""

from __future__ import annotations

from tenure.definitions.kinds.kind import OF, Kind
from tenure.definitions.objects import Words

__all__ = ["DISTINCT"]

DISTINCT = Kind(
    "distinct",
    Words("How many different values; with `of: day`, on how many days.", "不同值的个数；`of: day` 时为天数。"),
    lambda feature, measures: measures.days() if feature.of == "day" else measures.different(),
    lambda of: ("integer", "count"),
    OF,
    of_property=True,
    grain="value",
    counted=True,
    example="kind: distinct\nevents: Order Completed\nof: category\nperiod: last_quarter",
)
