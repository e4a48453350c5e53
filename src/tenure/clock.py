"""The only place that asks what time it is, and what "as of" means.

Instants are aware UTC datetimes; tables hold them as naive UTC timestamps. A day is a calendar day in the
workspace's time zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tenure.errors import UsageError

__all__ = ["AsOf", "Clock", "local_day_sql", "naive", "zone"]


@dataclass(frozen=True)
class AsOf:
    """An instant that answers are true for: all events strictly before `instant`; `day` is its local calendar day."""

    instant: datetime
    day: date

    @property
    def text(self) -> str:
        """ISO 8601 in UTC, for documents and cache keys."""
        return self.instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def zone(name: str) -> ZoneInfo:
    """The named IANA time zone. Raises UsageError with advice when there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UsageError(f'There is no time zone "{name}". Use one such as Asia/Shanghai or Europe/London.') from error


def naive(instant: datetime) -> datetime:
    """The instant as the naive UTC timestamp the tables hold."""
    return instant.astimezone(UTC).replace(tzinfo=None)


class Clock:
    """A workspace's clock: real time, or the fixed instant of a workspace of historical data."""

    def __init__(self, zone_name: str, fixed: str | None = None) -> None:
        self.zone_name = zone_name
        self._zone = zone(zone_name)
        self.fixed = self.parse(fixed) if fixed else None

    def now(self) -> datetime:
        """The workspace's now, aware, in UTC."""
        return self.fixed or datetime.now(UTC)

    def parse(self, text: str) -> datetime:
        """An instant from ISO text; a bare date is its first instant and a time without zone is local."""
        try:
            value = datetime.fromisoformat(text.strip())
        except ValueError as error:
            raise UsageError(f'"{text}" is not a time. Write 2011-12-01 or 2011-12-01T14:30.') from error
        return (value if value.tzinfo else value.replace(tzinfo=self._zone)).astimezone(UTC)

    def as_of(self, moment: str | date | datetime | AsOf | None = None) -> AsOf:
        """The instant meant by `moment` (default: now) with its local day."""
        if isinstance(moment, AsOf):
            return moment
        instant = self._instant(moment)
        return AsOf(instant, self.day(instant))

    def _instant(self, moment: str | date | datetime | None) -> datetime:
        if moment is None:
            return self.now()
        if isinstance(moment, str):
            return self.parse(moment)
        if isinstance(moment, datetime):
            return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).astimezone(UTC)
        return datetime.combine(moment, time(), self._zone).astimezone(UTC)

    def day(self, instant: datetime) -> date:
        """The local calendar day of an instant."""
        return instant.astimezone(self._zone).date()

    def start_of(self, day: date) -> datetime:
        """The first instant of a local day, in UTC."""
        return datetime.combine(day, time(), self._zone).astimezone(UTC)


@lru_cache(maxsize=64)
def _changes(zone_name: str, first_year: int, last_year: int) -> tuple[tuple[datetime, int], ...]:
    """(naive UTC instant from which the offset holds, offset in seconds), found hour by hour within changing days."""
    tz = ZoneInfo(zone_name)
    at, end = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    found = [(at.replace(tzinfo=None), _offset(tz, at))]
    while at < end:
        following = at + timedelta(days=1)
        if _offset(tz, following) != found[-1][1]:
            moment = at
            while _offset(tz, moment) == found[-1][1]:
                moment += timedelta(minutes=15)
            found.append((moment.replace(tzinfo=None), _offset(tz, moment)))
        at = following
    return tuple(found)


def _offset(tz: ZoneInfo, instant: datetime) -> int:
    shift = instant.astimezone(tz).utcoffset()
    return int(shift.total_seconds()) if shift else 0


def local_day_sql(column: str, zone_name: str, first_year: int = 1970, last_year: int = 2050) -> str:
    """SQL for the local DATE of a naive UTC timestamp column: plain arithmetic, so that every engine agrees.

    Offsets outside the years given are those of the nearest year. A row passes log2(changes) comparisons.
    """
    offset = _offset_sql(column, _changes(zone_name, first_year, last_year))
    return f"CAST({column} + {offset} * INTERVAL '1' SECOND AS DATE)"


def _offset_sql(column: str, changes: tuple[tuple[datetime, int], ...]) -> str:
    if len(changes) == 1:
        return str(changes[0][1])
    middle = len(changes) // 2
    before, after = _offset_sql(column, changes[:middle]), _offset_sql(column, changes[middle:])
    start = f"TIMESTAMP '{changes[middle][0]:%Y-%m-%d %H:%M:%S}'"
    return f"(CASE WHEN {column} < {start} THEN {before} ELSE {after} END)"
