"""Days in addresses, as people type them."""

from datetime import date

__all__ = ["day_of"]

FIRST, LAST = 1900, 9000  # days beyond leave no room for the period around them


def day_of(text: str) -> date | None:
    """A day written as 2026-03-12, or None for what is no day that can be meant."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST <= found.year <= LAST else None
