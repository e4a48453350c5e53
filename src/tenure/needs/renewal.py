"""When a customer needs a product again: the product's own interval, shrunk to the customer's.

Empirical Bayes on the scale of logarithms. A customer's mean gap of a product, of n gaps, lies around the product's
mean with variance within / n + between; both variances are told by the moments of all gaps (one-way analysis of
variance, Searle, Casella & McCulloch 1992, section 3.6), so the product's mean counts as `weight` = within / between
gaps of the customer's own. A product's mean in turn counts SHOP_GAPS gaps of the shop's. What has been due for longer
than LAPSED intervals since the last purchase is no longer awaited.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import duckdb

from tenure.clock import AsOf

__all__ = ["SOON", "Intervals", "make_due", "make_spans", "weight_of"]

SHOP_GAPS = 5.0
REBUYERS = 5  # customers who bought a product again, at the least, before its interval is told
COMMON = 0.2  # of a product's buyers who bought it again, before it is awaited of those who bought it once
SOON = 14
LAPSED = 3.0
MOST_WEIGHT = 1000.0  # customers do not differ beyond chance: the product's interval alone


@dataclass(frozen=True)
class Intervals:
    """What was learned: the variance of gaps within a customer's product and between customers, and the weight."""

    within: float
    between: float
    weight: float


def make_due(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> Intervals:
    """Make the temp tables `spans`, `intervals` and `due` from `lines`, `goods` and `own`."""
    make_spans(con)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE intervals AS {_query('intervals')}",
        {"shop_gaps": SHOP_GAPS, "support": REBUYERS},
    ).fetchall()
    found = weight_of(con)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE due AS {_query('due')}",
        {"weight": found.weight, "today": as_of.day, "soon": SOON, "common": COMMON, "lapsed": LAPSED},
    ).fetchall()
    return found


def make_spans(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temp table `spans` from `lines`."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE spans AS {_query('spans')}").fetchall()


def weight_of(con: duckdb.DuckDBPyConnection) -> Intervals:
    """The two variances of `spans` around their products' means, and how many own gaps the product's mean counts."""
    total, groups, goods, inside, outside, uneven = con.execute(_MOMENTS).fetchall()[0]
    if total <= groups or groups <= goods:
        return Intervals(0.0, 0.0, MOST_WEIGHT if total <= groups else 1.0)
    within = inside / (total - groups)
    between = max(0.0, (outside / (groups - goods) - within) / ((total - uneven) / (groups - goods)))
    weight = MOST_WEIGHT if between <= 0 else min(MOST_WEIGHT, within / between)
    return Intervals(within, between, weight)


def _query(name: str) -> str:
    return files("tenure.needs").joinpath(f"{name}.sql").read_text("utf-8")


#: one row: gaps, groups (customer × product), products, squares within groups and between them, Σ Σn² / N of products
_MOMENTS = """
WITH means AS (
  SELECT good, sum(gaps) AS n, sum(log_gaps) / sum(gaps) AS mean, sum(gaps * gaps) / sum(gaps) AS uneven
  FROM spans WHERE gaps > 0 GROUP BY good)
SELECT coalesce(sum(s.gaps), 0), count(*), count(DISTINCT s.good), 
  coalesce(sum(s.squares - s.log_gaps ** 2 / s.gaps), 0),
  coalesce(sum(s.gaps * (s.log_gaps / s.gaps - m.mean) ** 2), 0), (SELECT coalesce(sum(uneven), 0) FROM means)
FROM spans AS s JOIN means AS m ON m.good = s.good WHERE s.gaps > 0
"""
