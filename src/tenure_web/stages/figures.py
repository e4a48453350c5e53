"""The board's figures, computed once for each state of the store and kept until it changes."""

from collections.abc import Callable, Hashable, Mapping
from datetime import date
from typing import TypeVar

from django.db.models import Count, Sum

from tenure import reports
from tenure.definitions import Goal
from tenure_web.customers.labels import known_label, label_ids
from tenure_web.customers.models import Place, State
from tenure_web.stages.choice import Choice
from tenure_web.stages.kept import FRESH, Kept, remember

T = TypeVar("T")
AT_RISK = ("at_risk", "cant_lose", "about_to_lose")


class Figures(Kept):
    """The figures of one workspace at its present snapshot."""

    def _of_history(self, name: str, *args: Hashable, compute: Callable[[], T]) -> T:
        version = self.snapshot.pins["stage_history"].version
        return remember((str(self.workspace.folder), name, version, *args), compute)

    def _of_events(self, name: str, *args: Hashable, compute: Callable[[], T]) -> T:
        return remember((str(self.workspace.folder), name, *args), compute, FRESH)

    def counts(self, lifecycle: str, day: date) -> dict[str, reports.StageCount]:
        return self._of_history("counts", lifecycle, day, compute=lambda: reports.counts(self.con, lifecycle, day))

    def moves(self, lifecycle: str, start: date, end: date) -> tuple[reports.Flow, ...]:
        return self._of_history(
            "moves", lifecycle, start, end, compute=lambda: reports.moves(self.con, lifecycle, start, end)
        )

    def timeline(self, lifecycle: str, start: date, end: date, step: int) -> tuple[reports.Point, ...]:
        return self._of_history(
            "timeline", lifecycle, start, end, step,
            compute=lambda: reports.timeline(self.con, lifecycle, start, end, step),
        )  # fmt: skip

    def reached(self, choice: Choice, goal: Goal) -> Mapping[str, reports.Reached]:
        """A goal's metric for every stage; computed again when the stays have been, not with every event."""
        if goal.metric is None:
            return {}
        lifecycle, metric, currency = choice.lifecycle, goal.metric, self.workspace.settings.currency
        return self._of_history(
            "goal", lifecycle.key, metric, goal.days, choice.day, currency,
            compute=lambda: reports.measure(self.con, lifecycle, metric, goal.days, choice.day, currency),
        )  # fmt: skip

    def stage_revenue(self, lifecycle: str, start: date, end: date) -> Mapping[str, reports.Revenue]:
        """What those in each stage at the end spent in the period; computed again when the stays have been."""
        currency = self.workspace.settings.currency
        return self._of_history(
            "stage revenue", lifecycle, start, end, currency,
            compute=lambda: reports.revenue_by_stage(self.con, lifecycle, start, end, currency),
        )  # fmt: skip

    def segment_sizes(self) -> tuple[reports.SegmentSize, ...]:
        version = self.snapshot.pins["segment_history"].version
        return remember((str(self.workspace.folder), "segments", version), lambda: reports.segment_sizes(self.con))

    def segment_moves(self, start: date, end: date) -> tuple[reports.SegmentMove, ...]:
        version = self.snapshot.pins["segment_history"].version
        return remember(
            (str(self.workspace.folder), "segment moves", version, start, end),
            lambda: reports.segment_moves(self.con, start, end),
        )

    def revenue(self, start: date, end: date) -> reports.Revenue:
        currency = self.workspace.settings.currency
        return self._of_events(
            "revenue", start, end, currency, compute=lambda: reports.revenue(self.con, start, end, currency)
        )

    def activity(self, start: date, end: date, step: str) -> tuple[reports.Activity, ...]:
        return self._of_events(
            "activity", start, end, step, compute=lambda: reports.activity(self.con, start, end, step)
        )


def present_counts(lifecycle: str) -> dict[str, int]:
    """Customers by stage as the application database has them this second."""
    names = {number: key for key, number in label_ids("stage").items()}
    rows = (
        Place.objects.filter(lifecycle=known_label("lifecycle", lifecycle))
        .values_list("stage")
        .annotate(n=Count("id"))
        .order_by()
    )
    return {names[stage].split("/", 1)[1]: n for stage, n in rows if stage in names}


def at_risk() -> tuple[int, int]:
    """(customers, their revenue so far) in the three segments that slip away."""
    known = label_ids("segment")
    found = State.objects.filter(segment__in=[known[key] for key in AT_RISK if key in known])
    total = found.aggregate(n=Count("customer_key"), money=Sum("revenue"))
    return total["n"], total["money"] or 0


def slipping(figures: Figures, choice: Choice) -> tuple[tuple[int, int], int | None]:
    """((customers, revenue so far) in the slipping segments on the board's day, their revenue at the period's start).

    Past days read the month that began last before them; None where no month is known.
    """
    sizes = figures.segment_sizes()

    def of(day: date) -> tuple[int, int] | None:
        month = max((size.month for size in sizes if size.month <= day), default=None)
        if month is None:
            return None
        found = [size for size in sizes if size.month == month and size.segment in AT_RISK]
        return sum(size.customers for size in found), sum(size.revenue for size in found)

    now = at_risk() if choice.live else of(choice.day)
    before = of(choice.start)
    return now or (0, 0), before[1] if before else None


def step_of(choice: Choice) -> int:
    """Days between the points of the timeline: daily up to a month, weekly beyond."""
    return 1 if choice.days <= 30 else 7
