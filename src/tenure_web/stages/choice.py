"""What the board shows, as the address says: lifecycle, day, length of the period."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpRequest

from tenure.definitions import Lifecycle
from tenure.workspace import Workspace
from tenure_web.theme.days import day_of

PERIODS = (7, 30, 90, 365)
USUAL = 30


@dataclass(frozen=True)
class Choice:
    """The board of `lifecycle` on `day`, compared with `days` earlier. `today` is the workspace's local day."""

    lifecycle: Lifecycle
    day: date
    days: int
    today: date

    @property
    def start(self) -> date:
        return self.day - timedelta(days=self.days)

    @property
    def before(self) -> date:
        """Where the period before this one began."""
        return self.day - timedelta(days=2 * self.days)

    @property
    def live(self) -> bool:
        """Whether this is the board of today, which changes while one looks."""
        return self.day == self.today

    @property
    def query(self) -> str:
        """The address's parameters that say the same again."""
        day = "" if self.live else f"&day={self.day.isoformat()}"
        return f"lifecycle={self.lifecycle.key}&days={self.days}{day}"


def chosen(request: HttpRequest, workspace: Workspace) -> Choice:
    """Read the address; what it does not say is the usual. An unknown lifecycle is 404, a bad date is today."""
    today = workspace.clock.as_of().day
    key = request.GET.get("lifecycle") or workspace.settings.lifecycle
    known = workspace.definitions.lifecycles
    if key not in known and request.GET.get("lifecycle"):
        raise Http404
    lifecycle = known.get(key) or next(iter(known.values()))
    return Choice(
        lifecycle, min(day_of(request.GET.get("day", "")) or today, today), _days(request.GET.get("days", "")), today
    )


def _days(text: str) -> int:
    return int(text) if text.isdecimal() and int(text) in PERIODS else USUAL
