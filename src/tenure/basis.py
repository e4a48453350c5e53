"""The basis of quick counts: everybody's features as of a recent instant, in one file, read by columns.

An editor counts a draft while people type: that must not wait for a scan of all events. The file is made anew when it
is old and something happened; features that the draft changes are computed on the spot and stand in for the old ones.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from tenure.clock import AsOf
from tenure.definitions import Definitions, Feature
from tenure.features import Odd, compute
from tenure.segments import Learned
from tenure.workspace import Workspace

__all__ = ["Basis", "attach", "keep_basis", "present_basis"]

FOLDER = "store/restatements"
FRESH = timedelta(minutes=10)


@dataclass(frozen=True)
class Basis:
    """A kept feature table: its file, the instant it is true for, the store's version, a mark of each feature.

    `learned` is what that month's data say of cut points; `odd` is what was unknown for somebody then because a value
    could not be worked with.
    """

    file: Path
    as_of: datetime
    version: str
    features: Mapping[str, str]
    learned: Learned
    odd: tuple[Odd, ...] = ()

    def is_fresh(self, workspace: Workspace) -> bool:
        """Whether nothing happened since, or so little time passed that a count is still good.

        Features that are defined otherwise since would be computed again with every key that is typed.
        """
        now = workspace.clock.now()
        recent = self.version == _version(workspace) or now - self.as_of < FRESH
        return recent and not _changed(self, workspace.definitions)


def present_basis(workspace: Workspace) -> Basis | None:
    """The newest kept one; None where there is none yet."""
    try:
        said = json.loads((workspace.folder / FOLDER / "basis.json").read_text("utf-8"))
        file = workspace.folder / FOLDER / said["file"]
        odd = tuple(Odd(**each) for each in said.get("odd", ()))
        as_of, learned = datetime.fromisoformat(said["as_of"]), _learned(said["learned"])
        found = Basis(file, as_of, said["version"], said["features"], learned, odd)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if file.is_file() else None


def keep_basis(workspace: Workspace) -> Basis:
    """Compute everybody's features as of now and keep them; readers of the older file are not disturbed."""
    moment, version = workspace.clock.as_of(), _version(workspace)
    standing = workspace.standing_now(moment)
    folder = workspace.folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"basis-{version}-{moment.instant:%Y%m%d%H%M%S}.features"
    standing.con.execute(f"COPY standing TO '{_quoted(file)}' (FORMAT parquet)").fetchall()
    marks = {key: _mark(feature) for key, feature in workspace.definitions.features.items()}
    odd, learned = workspace.odd(standing), workspace.learned(moment)
    said = {
        "file": file.name,
        "as_of": moment.instant.isoformat(),
        "version": version,
        "features": marks,
        "learned": {**asdict(learned), "month": learned.month.isoformat()},
        "odd": [asdict(each) for each in odd],
    }
    unfinished = folder / f"basis.json.{os.getpid()}"
    unfinished.write_text(json.dumps(said), "utf-8")
    os.replace(unfinished, folder / "basis.json")
    for old in sorted(folder.glob("basis-*.features"), key=lambda path: path.stat().st_mtime)[:-2]:
        old.unlink(missing_ok=True)
    return Basis(file, moment.instant, version, marks, learned, odd)


def _learned(said: Mapping[str, Any]) -> Learned:
    points = {name: tuple(said[name]) for name in ("days", "orders", "revenue")}
    return Learned(**{**said, **points, "month": date.fromisoformat(said["month"])})


def attach(workspace: Workspace, basis: Basis, draft: Definitions) -> duckdb.DuckDBPyConnection:
    """A connection with the view `basis`: customer_key and every feature of the draft, changed ones computed now.

    It has the views of a snapshot only where something must be asked of them: changed features, fixed lists.
    """
    changed = _changed(basis, draft)
    listed = any(segment.customers for segment in draft.segments.values())
    con = workspace.store.snapshot().connect() if changed or listed else workspace.store.connect()
    if not changed:
        con.execute(f"CREATE TEMP VIEW basis AS SELECT * FROM read_parquet('{_quoted(basis.file)}')").fetchall()
        return con
    compute(con, draft, AsOf(basis.as_of, workspace.clock.day(basis.as_of)), keys=changed, table="drafted")
    columns = ", ".join(f'"{key}"' for key in sorted(changed))
    computed = ", ".join(f'd."{key}"' for key in sorted(changed))
    known = {row[0] for row in con.execute(f"DESCRIBE FROM read_parquet('{_quoted(basis.file)}')").fetchall()}
    replaced = ", ".join(f'"{key}"' for key in sorted(changed & known))
    kept = f"k.* EXCLUDE ({replaced})" if replaced else "k.*"
    con.execute(
        f"CREATE TEMP VIEW basis AS SELECT {kept}, {computed}"
        f" FROM (SELECT * FROM read_parquet('{_quoted(basis.file)}')) AS k"
        f" LEFT JOIN (SELECT customer_key, {columns} FROM drafted) AS d USING (customer_key)"
    ).fetchall()
    return con


def _changed(basis: Basis, draft: Definitions) -> frozenset[str]:
    """The features that are new or differ, and all derived from these."""
    found: set[str] = set()
    for feature in draft.in_order():
        reads = set(feature.expression.features) if feature.expression else set()
        if basis.features.get(feature.key) != _mark(feature) or reads & found:
            found.add(feature.key)
    return frozenset(found)


def _mark(feature: Feature) -> str:
    return hashlib.sha256(repr(replace(feature, built_in=True)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _version(workspace: Workspace) -> str:
    return hashlib.sha256(workspace.store.snapshot().key.encode()).hexdigest()[:12]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
