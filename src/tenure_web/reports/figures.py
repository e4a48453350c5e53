"""The library's reports for a choice, computed once for each state of the store and kept until it changes."""

from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import Any, TypeVar

from tenure import reports
from tenure.workspace import Workspace
from tenure_web.reports.choice import Choice
from tenure_web.stages.kept import FRESH, Kept, remember

T = TypeVar("T")
DEFAULT_DAYS = 30  # a funnel over events always ends


class Figures(Kept):
    """One workspace's reports for a choice, at its present snapshot."""

    def __init__(self, workspace: Workspace, choice: Choice) -> None:
        super().__init__(workspace)
        self.choice = choice

    def _of_history(self, name: str, *args: Hashable, compute: Callable[[], T]) -> T:
        """What changes only with the kept stays."""
        version = (self.snapshot.pins["stage_history"].version, self.workspace.definitions.hash)
        return remember((str(self.workspace.folder), "report", name, version, *self._period(), *args), compute)

    def _of_events(self, name: str, *args: Hashable, compute: Callable[[], T]) -> T:
        """What changes with every event: good enough for some seconds."""
        return remember((str(self.workspace.folder), "report", name, *self._period(), *args), compute, FRESH)

    def _period(self) -> tuple[Hashable, ...]:
        return (self.choice.lifecycle.key, self.choice.start, self.choice.day, self.choice.today)

    def moves(self) -> tuple[reports.MapMove, ...]:
        c = self.choice
        return self._of_history("moves", compute=lambda: reports.move_map(self.con, c.lifecycle, c.start, c.day))

    def survival(self) -> dict[str, reports.Survival]:
        c = self.choice
        return self._of_history(
            "survival", compute=lambda: reports.survival(self.con, c.lifecycle.key, c.start, c.day, c.today)
        )

    def cohorts(self) -> tuple[reports.Cohort, ...]:
        c = self.choice
        start = reports.period_of(c.start + timedelta(days=1), _step(c))
        return self._of_events(
            "cohorts", c.by, c.step,
            compute=lambda: reports.cohorts(self.con, start, c.day, _by(c), _step(c)),
        )  # fmt: skip

    def flow(self) -> tuple[reports.Activity, ...]:
        c = self.choice
        start, end = reports.period_of(c.start + timedelta(days=1), _step(c)), c.day + timedelta(days=1)
        return self._of_events("flow", c.step, compute=lambda: reports.activity(self.con, start, end, _step(c)))

    def funnel(self) -> reports.Funnel:
        c = self.choice
        if len(c.events) >= 2:
            return self._of_events(
                "event funnel", c.events, c.within,
                compute=lambda: reports.event_funnel(
                    self.con, c.events, c.start, c.day, c.today, c.within or DEFAULT_DAYS
                ),
            )  # fmt: skip
        return self._of_history(
            "stage funnel", c.within,
            compute=lambda: reports.stage_funnel(
                self.con, c.lifecycle, c.start, c.day, c.today, c.within or reports.EVER
            ),
        )  # fmt: skip

    def event_names(self) -> tuple[str, ...]:
        return self._of_events("event names", compute=lambda: reports.event_names(self.con))


def _by(choice: Choice) -> Any:
    return choice.by


def _step(choice: Choice) -> Any:
    return choice.step
