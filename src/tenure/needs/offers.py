"""What to offer each customer, of seven kinds, each with the figures of its reason.

`again`: products of its own, those of late baskets weighing more (each basket back counts FADING times the one after
it), those that the whole shop buys these weeks more still. `due`: its own products by their interval (renewal.py).
`with`: what goes into one basket with its products. `similar`: what the same people buy, on whatever days. `cross`: a
best seller of a category that buyers of its categories buy in too. `up`: the dearer product of the same category that
buyers moved up to. `bundle`: what stands with one of its products beyond chance, together with it.

Never offered: what the company forbids, what is out of stock, what nobody bought for long, what was sold on one day
only, and to a customer what it gave back.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import duckdb

from tenure.clock import AsOf, naive
from tenure.needs.limits import Limits
from tenure.needs.renewal import Intervals, make_due

__all__ = ["FADING", "KINDS", "LATELY", "PULL", "SUPPORT", "TREND_DAYS", "make_goods", "make_offers", "query"]

KINDS = ("again", "due", "with", "similar", "cross", "up", "bundle")

FADING = 0.9
PULL = 8.0
TREND_DAYS = 30
LATELY = 90  # days over which a shop's sellers are compared
NEW_FOR = 30  # days in which a product sold on one day only may still be a new one
SUPPORT = 5  # days (or customers) on which two products were bought together, at the least
MOST_LINES = 40  # of one day's products that are paired; longer lists are a trader's
MOST_OWNED = 60  # of one customer's products, the latest, that are paired
SHRINK = 10.0  # customers that a likeness must outweigh
DEARER = (1.15, 4.0)
MOST_PAIRS = 40_000_000  # above that a sample of customers tells which products go together
PLACES = {"again": 10, "due": 3, "with": 5, "similar": 3, "cross": 3, "up": 2, "bundle": 1}
SOURCES, LINKS = 6, 10


def make_goods(con: duckdb.DuckDBPyConnection, as_of: AsOf, limits: Limits) -> None:
    """Make the temp tables `goods` (one row a product), `lines`, `returned` and `own` from the view `events`."""
    today = as_of.day
    con.execute("CREATE OR REPLACE TEMP TABLE stocked (product VARCHAR, stock DOUBLE)").fetchall()
    if limits.stock:
        con.executemany("INSERT INTO stocked VALUES (?, ?)", [list(row) for row in dict(limits.stock).items()])
    _make(con, "bought", {"before": naive(as_of.instant)})
    never = {"never_products": list(limits.never_products), "never_categories": list(limits.never_categories)}
    span = {"lately": LATELY, "gone_after": limits.gone_after, "new_for": NEW_FOR, "trend_days": TREND_DAYS}
    _make(con, "goods", {"today": today, **span, **never})
    _make(con, "returned")
    _make(con, "lines")
    con.execute("DROP TABLE bought").fetchall()
    _make(con, "own", {"today": today, "trend_days": TREND_DAYS, "fading": FADING, "pull": PULL})


def make_offers(con: duckdb.DuckDBPyConnection, as_of: AsOf, limits: Limits | None = None) -> Intervals:
    """Make the temp tables `offered`, `due` and `bundles`, besides those of `make_goods`.

    Grain of `offered`: one row per customer, kind and place from 1: customer_key, kind, place, product, score, and the
    reason: `because` (a product; for cross a category), `figure` (share; for bundle the lift), `n` (how many it was
    counted on), `days` (usual interval), `day` (last bought), `amount` (minor units: dearer by, price together).
    """
    make_goods(con, as_of, limits or Limits())
    intervals = make_due(con, as_of)
    _links(con)
    con.execute("CREATE OR REPLACE TEMP TABLE offered AS " + " UNION ALL ".join([_AGAIN, _DUE])).fetchall()
    for kind, links, n, amount in (
        ("with", "with_links", "days", "NULL"),
        ("similar", "similar_links", "buyers", "NULL"),
        ("up", "up_links", "movers", "dearer"),
        ("bundle", "bundle_links", "days", "price"),
    ):
        con.execute(f"INSERT INTO offered {_pulled(kind, links, n, amount)}").fetchall()
    con.execute(f"INSERT INTO offered {_CROSS}").fetchall()
    return intervals


def query(name: str) -> str:
    """A query of this room."""
    return files("tenure.needs").joinpath(f"{name}.sql").read_text("utf-8")


def _make(con: duckdb.DuckDBPyConnection, name: str, params: Mapping[str, Any] | None = None) -> None:
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query(name)}", dict(params or {})).fetchall()


def _links(con: duckdb.DuckDBPyConnection) -> None:
    """Make what leads from a product (a category) to another, for each kind."""
    samples = _samples(con)
    _make(con, "pairs", {"support": SUPPORT, "most_lines": MOST_LINES, "basket_sample": samples["basket_sample"]})
    owners = {"support": SUPPORT, "most_owned": MOST_OWNED, "owner_sample": samples["owner_sample"], "pairs": LINKS}
    for name, table, params in (
        ("similar_links", "alike", {**owners, "shrink": SHRINK}),
        ("up_links", "steps_up", {**owners, "dearer_from": DEARER[0], "dearer_to": DEARER[1]}),
        ("leads", "leads", {"support": SUPPORT}),
        ("bundles", "bundles", {}),
    ):
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query(table)}", params).fetchall()
    con.execute(f"CREATE OR REPLACE TEMP TABLE with_links AS {_WITH_LINKS}").fetchall()
    con.execute(f"CREATE OR REPLACE TEMP TABLE bundle_links AS {_BUNDLE_LINKS}").fetchall()


def _samples(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many of a thousand customers are paired, so that the pairs stay countable: 1000 (all) in most shops."""
    queries = {
        "basket_sample": "SELECT sum(least(n, ?)::DOUBLE ** 2 / 2) FROM"
        " (SELECT count(*) AS n FROM lines GROUP BY customer_key, day)",
        "owner_sample": "SELECT sum(least(n, ?)::DOUBLE ** 2 / 2) FROM"
        " (SELECT count(*) AS n FROM own GROUP BY customer_key)",
    }
    most = {"basket_sample": MOST_LINES, "owner_sample": MOST_OWNED}
    pairs = {name: con.execute(text, [most[name]]).fetchall()[0][0] or 1 for name, text in queries.items()}
    return {name: min(1000, max(1, int(1000 * MOST_PAIRS / count))) for name, count in pairs.items()}


