"""How well needs would have been told, each beside its baselines.

Everybody's last basket held out, and the gap before it; each kind of offer on a span of time held out; the last gap of
every customer's product.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np

from tenure.clock import AsOf, Clock, naive
from tenure.errors import UsageError
from tenure.needs.judge import Intervals, Kind, intervals, judge
from tenure.needs.limits import Limits
from tenure.needs.offers import FADING, PULL, TREND_DAYS, make_goods
from tenure.needs.rhythm import learn, read

__all__ = ["Baskets", "Gaps", "Report", "report", "sample"]

FIRST = 10
MOST = 100_000  # customers in a report
SPAN = (14, 90)  # days held out for the kinds of offers: a quarter of the history, within these


@dataclass(frozen=True)
class Baskets:
    """The share of the last basket's products among ten offered (`recall`), and of customers with one or more right."""

    method: str
    recall: float
    hit: float


@dataclass(frozen=True)
class Gaps:
    """The mean error of the next order's date, in days."""

    method: str
    mean_error: float


@dataclass(frozen=True)
class Report:
    """All hold-outs. `customers` bought on three days or more; `kinds` were made `days` before the end."""

    customers: int
    basket: float
    baskets: tuple[Baskets, ...]
    gaps: tuple[Gaps, ...]
    days: int
    kinds: tuple[Kind, ...]
    intervals: tuple[Intervals, ...]
    seconds: float

    def document(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


#: one row per (customer with three buying days or more, product of its days): 0 is the last day, what lies after counts
_LINES = """
CREATE OR REPLACE TEMP TABLE held AS
WITH lines AS (
  SELECT DISTINCT customer_key, day, line.product AS product FROM (
    SELECT customer_key, day, unnest(products) AS line FROM events
    WHERE kind = 'track' AND name = 'Order Completed' AND ts < CAST($before AS TIMESTAMP))
  WHERE line.product IS NOT NULL),
days AS (
  SELECT customer_key, day, row_number() OVER (PARTITION BY customer_key ORDER BY day DESC) - 1 AS ago,
    count(*) OVER (PARTITION BY customer_key) AS days, max(day) OVER (PARTITION BY customer_key) AS last
  FROM (SELECT DISTINCT customer_key, day FROM lines))
SELECT l.*, d.ago, d.last FROM lines AS l JOIN days AS d USING (customer_key, day) WHERE d.days >= 3
"""
#: popularity of each product in the days before each customer's last day: nothing of that day or after it counts
_TREND = """
CREATE OR REPLACE TEMP TABLE trend AS
WITH daily AS (SELECT line.product AS product, day, count(DISTINCT customer_key) AS n FROM (
    SELECT customer_key, day, unnest(products) AS line FROM events
    WHERE kind = 'track' AND name = 'Order Completed') WHERE line.product IS NOT NULL GROUP BY ALL),
summed AS (
  SELECT t.last, d.product, sum(d.n) AS n FROM (SELECT DISTINCT last FROM held) AS t
  JOIN daily AS d ON d.day < t.last AND d.day >= t.last - CAST($days AS INTEGER) GROUP BY ALL)
SELECT last, product, n, n / CAST(max(n) OVER (PARTITION BY last) AS DOUBLE) AS share FROM summed
"""
_OWN = "SELECT customer_key, product, last, sum(? ** (ago - 1)) AS weight FROM held WHERE ago > 0 GROUP BY ALL"
_ALL = (
    "SELECT h.customer_key, t.product, t.n AS score FROM (SELECT DISTINCT customer_key, last FROM held) AS h"
    " JOIN (SELECT * FROM trend"
    f" QUALIFY row_number() OVER (PARTITION BY last ORDER BY n DESC, product) <= {FIRST}) AS t"
    " ON t.last = h.last"
)
_METHODS = {
    "most bought by all": (_ALL, []),
    "most bought by oneself": (_OWN.replace("? **", "1.0 **").replace("weight", "score"), []),
    "bought lately by oneself": (_OWN.replace("weight", "score"), [FADING]),
    "used": (
        "SELECT customer_key, product, max(score) AS score FROM (SELECT o.customer_key, o.product,"
        f" weight * (1 + ? * coalesce(t.share, 0)) AS score FROM ({_OWN}) AS o"
        " LEFT JOIN trend AS t ON t.last = o.last AND t.product = o.product"
        f" UNION ALL SELECT customer_key, product, 1e-6 * score FROM ({_ALL})) GROUP BY customer_key, product",
        [PULL, FADING],
    ),
}


def sample(con: duckdb.DuckDBPyConnection) -> None:
    """Leave the view `events` of `con` the orders of MOST customers or so, where there are more: enough to judge by."""
    orders = "kind = 'track' AND name IN ('Order Completed', 'Order Refunded', 'Order Cancelled')"
    customers: int = con.execute(f"SELECT count(DISTINCT customer_key) FROM events WHERE {orders}").fetchall()[0][0]
    if customers <= MOST:
        return
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE sampled_events AS SELECT * FROM events WHERE {orders}"
        f" AND hash(customer_key) % {-(-customers // MOST)} = 0"
    ).fetchall()
    con.execute("CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM sampled_events").fetchall()


