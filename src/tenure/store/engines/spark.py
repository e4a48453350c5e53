"""Apache Spark as an engine: the statements of the rooms, translated, over the files of a pinned snapshot.

Beside Spark stands a DuckDB connection with the same tables, all empty. It checks every statement and says which
names and types its columns have; what Spark gives is brought to exactly these.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
from sqlglot import exp

from tenure.errors import StoreError
from tenure.store.engines.rewrites import rewrite, spark_type
from tenure.store.engines.session import first_line, open_session
from tenure.store.engines.statements import Statement

__all__ = ["SparkConnection"]

Columns = Sequence[tuple[str, str]]


class _Rows:
    def __init__(self, rows: list[tuple[Any, ...]]) -> None:
        self._rows = rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._rows


class SparkConnection(AbstractContextManager["SparkConnection"]):
    """One piece of work on Spark, with temporary tables of its own; closing it lets go of what the cluster holds.

    Tables are worked out when rows are asked for or handed over, once, and kept in the cluster until then.
    """

    def __init__(self, address: str, empty: duckdb.DuckDBPyConnection, exchange: Path) -> None:
        self._session, self._empty, self._exchange = open_session(address), empty, exchange
        self._frames: dict[str, Any] = {}
        self._kept: list[Any] = []
        self._parts: list[str] = []

    def __exit__(self, *_failure: object) -> None:
        for frame in self._kept:
            frame.unpersist()
        for name in (*self._frames, *self._parts):
            self._session.catalog.dropTempView(name)
        self._frames.clear()

    def add_files(self, name: str, columns: Mapping[str, str], files: Sequence[str], base: str) -> None:
        """Make the table `name` from Parquet files below `base`; folders named column=value are columns."""
        typed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        self._empty.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({typed})").fetchall()
        schema = ", ".join(f"`{column}` {spark_type(kind)}" for column, kind in columns.items())
        if not files:
            self._define(name, self._session.createDataFrame([], schema))
            return
        reader = self._session.read.schema(schema).option("basePath", _plain(base))
        self._define(name, reader.parquet(*map(_plain, files)))

    def execute(self, query: str, parameters: Any = None) -> _Rows:
        """Run one statement; only a SELECT has rows."""
        answer = self._empty.execute(query, parameters) if parameters else self._empty.execute(query)
        described = [(column[0], str(column[1])) for column in answer.description or ()]
        answer.fetchall()
        statement = Statement.read(query, parameters)
        match statement.kind:
            case "rows":
                frame = self._aligned(self._frame(statement), described)
                return _Rows([tuple(map(_python, row)) for row in _calling(frame.collect)])
            case "drop":
                self._frames.pop(statement.name, None)
                self._session.catalog.dropTempView(statement.name)
            case "insert":
                added = self._kept_frame(self._aligned(self._frame(statement), self._columns(statement.name)))
                self._define(statement.name, self._frames[statement.name].unionAll(added))
            case _ if statement.query is None:
                schema = ", ".join(f"`{name}` {spark_type(kind)}" for name, kind in statement.empty)
                self._define(statement.name, self._session.createDataFrame([], schema))
            case "view":
                self._define(statement.name, self._aligned(self._frame(statement), self._columns(statement.name)))
            case _:
                made = self._aligned(self._frame(statement), self._columns(statement.name))
                self._define(statement.name, self._kept_frame(made))
        return _Rows([])

    def hand_over(self, table: str, con: duckdb.DuckDBPyConnection) -> None:
        """Work a table out and make it a temp table of a DuckDB connection, with the types DuckDB gives it.

        The rows travel as Parquet files in a folder that the cluster and this machine share, the store's.
        """
        folder = self._exchange / uuid4().hex
        try:
            _calling(lambda: self._frames[table].write.parquet(_uri(folder)))
            listed = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in self._columns(table))
            source = str(folder / "*.parquet").replace("'", "''")
            con.execute(
                f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {listed} FROM read_parquet('{source}')"
            ).fetchall()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _define(self, name: str, frame: Any) -> None:
        frame.createOrReplaceTempView(name)
        self._frames[name] = frame

    def _columns(self, table: str) -> list[tuple[str, str]]:
        return [(row[0], row[1]) for row in self._empty.execute(f"DESCRIBE {table}").fetchall()]

    def _frame(self, statement: Statement) -> Any:
        tree = statement.query
        if tree is None:
            raise StoreError("A statement without a query has no rows.")
        values = statement.values or {}
        for union in reversed([each for each in tree.find_all(exp.Union, bfs=False) if each.args.get("by_name")]):
            self._write_out(union, values)
        return self._planned(rewrite(tree), values)

    def _planned(self, tree: exp.Expr, values: Mapping[str, Any]) -> Any:
        """The frame of a query, its CTEs made views first: Spark would unfold them anew in every step of planning."""
        clause = tree.args.get("with_")
        for part in clause.expressions if clause else ():
            name = f"cte{len(self._parts)}_{part.alias}"
            for table in [*tree.find_all(exp.Table)]:
                if table.name == part.alias and not table.db:
                    table.set("alias", table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(part.alias)))
                    table.set("this", exp.to_identifier(name))
            self._sql(part.this, values).createOrReplaceTempView(name)
            self._parts.append(name)
        tree.set("with_", None)
        return self._sql(tree, values)

    def _sql(self, tree: exp.Expr, values: Mapping[str, Any]) -> Any:
        text = tree.sql(dialect="spark")
        used = {mark.name: values[mark.name] for mark in tree.find_all(exp.Placeholder) if mark.name}
        return _calling(lambda: self._session.sql(text, args=used) if used else self._session.sql(text))

    def _kept_frame(self, frame: Any) -> Any:
        """The frame as the cluster keeps it once it is worked out.

        A plan ends there: rules over features would otherwise be written out feature by feature, many times over.
        """
        self._kept.append(frame.persist())
        return frame

    def _write_out(self, union: exp.Union, values: Mapping[str, Any]) -> None:
        """UNION ALL BY NAME, which Spark's SQL lacks: both sides list all columns, missing ones as NULL."""
        sides = [_query(union.this), _query(union.expression)]
        described = [self._described(union, side, values) for side in sides]
        order = dict.fromkeys([*described[0], *described[1]])
        for argument, side, own in zip(("this", "expression"), sides, described, strict=True):
            listed = [
                exp.column(name, quoted=True) if name in own else exp.alias_(exp.null(), name, quoted=True)
                for name in order
            ]
            union.set(argument, exp.select(*listed).from_(exp.alias_(exp.Subquery(this=side), "side", table=True)))
        union.set("by_name", False)

    def _described(self, at: exp.Expr, query: exp.Expr, values: Mapping[str, Any]) -> list[str]:
        """The columns of a query that stands at a place in a statement, where it sees the CTEs before it."""
        text = _before(at) + query.sql(dialect="duckdb")
        used = {name: values[name] for name in set(re.findall(r"\$(\w+)", text)) & values.keys()}
        return [row[0] for row in self._empty.execute(f"DESCRIBE {text}", used).fetchall()]

    def _aligned(self, frame: Any, columns: Columns) -> Any:
        """The frame with DuckDB's names and types."""
        if len(frame.columns) != len(columns):
            raise StoreError(f"Spark gave {len(frame.columns)} columns where DuckDB gives {len(columns)}.")
        from pyspark.sql import functions

        plain = frame.toDF(*(f"c{number}" for number in range(len(columns))))
        return plain.select(
            *(
                functions.col(f"c{number}").cast(spark_type(kind)).alias(name)
                for number, (name, kind) in enumerate(columns)
            )
        )


def _query(side: exp.Expr) -> exp.Expr:
    return side.this if isinstance(side, exp.Subquery) else side


def _before(node: exp.Expr) -> str:
    """The CTEs that a node in a statement can see, as the beginning of a query."""
    found: list[str] = []
    step: exp.Expr | None = node
    while step is not None:
        if isinstance(step, exp.CTE) and isinstance(step.parent, exp.With):
            seen = step.parent.expressions
            found = [each.sql(dialect="duckdb") for each in seen[: seen.index(step)]] + found
        step = step.parent
    return f"WITH {', '.join(found)} " if found else ""


def _calling(work: Any) -> Any:
    """Do something on the cluster; its failures are told in one line."""
    try:
        return work()
    except Exception as error:  # pyspark raises its own, py4j's and gRPC's errors
        raise StoreError(f"Spark failed: {first_line(error)}") from error


def _python(value: Any) -> Any:
    """As DuckDB gives it: whole numbers of any size are integers."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def _plain(path: str) -> str:
    """A path that Spark takes as it stands: it would read brackets and stars as a pattern."""
    return "".join(f"\\{sign}" if sign in "{}[]*?\\" else sign for sign in path)


def _uri(path: Path) -> str:
    return str(path)
