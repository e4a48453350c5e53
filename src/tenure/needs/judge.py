"""Every kind of offer judged on a time held out: made as of a past day, and looked for among what was bought after it.

Each kind stands beside a baseline that knows only what sells: for each customer as many products, the most bought of
the shop that the kind could have named (never bought by it, of a category new to it, …). For `due` the baseline is the
share of all the customer's own products that it bought.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from tenure.clock import AsOf, naive
from tenure.needs.limits import Limits
from tenure.needs.offers import KINDS, make_offers
from tenure.needs.renewal import SHOP_GAPS, make_spans, weight_of

__all__ = ["Intervals", "Kind", "intervals", "judge"]

PEOPLE = 50_000  # customers who are judged on, at most
POPULAR = 60


@dataclass(frozen=True)
class Kind:
    """One kind of offer: of those made, the share bought, and of the customers the share who bought one or more."""

    kind: str
    customers: int
    offers: int
    found: float
    hit: float
    baseline_found: float
    baseline_hit: float | None


@dataclass(frozen=True)
class Intervals:
    """The mean error, in days, of when a customer buys a product again: the last gap of each held out."""

    method: str
    mean_error: float
    gaps: int


def judge(con: duckdb.DuckDBPyConnection, cut: AsOf, end: AsOf, limits: Limits) -> tuple[Kind, ...]:
    """Offers as of `cut` against what those who bought by `end` bought; kinds that offered nothing are left out.

    What is out of stock today says nothing of then, so stock plays no part.
    """
    make_offers(con, cut, Limits(limits.never_products, limits.never_categories, limits.gone_after))
    con.execute(_AFTER, {"cut": naive(cut.instant), "end": naive(end.instant)}).fetchall()
    for statement in (_JUDGED, _POPULAR):
        con.execute(statement).fetchall()
    found = tuple(_kind(con, kind) for kind in KINDS)
    return tuple(each for each in found if each is not None)


def _kind(con: duckdb.DuckDBPyConnection, kind: str) -> Kind | None:
    offered = (
        "SELECT o.customer_key, g.good FROM offered AS o JOIN goods AS g ON g.product = o.product"
        f" WHERE kind = '{kind}'"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE tried AS SELECT * FROM ({offered}) SEMI JOIN judged USING (customer_key)"
    )
    customers, offers, found, hit = con.execute(_HITS.format(tried="tried")).fetchall()[0]
    if not offers:
        return None
    if kind == "due":
        base = con.execute(
            _HITS.format(tried="(SELECT customer_key, good FROM own SEMI JOIN tried USING (customer_key))")
        )
        return Kind(kind, customers, offers, found, hit, base.fetchall()[0][2], None)
    plain = con.execute(_HITS.format(tried=f"({_PLAIN.format(condition=_MAY[kind])})")).fetchall()[0]
    return Kind(kind, customers, offers, found, hit, plain[2] or 0.0, plain[3] or 0.0)


#: what those who bought in the span bought
_AFTER = """
CREATE OR REPLACE TEMP TABLE after AS
SELECT DISTINCT e.customer_key, g.good FROM (
  SELECT customer_key, unnest(products) AS line FROM events WHERE kind = 'track' AND name = 'Order Completed'
    AND ts >= CAST($cut AS TIMESTAMP) AND ts < CAST($end AS TIMESTAMP)) AS e
JOIN goods AS g ON g.product = e.line.product
"""
_JUDGED = f"""
CREATE OR REPLACE TEMP TABLE judged AS
SELECT customer_key FROM (SELECT DISTINCT customer_key FROM after) SEMI JOIN own USING (customer_key)
ORDER BY hash(customer_key) LIMIT {PEOPLE}
"""
_POPULAR = f"""
CREATE OR REPLACE TEMP TABLE popular AS
SELECT good, category, price, row_number() OVER (ORDER BY buyers_lately DESC, product) AS place
FROM goods WHERE state = 'sold' QUALIFY place <= {POPULAR}
"""
_HITS = """
SELECT count(*), coalesce(sum(n), 0), sum(hits) / nullif(sum(n), 0),
  avg(CASE WHEN hits > 0 THEN 1.0 ELSE 0.0 END) FROM (
  SELECT t.customer_key, count(*) AS n, count(a.good) AS hits FROM {tried} AS t
  LEFT JOIN after AS a ON a.customer_key = t.customer_key AND a.good = t.good GROUP BY t.customer_key)