def report(con: duckdb.DuckDBPyConnection, clock: Clock, as_of: AsOf, limits: Limits) -> Report:
    """Judge offers and dates on what happened last. Raises UsageError when nobody bought on three days.

    Leaves its own tables behind under the names of `make_offers`.
    """
    start = time.perf_counter()
    con.execute(_LINES, {"before": naive(as_of.instant)}).fetchall()
    customers, basket = con.execute(
        "SELECT count(DISTINCT customer_key), count(*) FILTER (ago = 0) / nullif(count(DISTINCT customer_key), 0)"
        " FROM held"
    ).fetchall()[0]
    if not customers:
        raise UsageError("Nobody bought on three days yet, so offers cannot be judged. Come back with more history.")
    con.execute(_TREND, {"days": TREND_DAYS}).fetchall()
    baskets = tuple(_judged(con, name, query, params) for name, (query, params) in _METHODS.items())
    gaps = _gaps(con, as_of)
    make_goods(con, as_of, limits)
    again = intervals(con)
    days = _held_out(con, as_of)
    kinds = judge(con, clock.as_of(as_of.day - timedelta(days=days)), as_of, limits)
    return Report(customers, float(basket), baskets, gaps, days, kinds, again, time.perf_counter() - start)


def _held_out(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> int:
    first: date = con.execute("SELECT min(day) FROM lines").fetchall()[0][0]
    return min(SPAN[1], max(SPAN[0], (as_of.day - first).days // 4))


def _judged(con: duckdb.DuckDBPyConnection, name: str, query: str, params: list[Any]) -> Baskets:
    row = con.execute(
        f"WITH offered AS (SELECT customer_key, product FROM ({query})"
        f" QUALIFY row_number() OVER (PARTITION BY customer_key ORDER BY score DESC, product) <= {FIRST}),"
        " judged AS (SELECT h.customer_key, count(*) AS size, count(o.product) AS right_ones FROM held AS h"
        " LEFT JOIN offered AS o ON o.customer_key = h.customer_key AND o.product = h.product"
        " WHERE h.ago = 0 GROUP BY h.customer_key)"
        " SELECT avg(right_ones / size), avg(CASE WHEN right_ones > 0 THEN 1.0 ELSE 0.0 END) FROM judged",
        params,
    ).fetchall()[0]
    return Baskets(name, float(row[0]), float(row[1]))


def _gaps(con: duckdb.DuckDBPyConnection, as_of: AsOf) -> tuple[Gaps, ...]:
    """The last gap held out; the weight is learned from the gaps before it."""
    earlier, truth = read(con, as_of).before_last()
    if not len(truth):
        return ()
    rhythm = learn(earlier)
    own = np.exp(earlier.log_gaps / earlier.gaps)
    middle = float(np.exp(np.median(earlier.log_gaps / earlier.gaps)))
    methods = {"the shop's middle gap": np.full(len(truth), middle), "one's own": own, "used": rhythm.days(earlier)}
    return tuple(Gaps(name, float(np.abs(truth - days).mean())) for name, days in methods.items())
