"""The board's hand-made past, and three customers who ordered."""

from tests.web.customers.conftest import key, tea
from tests.web.stages.conftest import stays

__all__ = ["key", "stays", "tea"]
