"""A segment among the others, value segment or own: how many, how much money, and how many there were."""

from dataclasses import dataclass

from tenure.definitions import Segment, ValueSegment


@dataclass(frozen=True)
class Line:
    """Customers and money now, of everybody's; `before` is the customers when the month began (None: not known)."""

    segment: Segment | ValueSegment
    customers: int
    revenue: int
    of_customers: int
    of_revenue: int
    before: int | None

    @property
    def share(self) -> float:
        """Of everybody."""
        return self.customers / self.of_customers if self.of_customers else 0.0

    @property
    def revenue_share(self) -> float:
        """Of everybody's money."""
        return self.revenue / self.of_revenue if self.of_revenue else 0.0

    @property
    def average(self) -> int | None:
        """Money a customer."""
        return round(self.revenue / self.customers) if self.customers else None