_COLUMNS = "customer_key, kind, place, product, score, because, figure, n, days, day, amount"
_NOTHING = "CAST(NULL AS VARCHAR) AS because, CAST(NULL AS DOUBLE) AS figure"

_AGAIN = f"""
SELECT customer_key, 'again' AS kind, CAST(place AS INTEGER) AS place, product, score, {_NOTHING},
  times AS n, CAST(NULL AS DOUBLE) AS days, last_day AS day, CAST(NULL AS BIGINT) AS amount
FROM own WHERE place <= {PLACES["again"]} AND state = 'sold'
"""
_DUE = f"""
SELECT customer_key, 'due', CAST(nearness AS INTEGER), product, score, {_NOTHING}, times, days, last_day,
  CAST(NULL AS BIGINT)
FROM due WHERE nearness <= {PLACES["due"]} AND soon
"""
_WITH_LINKS = f"""
SELECT p.good, p.other, p.days, p.share FROM pairs AS p JOIN goods AS g ON g.good = p.other
WHERE p.lift > 1 AND g.state = 'sold'
QUALIFY row_number() OVER (PARTITION BY p.good ORDER BY p.share DESC, p.other) <= {LINKS}
"""
_BUNDLE_LINKS = """
SELECT b.goods[i] AS good, b.goods[3 - i] AS other, b.baskets AS days, b.lift AS share, b.price
FROM bundles AS b, (VALUES (1), (2)) AS side(i) WHERE len(b.goods) = 2
QUALIFY row_number() OVER (PARTITION BY b.goods[i] ORDER BY b.place) <= 3
"""


