"""What a process that only reads would write: rows in files, a sheet each, which the process that writes takes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tenure.clock import AsOf, Clock
from tenure.errors import StoreError
from tenure.settings import Settings
from tenure.store.room import Store
from tenure.store.tables import TABLES

__all__ = ["Allowed", "Sheet", "Sheets", "take_in"]

Allowed = Callable[[], None]


@dataclass(frozen=True)
class Sheet:
    """Rows for a table that is written anew or, with a `moment`, one room's scores of everybody for that instant."""

    file: str
    name: str
    moment: AsOf | None = None


class Sheets(Store):
    """A store to read from; what is to be written is laid into a folder inside it, in order, and nothing else is."""

    def __init__(self, root: Path, settings: Settings, folder: Path) -> None:
        super().__init__(root, settings)
        self.folder = folder
        self.laid: list[Sheet] = []

    def overwrite(self, table: str, con: duckdb.DuckDBPyConnection, query: str) -> None:
        """Lay down the rows that the table is to hold."""
        columns = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in TABLES[table].columns.items())
        self._lay(con, f"SELECT {columns} FROM ({query})", table)

    def keep_scores(self, con: duckdb.DuckDBPyConnection, source: str, query: str, moment: AsOf, clock: Clock) -> None:
        """Lay down the scores: what of them came, went or moved is found by whoever takes them in."""
        self._lay(con, query, source, moment)

    def append(
        self,
        table: str,
        con: duckdb.DuckDBPyConnection,
        query: str,
        positions: Mapping[str, int] | None = None,
        overwrite: bool = False,
    ) -> None:
        """Refused: only derived tables are learned."""
        raise StoreError(f"A process that only reads cannot append to {table}.")

    def _lay(self, con: duckdb.DuckDBPyConnection, query: str, name: str, moment: AsOf | None = None) -> None:
        sheet = Sheet(f"{len(self.laid)}.parquet", name, moment)
        con.execute(f"COPY ({query}) TO {_quoted(self.folder / sheet.file)} (FORMAT parquet)").fetchall()
        self.laid.append(sheet)


def take_in(store: Store, clock: Clock, folder: Path, sheets: Sequence[Sheet], allowed: Allowed | None = None) -> None:
    """Write what was laid down, in the order in which it was; before each sheet `allowed` may stop it by raising."""
    for sheet in sheets:
        if allowed is not None:
            allowed()
        con = store.snapshot().connect()
        rows = f"SELECT * FROM read_parquet({_quoted(folder / sheet.file)})"
        if sheet.moment is None:
            store.overwrite(sheet.name, con, rows)
        else:
            store.keep_scores(con, sheet.name, rows, sheet.moment, clock)
        con.close()


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
