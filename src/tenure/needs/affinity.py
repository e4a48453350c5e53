"""Which categories a customer, or a segment, buys in more than the shop; few lines draw a share to the shop's.

The lines of a customer are taken as drawn from shares of its own, which lie around the shop's with concentration
`weight` (a Dirichlet-multinomial). Two lines of one customer are of one category with probability
Σq² + (1 - Σq²) / (1 + weight); how often they are tells the weight (the moment estimator).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from math import sqrt

import duckdb

__all__ = ["Leaning", "leanings", "make_affinities"]

MOST_WEIGHT = 1000.0
USUAL_WEIGHT = 10.0  # where nobody has two lines yet


@dataclass(frozen=True)
class Leaning:
    """How a segment's share of a category stands to the shop's: `lift` with its 95 per cent interval."""

    segment: str
    category: str
    customers: int
    share: float
    lift: float
    low: float
    high: float


def make_affinities(con: duckdb.DuckDBPyConnection) -> float:
    """Make the temp table `affinities` from `lines` and `goods`; returns how many lines the shop's shares count."""
    weight = _weight(con)
    query = files("tenure.needs").joinpath("affinity.sql").read_text("utf-8")
    con.execute(f"CREATE OR REPLACE TEMP TABLE affinities AS {query}", {"weight": weight}).fetchall()
    return weight


def _weight(con: duckdb.DuckDBPyConnection) -> float:
    pairs, same, by_chance = con.execute(_PAIRS).fetchall()[0]
    if not pairs or by_chance >= 1:
        return USUAL_WEIGHT
    correlation = (same / pairs - by_chance) / (1 - by_chance)
    return MOST_WEIGHT if correlation <= 1 / (1 + MOST_WEIGHT) else max(0.0, 1 / correlation - 1)


_PAIRS = """
WITH counted AS (SELECT l.customer_key, g.category, CAST(count(*) AS DOUBLE) AS n FROM lines AS l JOIN goods AS g
  ON g.good = l.good WHERE g.category IS NOT NULL GROUP BY l.customer_key, g.category),
people AS (SELECT sum(n) AS total FROM counted GROUP BY customer_key),
shop AS (SELECT sum(n) / (SELECT sum(n) FROM counted) AS share FROM counted GROUP BY category)
SELECT (SELECT sum(total * (total - 1)) FROM people), sum(n * (n - 1)), (SELECT sum(share ** 2) FROM shop) FROM counted
"""


def leanings(con: duckdb.DuckDBPyConnection, weight: float) -> tuple[Leaning, ...]:
    """Every value segment's share of each category against the shop's, from `affinities` and the newest segments.

    The interval counts a customer's lines as less than so many independent ones, by the correlation within customers.
    """
    rows = con.execute(_BY_SEGMENT).fetchall()
    correlation = 1 / (1 + weight)
    return tuple(_leaning(row, correlation) for row in rows)


def _leaning(row: tuple[str, str, int, float, float, float], correlation: float) -> Leaning:
    segment, category, people, n, lines, shop = row
    share = n / lines
    effective = lines / (1 + max(0.0, lines / people - 1) * correlation)
    low, high = _wilson(share, effective)
    return Leaning(segment, category, people, share, share / shop, low / shop, high / shop)


def _wilson(share: float, n: float) -> tuple[float, float]:
    """The 95 per cent interval of a share (Wilson 1927): right at 0 and 1 and for few, too."""
    z = 1.96
    middle, margin = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return (middle - margin) / (1 + z * z / n), (middle + margin) / (1 + z * z / n)


_BY_SEGMENT = """
WITH newest AS (
  SELECT customer_key, segment FROM segment_history WHERE month = (SELECT max(month) FROM segment_history)),
placed AS (
  SELECT n.segment, a.customer_key, a.category, a.n FROM affinities AS a JOIN newest AS n USING (customer_key)),
wholes AS (SELECT segment, count(DISTINCT customer_key) AS people, sum(n) AS lines FROM placed GROUP BY segment),
shop AS (SELECT category, sum(n) / sum(sum(n)) OVER () AS share FROM placed GROUP BY category),
cells AS (SELECT segment, category, sum(n) AS n FROM placed GROUP BY segment, category)
SELECT w.segment, s.category, w.people, coalesce(c.n, 0)::DOUBLE, w.lines::DOUBLE, s.share
FROM wholes AS w CROSS JOIN shop AS s LEFT JOIN cells AS c ON c.segment = w.segment AND c.category = s.category
ORDER BY w.segment, s.category
"""
