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
    """One piece of work on Spark, with temporary tables of its own; closing it takes them away.

    A table is worked out when it is made and written as Parquet files into a folder that the cluster and this machine
    share, the store's: a machine that dies takes nothing along, and the plan of whatever reads the table begins there.
    """

    def __init__(self, address: str, empty: duckdb.DuckDBPyConnection, exchange: Path) -> None:
        self._session, self._empty, self._exchange = open_session(address), empty, exchange
        self._folder = exchange / uuid4().hex
        self._written: dict[str, list[Path]] = {}
        self._views: set[str] = set()
        self._parts = 0

    def __exit__(self, *_failure: object) -> None:
        for name in self._views:
            self._session.catalog.dropTempView(name)
        shutil.rmtree(self._folder, ignore_errors=True)

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
            case "rename":
                self._written[statement.named] = folders = self._written.pop(statement.name)
                self._read(statement.named, folders)
            case "drop":
                self._written.pop(statement.name, None)
                self._session.catalog.dropTempView(statement.name)
            case "insert":
                self._append(statement.name, self._aligned(self._frame(statement), self._columns(statement.name)))
            case "view":
                self._define(statement.name, self._aligned(self._frame(statement), self._columns(statement.name)))
            case _:
                self._written[statement.name] = []
                if statement.query is not None:
                    self._append(statement.name, self._aligned(self._frame(statement), self._columns(statement.name)))
                else:
                    self._read(statement.name, [])
        return _Rows([])

    def hand_over(self, table: str, con: duckdb.DuckDBPyConnection) -> None:
        """Make a table a temp table of a DuckDB connection, with the types DuckDB gives it."""
        listed = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in self._columns(table))
        files = ", ".join(_literal(str(folder / "*.parquet")) for folder in self._written[table])
        source = f"read_parquet([{files}])" if files else f"(SELECT {self._nothing(table)} WHERE false)"
        con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT {listed} FROM {source}").fetchall()

    def _nothing(self, table: str) -> str:
        return ", ".join(f'NULL AS "{name}"' for name, _kind in self._columns(table))

    def _define(self, name: str, frame: Any) -> None:
        frame.createOrReplaceTempView(name)
        self._views.add(name)

    def _append(self, table: str, frame: Any) -> None:
        """Work the rows out, now, and add them to a table."""
        self._written[table] = [*self._written[table], self._write(frame)]
        self._read(table, self._written[table])

    def _read(self, table: str, folders: Sequence[Path]) -> None:
        schema = ", ".join(f"`{name}` {spark_type(kind)}" for name, kind in self._columns(table))
        if folders:
            self._define(table, self._session.read.schema(schema).parquet(*map(_uri, folders)))
        else:
            self._define(table, self._session.createDataFrame([], schema))

    def _write(self, frame: Any) -> Path:
        folder = self._folder / uuid4().hex
        _calling(lambda: frame.write.parquet(_uri(folder)))
        return folder

    def _columns(self, table: str) -> list[tuple[str, str]]:
        return [(row[0], row[1]) for row in self._empty.execute(f"DESCRIBE {table}").fetchall()]

    def _frame(self, statement: Statement) -> Any:
        tree = statement.query
        if tree is None:
            raise StoreError("A statement without a query has no rows.")
        values = statement.values or {}
        for union in reversed([each for each in tree.find_all(exp.Union, bfs=False) if each.args.get("by_name")]):
            self._write_out(union, values)
        tree = rewrite(tree)
        self._lift(tree, values)
        return self._sql(tree, values)

    def _lift(self, query: exp.Expr, values: Mapping[str, Any]) -> None:
        """Make the CTEs of a query views of their own, those of its inner queries too.

        Spark writes a CTE out wherever it is named and every column over the expressions it reads: what is named
        twice, or holds windows, is worked out once, as a table; else planning alone would take minutes.
        """
        clause = query.args.get("with_")
        parts = clause.expressions if clause else []
        for part in parts:
            self._lift(part.this, values)
            named = [table for table in query.find_all(exp.Table) if table.name == part.alias and not table.db]
            name, self._parts = f"cte{self._parts}_{part.alias}", self._parts + 1
            for table in named:
                table.set("alias", table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(part.alias)))
                table.set("this", exp.to_identifier(name))
            frame = self._sql(part.this, values)
            worked_out = len(named) > 1 or part.this.find(exp.Window) or part is parts[-1]
            self._define(name, self._worked_out(frame) if worked_out else frame)
        query.set("with_", None)
        while (inner := query.find(exp.With)) is not None and inner.parent is not None:
            self._lift(inner.parent, values)

    def _worked_out(self, frame: Any) -> Any:
        return self._session.read.schema(frame.schema).parquet(_uri(self._write(frame)))

    def _sql(self, tree: exp.Expr, values: Mapping[str, Any]) -> Any:
        text = tree.sql(dialect="spark")
        used = {mark.name: values[mark.name] for mark in tree.find_all(exp.Placeholder) if mark.name}
        return _calling(lambda: self._session.sql(text, args=used) if used else self._session.sql(text))

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
        text = f"{_before(at)}FROM ({query.sql(dialect='duckdb')})"  # it may begin with a WITH of its own
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
    return _plain(str(path))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
