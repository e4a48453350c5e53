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

    A table made without a query is empty. `values` are the parameters by name; `named` is what a table is renamed to.
    """

    kind: Literal["table", "view", "insert", "drop", "rename", "rows"]
    name: str = ""
    query: exp.Expr | None = None
    values: dict[str, Any] | None = None
    named: str = ""

    @classmethod
    def read(cls, text: str, parameters: Any) -> Statement:
        """Parse one statement. Raises StoreError for a kind that no room uses."""
        text, values = named_parameters(text, parameters)
        tree = sqlglot.parse_one(text, read="duckdb")
        match tree:
            case exp.Create(kind="TABLE", this=exp.Schema() as schema):
                return cls("table", schema.this.name)
            case exp.Create(kind="TABLE"):
                return cls("table", tree.this.name, tree.expression, values)
            case exp.Create(kind="VIEW"):
                return cls("view", tree.this.name, tree.expression, values)
            case exp.Insert():
                return cls("insert", tree.this.name, tree.expression, values)
            case exp.Alter(actions=[exp.AlterRename() as renamed]):
                return cls("rename", tree.this.name, named=renamed.this.name)
            case exp.Drop():
                return cls("drop", tree.args["tables"][0].name)
            case exp.Query():
                return cls("rows", query=tree, values=values)
        raise StoreError(f"Spark is not asked to do this: {text.split(maxsplit=1)[0]}.")
