"""Scores by day: what value, risk, health and needs say of a customer, kept so that rules can read them.

A score holds from the instant it was made for until the next one. A row is kept when a score moved far enough to matter
(`Column.moved`), came or went; what stays where it was costs nothing. `<source>_history` has every row,
`<source>_scores` each customer's newest one, so that asking as of now reads no history.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

__all__ = ["SCORES", "SCORE_TABLES", "Column", "known_sql", "latest_sql", "resolved_sql", "score_columns"]


@dataclass(frozen=True)
class Column:
    """A kept score: its SQL type, how it is rounded, and when it moved; `since` names the column whose change it dates.

    Whether it came or went is asked apart.
    """

    kind: str
    kept: str = "{v}"
    moved: str = "{new} <> {old}"
    since: str = ""


_SHARE = Column("DOUBLE", "round({v}, 2)", "abs({new} - {old}) >= 0.05")
_WORD = Column("VARCHAR")
_SINCE = Column("DATE", since="band")

#: {source: its kept scores}; the catalogue in `definitions` tells what each means.
SCORES: Mapping[str, Mapping[str, Column]] = {
    "value": {
        "expected": Column("BIGINT", moved="abs({new} - {old}) > 0.1 * abs({old})"),
        "orders": Column("DOUBLE", "round({v}, 2)", "abs({new} - {old}) > greatest(0.1 * {old}, 0.05)"),
        "alive": _SHARE,
    },
    "risk": {"probability": _SHARE, "band": _WORD, "since": _SINCE},
    "health": {
        "score": Column("BIGINT", "CAST(floor({v}) AS BIGINT)", "abs({new} - {old}) >= 5"),
        "band": _WORD,
        "since": _SINCE,
    },
    "needs": {
        "next_order_day": Column("DATE", moved="abs(date_diff('day', {old}, {new})) >= 2"),
        "gap_days": Column("DOUBLE", "round({v}, 1)", "abs({new} - {old}) > 0.1 * {old}"),
    },
}
SCORE_TABLES = tuple(f"{source}_{kind}" for source in SCORES for kind in ("scores", "history"))

_KEYS = {"customer_key": "BIGINT", "day": "DATE", "inside": "BOOLEAN", "as_of": "TIMESTAMP", "made_at": "TIMESTAMP"}


def score_columns(source: str) -> dict[str, str]:
    """The columns of a source's two tables. `inside`: made for an instant after the first one of `day`."""
    return {**_KEYS, **{name: each.kind for name, each in SCORES[source].items()}}


def resolved_sql(source: str, rows: str, linked: bool) -> str:
    """SQL for score rows under the customer they now belong to, and whether that was their own key (`own`)."""
    if not linked:
        return f"SELECT *, true AS own FROM ({rows})"
    others = "".join(f", s.{name}" for name in score_columns(source) if name != "customer_key")
    key = "coalesce(m.customer_key, s.customer_key)"
    return (
        f"SELECT {key} AS customer_key{others}, {key} = s.customer_key AS own FROM ({rows}) AS s"
        " LEFT JOIN identity AS m ON m.source_key = s.customer_key"
    )


def latest_sql(rows: str, columns: Collection[str], until: str | None = None) -> str:
    """SQL for the newest of `rows` a customer that was made for an instant up to `until`: all its columns together.

    Of two of one instant (two people found to be one) the row under the customer's own key counts.
    """
    packed = ", ".join(f"{name} := {name}" for name in columns)
    shown = ", ".join(f"kept.{name} AS {name}" for name in columns)
    where = f" WHERE as_of <= {until}" if until else ""
    return (
        f"SELECT customer_key, {shown} FROM (SELECT customer_key, arg_max(struct_pack({packed}),"
        f" struct_pack(t := as_of, o := own, m := made_at)) AS kept FROM {rows}{where} GROUP BY customer_key)"
    )


def known_sql(source: str, columns: Collection[str], until: str) -> str:
    """SQL for what was known of everybody at an instant, from the views `<source>_scores` and `<source>_history`.

    Grain: one row per customer scored by then. History is only read of those who were scored again since.
    """
    wanted = ", ".join(dict.fromkeys(["customer_key", "as_of", "own", "made_at", *columns]))
    later = f"SELECT customer_key FROM {source}_scores WHERE as_of > {until}"
    rows = (
        f"(SELECT {wanted} FROM {source}_scores WHERE as_of <= {until} UNION ALL SELECT {wanted}"
        f" FROM {source}_history WHERE customer_key IN ({later}))"
    )
    return latest_sql(rows, columns, until)
