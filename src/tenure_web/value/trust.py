"""How far the forecast of value can be trusted: the charts of the hold-out that was kept with the fit."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

__all__ = ["judged", "tenths", "tracking"]

OWN = "each contract's own risk"

Report = Mapping[str, Any]


def judged(report: Report) -> dict[str, Any]:
    """A hold-out for its part of the page; `refused` in it says why it could not be made."""
    if "refused" in report:
        return {"report": report, "name": "refused"}
    spend = [row for row in report["rows"] if row["spend"]]
    own = any(row["chosen"] and row["model"] == OWN for row in report["rows"])
    made = {"tracking": tracking(report), "tenths": tenths(report), "spend": spend, "own": own}
    return {"report": report, "name": report.get("awaited", "purchase"), **made}


def tracking(report: Report) -> dict[str, Any]:
    """All that came since the cut, week by week, beside what was expected, and by the naive baseline.

    A report kept by an older version has no baseline by the week.
    """
    weeks = report["tracking"]
    series = [
        {"name": _("came"), "values": [round(week["actual"]) for week in weeks], "colour": "accent"},
        {"name": _("expected"), "values": [round(week["expected"], 1) for week in weeks], "colour": "warm"},
    ]
    if all("naive" in week for week in weeks):
        series.append({"name": _("naive"), "values": [round(week["naive"], 1) for week in weeks], "colour": "grey"})
    return {"x": [str(week["week"]) for week in weeks], "series": series}


def tenths(report: Report) -> dict[str, Any]:
    """What each tenth of the customers was expected to do, the lowest first, beside what it did; of what is used."""
    listed = next(row for row in report["rows"] if row["chosen"])["purchases"]["deciles"]
    return {
        "x": [str(place) for place in range(1, len(listed) + 1)],
        "series": [
            {"name": _("expected"), "values": [round(each["expected"], 3) for each in listed], "colour": "warm"},
            {"name": _("came"), "values": [round(each["actual"], 3) for each in listed], "colour": "accent"},
        ],
        "customers": [each["customers"] for each in listed],
    }
