"""Needs: when a customer will order next, what to offer it and why, and what the shop as a whole shows."""

from tenure.needs.affinity import Leaning
from tenure.needs.festivals import Festival, Swing
from tenure.needs.judge import Intervals, Kind
from tenure.needs.limits import Limits, load_limits
from tenure.needs.offers import KINDS, LATELY, make_offers
from tenure.needs.report import Baskets, Gaps, Report, report
from tenure.needs.rhythm import Rhythm, Rhythms
from tenure.needs.room import Inclination, Needs, Renewal, Wanted
from tenure.needs.season import Index, Season
from tenure.needs.sellers import Awaited, Bundle, Seller, awaited, awaited_counts, best, bundles, pattern, slow, states
from tenure.needs.titles import Titles, load_titles
from tenure.needs.words import Offer, kind_words, reason

__all__ = [
    "KINDS",
    "LATELY",
    "Awaited",
    "Baskets",
    "Bundle",
    "Festival",
    "Gaps",
    "Inclination",
    "Index",
    "Intervals",
    "Kind",
    "Leaning",
    "Limits",
    "Needs",
    "Offer",
    "Renewal",
    "Report",
    "Rhythm",
    "Rhythms",
    "Season",
    "Seller",
    "Swing",
    "Titles",
    "Wanted",
    "awaited",
    "awaited_counts",
    "best",
    "bundles",
    "kind_words",
    "load_limits",
    "load_titles",
    "make_offers",
    "pattern",
    "reason",
    "report",
    "slow",
    "states",
]
