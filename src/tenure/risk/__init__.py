"""Risk: who may stop buying, how sure that is, why, and what to do about it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tenure.risk.bands import BANDS, band_sql
from tenure.risk.health import HEALTH_BANDS, HealthScore, Pulse, standing_pulses

if TYPE_CHECKING:
    from tenure.risk.churn import Churn
    from tenure.risk.departures import Departure, load_departures, read_departures
    from tenure.risk.drivers import Driver, drivers
    from tenure.risk.examples import Horizon, choose_horizon
    from tenure.risk.forest import Forest
    from tenure.risk.health_reading import load_health
    from tenure.risk.health_room import Condition, Fared, Health, HealthReport
    from tenure.risk.linear import Linear
    from tenure.risk.reasons import Cause, Why
    from tenure.risk.report import Report, report
    from tenure.risk.room import Losses, Renewal, Risk, Saved
    from tenure.risk.scoring import Figures, figures
    from tenure.risk.survival import By, Curve, Survival

__all__ = [
    "BANDS",
    "HEALTH_BANDS",
    "By",
    "Cause",
    "Churn",
    "Condition",
    "Curve",
    "Departure",
    "Driver",
    "Fared",
    "Figures",
    "Forest",
    "Health",
    "HealthReport",
    "HealthScore",
    "Horizon",
    "Linear",
    "Losses",
    "Pulse",
    "Renewal",
    "Report",
    "Risk",
    "Saved",
    "Survival",
    "Why",
    "band_sql",
    "choose_horizon",
    "drivers",
    "figures",
    "load_departures",
    "load_health",
    "read_departures",
    "report",
    "standing_pulses",
]

_HOMES = {
    "churn": ("Churn",),
    "departures": ("Departure", "load_departures", "read_departures"),
    "drivers": ("Driver", "drivers"),
    "examples": ("Horizon", "choose_horizon"),
    "forest": ("Forest",),
    "health_reading": ("load_health",),
    "health_room": ("Condition", "Fared", "Health", "HealthReport"),
    "linear": ("Linear",),
    "reasons": ("Cause", "Why"),
    "report": ("Report", "report"),
    "room": ("Losses", "Renewal", "Risk", "Saved"),
    "scoring": ("Figures", "figures"),
    "survival": ("By", "Curve", "Survival"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load a part, and with it numpy, only when asked."""
    if name in _HOME:
        return getattr(import_module(f"tenure.risk.{_HOME[name]}"), name)
    raise AttributeError(f"module 'tenure.risk' has no attribute '{name}'")
