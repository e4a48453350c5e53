"""What a report is about, as the address says: lifecycle, last day, length of the period, the report's own words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from tenure.definitions import Lifecycle
from tenure.workspace import Workspace
from tenure_web.theme.days import day_of

PERIODS = (30, 90, 180, 365, 0)  # 0: everything there is
USUAL = 365
EVERYTHING = date(1990, 1, 1)
BY = ("order", "touch")
STEPS = ("month", "week")
WITHIN = (7, 30, 90, 180, 365)
MOST_EVENTS = 8


@dataclass(frozen=True)
class Choice:
    """A period of `days` days that ends with `day`; moves and stays after `start` count. `today` is the local day."""

    lifecycle: Lifecycle
    day: date
    days: int
    today: date
    by: str
    step: str
    within: int
    events: tuple[str, ...]

    @property
    def start(self) -> date:
        """The day before the first that counts."""
        return self.day - timedelta(days=self.days) if self.days else EVERYTHING

    def query(self, **more: object) -> str:
        """The address's parameters that say the same again, with a cell's own."""
        said: list[tuple[str, Any]] = [("lifecycle", self.lifecycle.key), ("days", self.days), ("by", self.by)]
        said += [("step", self.step), ("within", self.within), *(("event", name) for name in self.events)]
        said += [("day", self.day.isoformat())] if self.day != self.today else []
        return urlencode([*said, *((name, value) for name, value in more.items() if value is not None)])

    def cell(self, report: str, **cell: object) -> str:
        """The address of the customers behind a cell."""
        return f"{reverse('reports_customers', args=[report])}?{self.query(**cell)}"


def chosen(request: HttpRequest, workspace: Workspace) -> Choice:
    """Read the address; what it does not say is the usual. An unknown lifecycle is 404, a bad date is today."""
    today = workspace.clock.as_of().day
    asked, known = request.GET, workspace.definitions.lifecycles
    if asked.get("lifecycle") and asked["lifecycle"] not in known:
        raise Http404
    lifecycle = known.get(asked.get("lifecycle") or workspace.settings.lifecycle) or next(iter(known.values()))
    return Choice(
        lifecycle=lifecycle,
        day=min(day_of(asked.get("day", "")) or today, today),
        days=_number(asked.get("days", ""), PERIODS, USUAL),
        today=today,
        by=_one(asked.get("by", ""), BY),
        step=_one(asked.get("step", ""), STEPS),
        within=_number(asked.get("within", ""), (*WITHIN, 0), 0),
        events=tuple(name for name in asked.getlist("event") if name)[:MOST_EVENTS],
    )


def _number(text: str, known: Sequence[int], usual: int) -> int:
    return int(text) if text.isdecimal() and int(text) in known else usual


def _one(text: str, known: Sequence[str]) -> str:
    return text if text in known else known[0]
