"""Needs: when a customer will order next, and what to offer it."""

from tenure.needs.offers import make_offers
from tenure.needs.report import Baskets, Gaps, Report, report
from tenure.needs.rhythm import Rhythm, Rhythms
from tenure.needs.room import Needs, Offer, Renewal, Wanted

__all__ = [
    "Baskets",
    "Gaps",
    "Needs",
    "Offer",
    "Renewal",
    "Report",
    "Rhythm",
    "Rhythms",
    "Wanted",
    "make_offers",
    "report",
]
