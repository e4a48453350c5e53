"""The SQL made from the built-in definitions, laid out for reading; `python -m tests.library.compiled.statements`
writes the files anew."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import sqlglot

from tenure.definitions import Definitions, crossings, load
from tenure.features import Scan, Timeline
from tenure.segments import with_members
from tenure.stages import stage_sql

__all__ = ["FOLDER", "statements"]

FOLDER = Path(__file__).parent
DAY, INSTANT, LAST = date(2026, 1, 31), "2026-01-31 16:00:00", 20_484


def statements() -> Iterator[tuple[str, str]]:
    """(name, SQL with its values) of what the built-in definitions become."""
    definitions = load()
    for name, (sql, values) in _compiled(definitions):
        laid_out = sqlglot.transpile(sql, read="duckdb", write="duckdb", pretty=True)[0]
        # A line for every bracket would make the files longer than anybody reads.
        short = re.sub(r"(FILTER\(WHERE|\((?=\s+\(*\s*kind =)|(?<=\w)'\)(?=\s+\)))\s+", r"\1 ", laid_out)
        yield name, f"-- values: {values}\n{short}\n"


def _compiled(definitions: Definitions) -> Iterator[tuple[str, tuple[str, list[object]]]]:
    yield "features", _features(definitions)
    yield "segments", _segments(definitions)
    for lifecycle in definitions.lifecycles.values():
        values: list[object] = []
        yield f"stage_{lifecycle.key}", (f"SELECT {stage_sql(lifecycle, values)} AS stage FROM features", values)
    yield "history_growth", _history(definitions, "growth")


def _features(definitions: Definitions) -> tuple[str, list[object]]:
    values: list[object] = []
    return Scan(definitions).sql(DAY, INSTANT, values), values


def _segments(definitions: Definitions) -> tuple[str, list[object]]:
    values: list[object] = []
    return with_members(definitions, "SELECT * FROM standing", definitions.segments.values(), values, True), values


def _history(definitions: Definitions, key: str) -> tuple[str, list[object]]:
    lifecycle, values = definitions.lifecycles[key], list[object]()
    asked = crossings([rule for stage in lifecycle.stages for rule in stage.rules], definitions.features)
    return Timeline(definitions, frozenset(lifecycle.features), asked).sql("true", INSTANT, LAST, values), values


def main() -> None:
    """Write the files anew."""
    for name, text in statements():
        (FOLDER / f"{name}.sql").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