"""
_PLAIN = """
SELECT customer_key, good FROM (
  SELECT n.customer_key, p.good, n.n, row_number() OVER (PARTITION BY n.customer_key ORDER BY p.place) AS place
  FROM (SELECT customer_key, count(*) AS n FROM tried GROUP BY customer_key) AS n CROSS JOIN popular AS p
  LEFT JOIN own AS o ON o.customer_key = n.customer_key AND o.good = p.good
  WHERE {condition})
WHERE place <= n
"""
_HAS = "EXISTS (SELECT 1 FROM own AS c WHERE c.customer_key = n.customer_key AND c.category = p.category{})"
_MAY = {
    "again": "true",
    "bundle": "true",
    "with": "o.good IS NULL",
    "similar": "o.good IS NULL",
    "cross": "p.category IS NOT NULL AND NOT " + _HAS.format(""),
    "up": "o.good IS NULL AND " + _HAS.format(" AND p.price > c.price"),
}


def intervals(con: duckdb.DuckDBPyConnection) -> tuple[Intervals, ...]:
    """The last gap of every customer's product held out; what is learned comes from the gaps before. From `lines`."""
    make_spans(con)
    con.execute(_BEFORE_LAST).fetchall()
    weight = weight_of(con).weight
    rows = con.execute(_GAPS, {"shop_gaps": SHOP_GAPS}).fetchnumpy()
    truth = np.asarray(rows["truth"], dtype=float)
    if not len(truth):
        return ()
    n, own, product = (np.asarray(np.ma.filled(rows[name], 0.0), dtype=float) for name in ("n", "own", "product"))
    middle = float(rows["middle"][0])
    methods = {
        "the shop's middle gap": np.full(len(truth), middle),
        "the product's": product,
        "one's own": np.where(n > 0, own / np.maximum(n, 1), product),
        "used": (weight * product + own) / (weight + n),
    }
    return tuple(Intervals(name, _error(truth, logs), len(truth)) for name, logs in methods.items())


def _error(truth: NDArray[np.float64], logs: NDArray[np.float64]) -> float:
    """Rounded, for rows come in any order and a sum of floating-point numbers follows it."""
    return round(float(np.abs(truth - np.exp(logs)).mean()), 6)


#: `spans` as they stood before each last gap
_BEFORE_LAST = """
CREATE OR REPLACE TEMP TABLE last_gaps AS SELECT customer_key, good, last_gap AS truth FROM spans WHERE gaps > 0;
CREATE OR REPLACE TEMP TABLE spans AS SELECT customer_key, good, gaps - 1 AS gaps, log_gaps - ln(last_gap) AS log_gaps,
  squares - ln(last_gap) ** 2 AS squares FROM spans WHERE gaps > 0
"""
_GAPS = """
WITH shop AS (SELECT sum(log_gaps) / sum(gaps) AS middle FROM spans WHERE gaps > 0),
means AS (SELECT good, sum(gaps) AS n, sum(log_gaps) AS logs FROM spans WHERE gaps > 0 GROUP BY good)
SELECT CAST(s.gaps AS DOUBLE) AS n, s.log_gaps AS own, h.middle, l.truth,
  (coalesce(m.logs, 0) + CAST($shop_gaps AS DOUBLE) * h.middle)
    / (coalesce(m.n, 0) + CAST($shop_gaps AS DOUBLE)) AS product
FROM spans AS s JOIN last_gaps AS l ON l.customer_key = s.customer_key AND l.good = s.good
LEFT JOIN means AS m ON m.good = s.good, shop AS h WHERE h.middle IS NOT NULL
"""
