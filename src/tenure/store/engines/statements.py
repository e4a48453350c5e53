"""One statement of DuckDB's dialect, taken apart: what it makes, and the query it makes it from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sqlglot
from sqlglot import exp

from tenure.errors import StoreError
from tenure.store.engines.rewrites import named_parameters

__all__ = ["Statement"]


@dataclass(frozen=True)
class Statement:
    """`query` makes the table or view `name`, is appended to it, or is asked for its rows.

    `empty` holds the columns (name, DuckDB type) of a table made without a query. `values` are the parameters by name.
    """

    kind: Literal["table", "view", "insert", "drop", "rows"]
    name: str = ""
    query: exp.Expr | None = None
    values: dict[str, Any] | None = None
    empty: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, text: str, parameters: Any) -> Statement:
        """Parse one statement. Raises StoreError for a kind that no room uses."""
        tree = sqlglot.parse_one(text, read="duckdb")
        values = named_parameters(tree, parameters)
        match tree:
            case exp.Create(kind="TABLE", this=exp.Schema() as schema):
                columns = tuple((each.name, each.kind.sql("duckdb")) for each in schema.expressions)
                return cls("table", schema.this.name, empty=columns)
            case exp.Create(kind="TABLE"):
                return cls("table", tree.this.name, tree.expression, values)
            case exp.Create(kind="VIEW"):
                return cls("view", tree.this.name, tree.expression, values)
            case exp.Insert():
                return cls("insert", tree.this.name, tree.expression, values)
            case exp.Drop():
                return cls("drop", tree.args["tables"][0].name)
            case exp.Query():
                return cls("rows", query=tree, values=values)
        raise StoreError(f"Spark is not asked to do this: {text.split(maxsplit=1)[0]}.")
