"""Quiet hours: when nobody wants to be written to, in the customer's own time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["QuietHours"]


@dataclass(frozen=True)
class QuietHours:
    """From `start` to `end` of the local clock, across midnight when start is later; equal means never."""

    start: time
    end: time

    def holds(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether the instant is inside the quiet hours."""
        clock = moment.astimezone(zone).time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def over(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first instant from `moment` on that is not quiet, in UTC; without that hour on a day, the next one."""
        if not self.holds(moment, zone):
            return moment
        local = moment.astimezone(zone)
        end = datetime.combine(local.date(), self.end, zone)
        if end.astimezone(UTC) <= moment:
            end = datetime.combine(local.date() + timedelta(days=1), self.end, zone)
        found = end.astimezone(UTC)
        while self.holds(found, zone):
            found += timedelta(minutes=15)
        return found
