"""The board's hand-made past, and three customers who ordered."""

from tests.web.customers.conftest import happened, key, prepared, tea
from tests.web.stages.conftest import stays

__all__ = ["happened", "key", "prepared", "stays", "tea"]
