"""Times and amounts as people write them: conventions found over the whole column, then SQL that reads exactly.

Every expression here yields NULL for a value that cannot be read, so that its line can be refused with a reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from tenure.errors import CollectError

__all__ = ["EXACT", "MISSING", "amount_sql", "decimal_mark", "make_moments", "missing_sql", "short_order"]

EXACT = "DECIMAL(18, 6)"  # so that price times quantity fits 38 digits
MISSING = ("", "null", "nan", "none", "n/a", "na", "-", "undefined", "#n/a")
_SPACE = r"[\s\x{00A0}\x{2009}\x{202F}'’]"
_SIGNS = r"[A-Za-z]{3}|[$£€¥₹￥元]"

_ISO = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?"
#: Most times of most files; whoever knows this at once need not try the other forms one by one.
_USUAL = r"regexp_full_match({}, '\d{{4}}-\d{{2}}-\d{{2}} \d{{2}}:\d{{2}}:\d{{2}}')"
_CLOCK = r"([ T]+\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?)?"
_OFFSET = r" ?(Z|UTC|[+-]\d{2}:?\d{2})"
#: PostgreSQL and DuckDB write whole hours without minutes; after a clock it cannot be the day of a date.
_HOURS = r"[ T]+\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)? ?[+-]\d{2}"
_SHORT = r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})"
_NAMED = ("%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y", "%a, %d %b %Y", "%d-%b-%y")
_SHORT_CLOCK = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p")
_NAMED_CLOCK = ("", " %H:%M:%S", " %H:%M", " %I:%M %p", " %I:%M:%S %p")


def missing_sql(column: str) -> str:
    """The trimmed text, NULL where it says nothing."""
    words = ", ".join(f"'{word}'" for word in MISSING)
    return f"CASE WHEN lower(trim({column})) NOT IN ({words}) THEN trim({column}) END"


def decimal_mark(con: duckdb.DuckDBPyConnection, columns: list[str], chosen: str | None = None) -> str:
    """The decimal mark of these columns of `lines`, by the evidence of all values.

    Raises CollectError when commas occur and no value tells whether they mark decimals or thousands.
    """
    if chosen:
        if chosen not in (".", ","):
            raise CollectError(f'"{chosen}" is not a decimal mark. Give "." or ",".')
        return chosen
    if not columns:
        return "."
    values = " UNION ALL ".join(f"SELECT {column} AS v FROM lines WHERE contains({column}, ',')" for column in columns)
    points = " UNION ALL ".join(f"SELECT {column} AS v FROM lines WHERE contains({column}, '.')" for column in columns)
    commas, decimal_commas = _evidence(con, values, ",", ".")
    if not commas:
        return "."
    _, decimal_points = _evidence(con, points, ".", ",")
    if decimal_commas == decimal_points:
        raise CollectError(
            "Amounts hold commas, and none tells whether they mark decimals or thousands."
            ' Say which is the decimal mark, "," or ".": decimal in Python, --decimal in a command.'
        )
    return "," if decimal_commas > decimal_points else "."


def _evidence(con: duckdb.DuckDBPyConnection, values: str, mark: str, other: str) -> tuple[int, int]:
    """(values with the mark, those in which it can only be a decimal mark)."""
    end = rf"(^|[^0-9])-?0\{mark}\d+|\{mark}(\d{{1,2}}|\d{{4,}})(\D*)$|\{other}\d{{3}}\{mark}\d"
    row = con.execute(
        f"SELECT count(*), count(*) FILTER (WHERE regexp_matches(trim(v), ?)) FROM ({values})", [end]
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def amount_sql(column: str, mark: str) -> str:
    """The exact value of a written number: currency signs, groups of thousands, (brackets) and 12- are understood."""
    plain = f"regexp_replace(trim({column}), '{_SPACE.replace(chr(39), chr(39) * 2)}|{_SIGNS}', '', 'g')"
    signed = f"regexp_replace(regexp_replace({plain}, '^\\((.*)\\)$', '-\\1'), '^([0-9.,]+)-$', '-\\1')"
    group, point = (",", r"\.") if mark == "." else (r"\.", ",")
    read = (
        f"CASE WHEN regexp_full_match({signed}, '[+-]?\\d{{1,3}}({group}\\d{{3}})+({point}\\d*)?')"
        f" OR regexp_full_match({signed}, '[+-]?(\\d+({point}\\d*)?|{point}\\d+)([eE][+-]?\\d+)?')"
        f" THEN TRY_CAST(replace(replace({signed}, '{'.' if mark == ',' else ','}', ''), ',', '.') AS {EXACT}) END"
    )
    if mark == ",":
        return read
    simple = f"CASE WHEN NOT contains({column}, '_') THEN TRY_CAST({column} AS {EXACT}) END"
    return f"coalesce({simple}, {read})"


@dataclass(frozen=True)
class _Short:
    """How many values begin with a number that can only be a day, and how many have one in second place."""

    total: int
    day_first: int
    month_first: int


def make_moments(con: duckdb.DuckDBPyConnection, zone: str, order: str, columns: Sequence[str] = ("time",)) -> None:
    """Make the temporary table `moments` (text, ts): each distinct time of `lines` as naive UTC, NULL if unreadable.

    `order` is what `short_order` found out about the whole file.
    """
    con.execute(
        f"""CREATE OR REPLACE TEMP TABLE moments AS
        SELECT text, CASE WHEN year(ts) BETWEEN 1900 AND 2200 THEN ts END AS ts FROM (
          SELECT text, CASE
            WHEN {_USUAL.format("t")} THEN CAST(timezone('{zone}', {_local_iso()}) AS TIMESTAMP)
            WHEN regexp_full_match(t, '{_ISO}({_CLOCK}{_OFFSET}|{_HOURS})') THEN CAST({_with_offset()} AS TIMESTAMP)
            WHEN regexp_full_match(t, '\\d{{10}}') THEN CAST(to_timestamp(TRY_CAST(t AS BIGINT)) AS TIMESTAMP)
            WHEN regexp_full_match(t, '\\d{{13}}') THEN CAST(to_timestamp(TRY_CAST(t AS BIGINT) / 1000) AS TIMESTAMP)
            ELSE CAST(timezone('{zone}', {_local(order)}) AS TIMESTAMP) END AS ts
          FROM (SELECT text, CASE WHEN {_USUAL.format("text")} THEN text ELSE {missing_sql("text")} END AS t
            FROM (SELECT DISTINCT text FROM ({_written(columns)}))))"""
    )


def _plain_iso() -> str:
    dated = r"regexp_replace(t, '^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?T?', '\1-\2-\3 ')"
    return f"trim(regexp_replace(replace({dated}, ',', '.'), ' +', ' ', 'g'))"


def _local_iso() -> str:
    forms = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f")
    return f"coalesce(TRY_CAST(t AS TIMESTAMP), try_strptime({_plain_iso()}, {list(forms)}))"


def _with_offset() -> str:
    named = f"replace({_plain_iso()}, 'UTC', 'Z')"
    return rf"TRY_CAST(regexp_replace({named}, ' ?(Z|[+-]\d{{2}}(:?\d{{2}})?)$', '\1') AS TIMESTAMPTZ)"


def _local(order: str) -> str:
    """A time without zone, as naive local time."""
    named = ", ".join(f"'{day}{clock}'" for day in _NAMED for clock in _NAMED_CLOCK)
    long, short = (", ".join(f"'{order}{year}{clock}'" for clock in _SHORT_CLOCK) for year in ("%Y", "%y"))
    slashed = rf"regexp_replace(regexp_replace(t, '^{_SHORT}', '\1/\2/\3'), ',? +', ' ')"
    return rf"""CASE
      WHEN regexp_full_match(t, '{_ISO}{_CLOCK}') THEN {_local_iso()}
      WHEN regexp_full_match(t, '\d{{8}}') THEN try_strptime(t, '%Y%m%d')
      WHEN regexp_full_match(t, '\d{{14}}') THEN try_strptime(t, '%Y%m%d%H%M%S')
      WHEN regexp_full_match(t, '\d{{5}}(\.\d+)?')
        THEN TIMESTAMP '1899-12-30' + to_microseconds(CAST(round(CAST(t AS DOUBLE) * 86400) AS BIGINT) * 1000000)
      WHEN regexp_matches(t, '^{_SHORT}') THEN CASE WHEN regexp_matches(t, '^[^ ]*\d{{4}}( |,|$)')
        THEN try_strptime({slashed}, [{long}]) ELSE try_strptime({slashed}, [{short}]) END
      ELSE try_strptime(t, [{named}]) END"""


def short_order(
    con: duckdb.DuckDBPyConnection, day_first: bool | None = None, columns: Sequence[str] = ("time",)
) -> str:
    """`%d/%m/` or `%m/%d/` for dates such as 03/04/2011, by the evidence of all values of these columns of `lines`.

    Raises CollectError when nothing tells day from month.
    """
    if day_first is not None:
        return "%d/%m/" if day_first else "%m/%d/"
    found = _short(con, _written(columns))
    if found.day_first and found.month_first:  # both: what is written more often in different ways decides
        found = _short(con, f"SELECT DISTINCT text FROM ({_written(columns)})")
    if found.total and not found.day_first and not found.month_first:
        raise CollectError(
            "Dates such as 03/04/2011 do not tell day from month here. Say which comes first: day_first in Python,"
            " --day-first or --month-first in a command."
        )
    return "%d/%m/" if found.day_first > found.month_first else "%m/%d/"


def _short(con: duckdb.DuckDBPyConnection, written: str) -> _Short:
    row = con.execute(
        f"""SELECT count(*), count(*) FILTER (WHERE a > 12), count(*) FILTER (WHERE b > 12) FROM (
          SELECT CAST(regexp_extract(t, '^{_SHORT}', 1) AS INTEGER) AS a,
            CAST(regexp_extract(t, '^{_SHORT}', 2) AS INTEGER) AS b
          FROM (SELECT trim(text) AS t FROM ({written})) WHERE regexp_matches(t, '^{_SHORT}( |$)'))"""
    ).fetchone()
    return _Short(*row) if row else _Short(0, 0, 0)


def _written(columns: Sequence[str]) -> str:
    return " UNION ALL ".join(f'SELECT "{name}" AS text FROM lines' for name in columns)