def _pulled(kind: str, links: str, n: str, amount: str) -> str:
    """Offers of one kind: what a customer's strongest products lead to, without what it has (a bundle may hold that).

    The strength of a link is `share`; a customer's own products count by their score, each to the strongest's.
    """
    owned = "" if kind == "bundle" else " AND o.good IS NULL"
    weight = "log2(1 + l.share)" if kind == "bundle" else "l.cosine" if kind == "similar" else "l.share"
    return f"""
WITH pulled AS (
  SELECT a.customer_key, l.other, round(sum(a.score * {weight}), 9) AS score,
    max(struct_pack(pull := a.score * {weight}, good := a.good, figure := l.share, n := l.{n},
      amount := CAST({"l." + amount if amount != "NULL" else amount} AS BIGINT))) AS best
  FROM own AS a JOIN {links} AS l ON l.good = a.good
  WHERE a.place <= {SOURCES}
  GROUP BY a.customer_key, l.other
),
fresh AS (
  SELECT p.*, row_number() OVER (PARTITION BY p.customer_key ORDER BY p.score DESC, p.other) AS place
  FROM pulled AS p
  LEFT JOIN own AS o ON o.customer_key = p.customer_key AND o.good = p.other
  LEFT JOIN returned AS r ON r.customer_key = p.customer_key AND r.good = p.other
  WHERE r.good IS NULL{owned}
)
SELECT f.customer_key, '{kind}', CAST(f.place AS INTEGER), g.product, f.score, b.product, f.best.figure, f.best.n,
  CAST(NULL AS DOUBLE), CAST(NULL AS DATE), f.best.amount
FROM fresh AS f JOIN goods AS g ON g.good = f.other JOIN goods AS b ON b.good = f.best.good
WHERE f.place <= {PLACES[kind]}
"""


_CROSS = f"""
WITH stars AS (
  SELECT category, product, good, buyers_lately / CAST(sum(buyers) OVER (PARTITION BY category) AS DOUBLE) AS part
  FROM goods WHERE state = 'sold' AND category IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY category ORDER BY buyers_lately DESC, buyers DESC, product) <= 3
),
owned AS (
  SELECT customer_key, category, round(sum(score), 9) AS score FROM own WHERE category IS NOT NULL GROUP BY ALL
),
strongest AS (
  SELECT * FROM owned QUALIFY row_number() OVER (PARTITION BY customer_key ORDER BY score DESC, category) <= {SOURCES}
),
pulled AS (
  SELECT a.customer_key, l.other, max(struct_pack(share := l.share, because := a.category, n := l.buyers)) AS best
  FROM strongest AS a JOIN leads AS l ON l.category = a.category
  GROUP BY a.customer_key, l.other
),
fresh AS (
  SELECT p.customer_key, s.product, p.best, p.best.share * s.part AS score,
    row_number() OVER (PARTITION BY p.customer_key ORDER BY p.best.share * s.part DESC, s.product) AS place
  FROM pulled AS p JOIN stars AS s ON s.category = p.other
  LEFT JOIN owned AS o ON o.customer_key = p.customer_key AND o.category = p.other
  LEFT JOIN returned AS r ON r.customer_key = p.customer_key AND r.good = s.good
  WHERE o.category IS NULL AND r.good IS NULL
)
SELECT customer_key, 'cross', CAST(place AS INTEGER), product, score, best.because, best.share, best.n,
  CAST(NULL AS DOUBLE), CAST(NULL AS DATE), CAST(NULL AS BIGINT)
FROM fresh WHERE place <= {PLACES["cross"]}
"""
