"""The kinds of features, one family a file: how each is written, what it gives, how it is computed."""

from tenure.definitions.kinds.amounts import AVERAGE, MAX, MIN, SUM
from tenure.definitions.kinds.companies import COMPANY
from tenure.definitions.kinds.counting import COUNT, DAYS_SINCE_FIRST, DAYS_SINCE_LAST
from tenure.definitions.kinds.different import DISTINCT
from tenure.definitions.kinds.edges import FIRST, LAST, MOST_FREQUENT
from tenure.definitions.kinds.gaps import MEAN_GAP, MEDIAN_GAP
from tenure.definitions.kinds.kind import OF, Kind, Measures
from tenure.definitions.kinds.others import DERIVED, GIVEN, TODAY
from tenure.definitions.kinds.shares import SHARE, TREND
from tenure.definitions.kinds.streaks import STREAK
from tenure.definitions.kinds.window import PERIODS, UNITS, Window

__all__ = ["KINDS", "OF", "PERIODS", "UNITS", "Kind", "Measures", "Window"]

_ALL = (COUNT, SUM, AVERAGE, MIN, MAX, FIRST, LAST, MOST_FREQUENT, DISTINCT, MEDIAN_GAP, MEAN_GAP, DAYS_SINCE_FIRST)
_MORE = (DAYS_SINCE_LAST, SHARE, TREND, STREAK, COMPANY, DERIVED, GIVEN, TODAY)
KINDS = {kind.key: kind for kind in (*_ALL, *_MORE)}
