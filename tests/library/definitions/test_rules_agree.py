"""The compiled SQL on DuckDB, the evaluator, and (where they mean the same) the user's own text give equal answers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tenure.definitions import parse, parse_expression

from .catalogue import CATALOGUE, SQL_TYPES

TEXTS = [
    "",
    "a",
    "A",
    "ab",
    "微信",
    "微信小程序",
    "北京 朝阳",
    "İstanbul",
    "100%",
    "a_b",
    "O'Brien",
    "ΑΣ",
    "🤦🏼",
    "null",
    "a\nb",
]
PATTERNS = ["%", "", "a%", "%信", "%信%", "_", "__", "微信%", "%a%b%", "a_b", "%%", "_%_", "100%", "%'%", "%%%b"]
DAYS = [date(1970, 1, 1), date(2011, 1, 5), date(2011, 12, 10), date(2024, 2, 29), date(9999, 12, 31)]
WHOLE = st.one_of(st.integers(-3, 40), st.sampled_from([2**53 + 1, -(2**53) - 1, 2**62, -(2**62), 10**15]))
REAL = st.one_of(
    st.sampled_from([0.0, -0.0, 0.25, 0.5, 1.5, -2.5, 1e300, -1e300, 5e-324, math.inf, -math.inf, math.nan]),
    st.floats(-100, 100, allow_nan=False),
)
VALUES = {
    "integer": WHOLE,
    "float": REAL,
    "text": st.sampled_from(TEXTS),
    "date": st.sampled_from(DAYS),
    "boolean": st.booleans(),
    "time": st.none(),
}
BY_TYPE = {
    "number": ["orders_30d", "visits", "days_since_last_order", "revenue", "score"],
    "text": ["channel", "country"],
    "date": ["first_day", "last_day"],
}
rows = st.fixed_dictionaries({key: st.one_of(st.none(), VALUES[each.type]) for key, each in CATALOGUE.items()})


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


number_literals = st.one_of(
    st.integers(0, 40).map(str), st.sampled_from(["0.25", "1.5", "123.45", "0.0", "1000000000000000", "-1", "-2.5"])
)
text_literals = st.sampled_from([text for text in TEXTS if "\n" not in text]).map(quoted)
day_literals = st.sampled_from(DAYS).map(lambda day: f"DATE '{day}'")
OPERATORS = st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="])


def dates() -> st.SearchStrategy[str]:
    """Days that are known, written, today's, or so many days beside one."""
    plain = st.sampled_from(["first_day", "last_day", "today()"])
    steps = st.one_of(
        st.sampled_from(["visits", "days_since_last_order", "(last_day - first_day)"]),
        st.integers(0, 4_000_000).map(str),
    )
    moved = st.tuples(plain, st.sampled_from("+-"), steps).map(lambda t: f"({t[0]} {t[1]} {t[2]})")
    return st.one_of(plain, moved, moved.map(lambda text: f"CASE WHEN subscribed THEN {text} ELSE today() END"))


def numbers(depth: int = 2, dated: bool = True) -> st.SearchStrategy[str]:
    leaf = st.one_of(st.sampled_from(BY_TYPE["number"]), number_literals)
    if depth == 0:
        return leaf
    inner = numbers(depth - 1, dated)
    case = st.tuples(inner, inner, inner, inner)
    of_dates = [
        st.tuples(dates(), dates()).map(lambda t: f"({t[0]} - {t[1]})"),
        st.tuples(st.sampled_from(["year", "quarter", "month", "day", "weekday"]), dates()).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
        case.map(lambda t: f"(CASE WHEN {t[0]} > {t[1]} THEN {t[2]} WHEN country IS NULL THEN 1.5 ELSE {t[3]} END)"),
        inner.map(lambda text: f"(CASE WHEN subscribed THEN {text} END)"),
    ]
    return st.one_of(
        *(of_dates if dated else []),
        leaf,
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(st.sampled_from(["abs({})", "round({})", "round({}, 2)", "(-({}))"]), inner).map(
            lambda t: t[0].format(t[1])
        ),
        st.tuples(st.sampled_from(["coalesce", "least", "greatest", "nullif"]), inner, inner).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
        st.sampled_from(BY_TYPE["text"]).map(lambda key: f"length({key})"),
    )


def texts() -> st.SearchStrategy[str]:
    columns = st.sampled_from(BY_TYPE["text"])
    return st.one_of(
        columns,
        columns.map(lambda key: f"lower({key})"),
        st.tuples(columns, text_literals).map(lambda t: f"coalesce({t[0]}, {t[1]})"),
        st.tuples(columns, text_literals).map(lambda t: f"nullif({t[0]}, {t[1]})"),
    )


