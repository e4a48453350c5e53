"""Features: computed facts, one row a customer, as of an instant or along a whole history."""

from tenure.features.companies import Company, company_of
from tenure.features.compile import Scan
from tenure.features.few import few_rows
from tenure.features.odd import Odd, odd_values
from tenure.features.room import compute, feature_row
from tenure.features.timeline import Timeline
from tenure.features.turns import Turns

__all__ = [
    "Company",
    "Odd",
    "Scan",
    "Timeline",
    "Turns",
    "company_of",
    "compute",
    "feature_row",
    "few_rows",
    "odd_values",
]
