"""What to offer each customer: what it buys itself and is sought now, and what others buy with it.

`again`: products of its own, those of late baskets weighing more (each basket back counts FADING times the one after
it), those that the whole shop buys these weeks more still. `with`: products it never bought that go together with what
it buys, by the share of days on which others bought both.
"""

from __future__ import annotations

from importlib.resources import files

import duckdb

from tenure.clock import AsOf, naive

__all__ = ["FADING", "PULL", "TREND_DAYS", "make_offers"]

FADING = 0.9
PULL = 8.0
TREND_DAYS = 30
AGAIN, WITH = 10, 5
SUPPORT = 5  # days on which two products were bought together, at the least
MOST_LINES = 40  # of one day's products that are paired; longer lists are a trader's
PAIRS = 20


def make_offers(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> None:
    """Make the temp table `offered` from the view `events`.

    Grain: one row per customer, kind (again or with) and place from 1: customer_key, kind, place, product, score, and
    for `with` the product it goes with (`because`).
    """
    before = naive(as_of.instant)
    again = _query("repeat.sql")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE wanted AS {again}",
        {"before": before, "today": as_of.day, "trend_days": TREND_DAYS, "fading": FADING, "pull": PULL},
    ).fetchall()
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE pairs AS {_query('pairs.sql')}",
        {"before": before, "most_lines": MOST_LINES, "support": SUPPORT, "pairs": PAIRS},
    ).fetchall()
    con.execute(f"CREATE OR REPLACE TEMP TABLE offered AS {_OFFERS}").fetchall()
    con.execute("DROP TABLE wanted").fetchall()


def _query(name: str) -> str:
    return files("tenure.needs").joinpath(name).read_text("utf-8")


_OFFERS = f"""
WITH again AS (
  SELECT customer_key, product, score, 
    row_number() OVER (PARTITION BY customer_key ORDER BY score DESC, product) AS place
  FROM wanted),
pulled AS (
  SELECT a.customer_key, p.other AS product, sum(a.score * p.share) AS score,
    arg_max(p.product, a.score * p.share) AS because
  FROM again AS a JOIN pairs AS p ON p.product = a.product
  WHERE a.place <= {AGAIN}
  GROUP BY a.customer_key, p.other),
fresh AS (
  SELECT p.*, row_number() OVER (PARTITION BY p.customer_key ORDER BY p.score DESC, p.product) AS place
  FROM pulled AS p LEFT JOIN wanted AS w ON w.customer_key = p.customer_key AND w.product = p.product
  WHERE w.product IS NULL)
SELECT customer_key, 'again' AS kind, CAST(place AS INTEGER) AS place, product, score, CAST(NULL AS VARCHAR) AS because
FROM again WHERE place <= {AGAIN}
UNION ALL
SELECT customer_key, 'with', CAST(place AS INTEGER), product, score, because FROM fresh WHERE place <= {WITH}
"""