def listed(literals: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(literals, min_size=1, max_size=4).map(", ".join)


def atoms(number: st.SearchStrategy[str], dated: bool = True) -> st.SearchStrategy[str]:
    days = dates() if dated else st.sampled_from(BY_TYPE["date"])
    negation = st.sampled_from(["", "NOT "])
    return st.one_of(
        st.tuples(number, OPERATORS, number).map(" ".join),
        st.tuples(number, negation, number, number).map(lambda t: f"{t[0]} {t[1]}BETWEEN {t[2]} AND {t[3]}"),
        st.tuples(number, negation, listed(number_literals)).map(lambda t: f"{t[0]} {t[1]}IN ({t[2]})"),
        st.tuples(texts(), st.sampled_from(["=", "<>"]), text_literals).map(" ".join),
        st.tuples(texts(), negation, st.sampled_from(PATTERNS)).map(lambda t: f"{t[0]} {t[1]}LIKE {quoted(t[2])}"),
        st.tuples(texts(), negation, listed(text_literals)).map(lambda t: f"{t[0]} {t[1]}IN ({t[2]})"),
        st.tuples(days, OPERATORS, st.one_of(day_literals, days)).map(" ".join),
        st.tuples(days, negation, day_literals, day_literals).map(lambda t: f"{t[0]} {t[1]}BETWEEN {t[2]} AND {t[3]}"),
        st.tuples(st.sampled_from(list(CATALOGUE)), negation).map(lambda t: f"{t[0]} IS {t[1]}NULL"),
        st.tuples(number, negation).map(lambda t: f"{t[0]} IS {t[1]}NULL"),
        st.sampled_from(["subscribed", "subscribed = FALSE", "subscribed <> TRUE", "TRUE", "FALSE"]),
    )


def conditions(atom: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.recursive(
        atom,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
            st.tuples(inner, st.sampled_from(["AND", "OR"]), inner, st.sampled_from(["AND", "OR"]), inner).map(
                " ".join
            ),
            inner.map(lambda t: f"NOT ({t})"),
        ),
        max_leaves=6,
    )


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        listing = ", ".join(f'"{key}" {SQL_TYPES[each.type]}' for key, each in CATALOGUE.items())
        connection.execute(f"CREATE TABLE one ({listing})")
        yield connection


def ask(engine: duckdb.DuckDBPyConnection, row: dict[str, Any], sql: str, params: list[Any]) -> Any:
    engine.execute("DELETE FROM one")
    engine.execute(f"INSERT INTO one VALUES ({', '.join('?' * len(row))})", [row[key] for key in CATALOGUE])
    found = engine.execute(f"SELECT {sql} FROM one", params).fetchone()
    assert found is not None
    return found[0]


AGREE = settings(deadline=None, suppress_health_check=list(HealthCheck))
PLAIN_NUMBERS = st.one_of(
    st.sampled_from(["orders_30d", "visits", "days_since_last_order"]), st.integers(0, 40).map(str)
)


@AGREE
@given(text=conditions(atoms(numbers())), row=rows)
@example(text="score = score", row=dict.fromkeys(CATALOGUE) | {"score": math.nan})
@example(text="visits = score", row=dict.fromkeys(CATALOGUE) | {"visits": 2**53 + 1, "score": 2.0**53})
@example(text="NOT channel NOT LIKE '%信'", row=dict.fromkeys(CATALOGUE) | {"channel": "微信"})
def test_the_evaluator_says_what_the_compiled_sql_says(
    engine: duckdb.DuckDBPyConnection, text: str, row: dict[str, Any]
) -> None:
    rule = parse(text, CATALOGUE)
    params: list[Any] = []
    sql = rule.sql(params)
    assert sql.count("?") == len(params)
    assert ask(engine, row, sql, params) is rule.evaluate(row)


@AGREE
@given(text=conditions(atoms(PLAIN_NUMBERS, dated=False)), row=rows)
def test_the_compiled_sql_means_what_the_user_wrote(
    engine: duckdb.DuckDBPyConnection, text: str, row: dict[str, Any]
) -> None:
    params: list[Any] = []
    compiled = parse(text, CATALOGUE).sql(params)
    assert ask(engine, row, compiled, params) is ask(engine, row, text, [])


@AGREE
@given(text=numbers(3), row=rows, type_=st.sampled_from(["integer", "float"]), unit=st.sampled_from(["count", "money"]))
def test_a_derived_number_is_the_same_from_sql_and_evaluator(
    engine: duckdb.DuckDBPyConnection, text: str, row: dict[str, Any], type_: str, unit: str
) -> None:
    expression = parse_expression(text, CATALOGUE, type_, unit if type_ == "integer" else "count")
    params: list[Any] = []
    found, expected = ask(engine, row, expression.sql(params), params), expression.evaluate(row)
    assert found == expected
    assert found is None or math.isfinite(found)


@AGREE
@given(text=conditions(atoms(numbers(1))), row=rows)
def test_every_rule_can_be_said_and_explained(text: str, row: dict[str, Any]) -> None:
    rule = parse(text, CATALOGUE)
    assert rule.words("en")
    assert rule.words("zh-hans")
    assert "{" not in rule.words("zh").replace("「{", "")
    for reason in rule.why(row):
        assert reason.met in (True, False, None)
        assert {key for key, _ in reason.values} <= rule.features
