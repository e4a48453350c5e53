"""A table a room answers with: rows for anyone, data frames where the notebook extra is installed."""

from __future__ import annotations

from typing import Any

import duckdb

__all__ = ["Table"]


class Table:
    """The rows of a query over a materialised answer."""

    def __init__(self, con: duckdb.DuckDBPyConnection, query: str) -> None:
        self._con, self._query = con, query

    @property
    def relation(self) -> duckdb.DuckDBPyRelation:
        """The table as a DuckDB relation."""
        return self._con.sql(self._query)

    @property
    def columns(self) -> list[str]:
        """The column names."""
        return list(self.relation.columns)

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """All rows."""
        return self._con.execute(self._query).fetchall()

    def __len__(self) -> int:
        return int(self._con.execute(f"SELECT count(*) FROM ({self._query})").fetchall()[0][0])

    def df(self) -> Any:
        """A pandas data frame (needs pandas)."""
        return self.relation.df()

    def pl(self) -> Any:
        """A Polars data frame (needs polars and pyarrow)."""
        return self.relation.pl()

    def arrow(self) -> Any:
        """An Arrow table (needs pyarrow)."""
        return self.relation.arrow()
