"""Sources that Tenure pulls itself: `definitions/sources/*.yml`, each a query on a company's own database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tenure.definitions.loader import own_files
from tenure.definitions.located import Entry, Problems, Scalar, read
from tenure.definitions.objects import Words
from tenure.definitions.section import KEY, Section
from tenure.errors import DefinitionError

__all__ = ["PulledSource", "pulled_sources"]

KINDS = ("postgresql", "mysql", "duckdb", "parquet")
WHAT = ("orders", "customers", "events")
ENTRIES = ("key title kind address_from path what query cursor columns every overlap consent currency").split()
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
_DURATION = re.compile(r"([1-9][0-9]{0,5})(m|h|d)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
LATE = timedelta(minutes=10)
LATE_ROWS = 1000


@dataclass(frozen=True)
class PulledSource:
    """One query. `columns` says what its columns mean, `cursor` is the column that tells new rows from known ones.

    `overlap` and `overlap_rows`: how far before the last cursor each pull begins, for a cursor that is a time or a
    number: a transaction may become visible after a later one. `every` None: only when asked.
    """

    key: str
    title: Words
    kind: str
    what: str
    query: str
    cursor: str
    columns: tuple[tuple[str, str], ...]
    address_from: str = ""
    path: str = ""
    every: timedelta | None = None
    overlap: timedelta = LATE
    overlap_rows: int = LATE_ROWS
    consent: tuple[tuple[str, str], ...] = ()
    currency: str | None = None


def pulled_sources(folder: Path) -> dict[str, PulledSource]:
    """The sources in `folder`/sources by key. Raises DefinitionError with all problems."""
    found, problems = _read(folder)
    if problems:
        raise DefinitionError(problems)
    return found


def _read(folder: Path) -> tuple[dict[str, PulledSource], list[str]]:
    found: dict[str, PulledSource] = {}
    told: list[str] = []
    for path in own_files(folder / "sources"):
        problems = Problems(path.name)
        source = _source(path, problems)
        if source and source.key in found:
            problems.add(1, f'source "{source.key}" is defined in two files.')
        elif source:
            found[source.key] = source
        told += problems.errors
    return found, told


def _source(path: Path, problems: Problems) -> PulledSource | None:
    try:
        top = read(path.read_text("utf-8-sig"), problems)
    except (OSError, UnicodeDecodeError) as error:
        problems.add(1, f"it cannot be read ({type(error).__name__}). Save it as UTF-8 text.")
        return None
    if top is None:
        if not problems.errors:
            problems.add(1, "it is empty.")
        return None
    section = Section(top, "the source", problems, False)
    section.known(ENTRIES)
    key = _needed(section, "key")
    if key and not KEY.fullmatch(key):
        section.problem("key", f'"{key[:60]}" is no key: use small letters, digits and _.')
    kind, what = section.choice("kind", KINDS), section.choice("what", WHAT)
    for name in ("kind", "what"):
        _needed(section, name)
    every, (overlap, overlap_rows) = _duration(section, "every"), _overlap(section)
    source = PulledSource(
        key, section.words("title"), kind or "", what or "", _query(section, kind or ""), _needed(section, "cursor"),
        _pairs(section, "columns"), section.text("address_from") or "", section.text("path") or "", every, overlap,
        overlap_rows, _pairs(section, "consent"), section.text("currency"),
    )  # fmt: skip
    _place(section, source)
    _meanings(section, source)
    return None if problems.errors else source


def _needed(section: Section, name: str) -> str:
    if not section.has(name):
        section.problem(name, f'the source needs an entry "{name}".')
    return section.text(name) or ""


def _query(section: Section, kind: str) -> str:
    """The query without its closing mark. Files may go without: then it is all their rows."""
    if kind == "parquet" and not section.has("query"):
        return "SELECT * FROM source"
    query = _needed(section, "query").rstrip("; \n\t")
    if ";" in query:
        section.problem("query", "the query must be one statement, without a ; in it.")
    return query


def _duration(section: Section, name: str) -> timedelta | None:
    text = section.text(name)
    match = _DURATION.fullmatch(text or "")
    if text is not None and not match:
        section.problem(name, f'"{name}" must be a time such as 15m, 1h or 1d, not "{text[:40]}".')
    return timedelta(**{_UNITS[match[2]]: int(match[1])}) if match else None


def _overlap(section: Section) -> tuple[timedelta, int]:
    """As a time for cursors that are times, as a number for cursors that are numbers; 0 for none."""
    text = section.text("overlap")
    if text is not None and re.fullmatch("[0-9]{1,9}", text):
        return (timedelta(0) if int(text) == 0 else LATE), int(text)
    return _duration(section, "overlap") or LATE, LATE_ROWS


def _pairs(section: Section, name: str) -> tuple[tuple[str, str], ...]:
    item = section.get(name)
    if item is None:
        return ()
    if not isinstance(item, Entry) or not all(isinstance(value, Scalar) for value in item.items.values()):
        section.problem(name, f'"{name}" must hold lines such as customer: customer_id.')
        return ()
    return tuple((key, value.text.strip()) for key, value in item.items.items() if isinstance(value, Scalar))


def _place(section: Section, source: PulledSource) -> None:
    """Where the rows are: an address that only the environment knows, or a file."""
    wanted, other = ("path", "address_from") if source.kind in ("duckdb", "parquet") else ("address_from", "path")
    if not source.kind:
        return
    if not section.has(wanted):
        section.problem(wanted, f'a source of kind {source.kind} needs an entry "{wanted}".')
    if section.has(other):
        section.problem(other, f'a source of kind {source.kind} has no entry "{other}".')
    if source.address_from and not _VARIABLE.fullmatch(source.address_from):
        section.problem(
            "address_from",
            "address_from must name an environment variable, such as SHOP_DATABASE_URL: an address holds a password"
            " and does not belong in a file.",
        )


def _meanings(section: Section, source: PulledSource) -> None:
    meanings = dict(source.columns)
    if not meanings:
        section.problem("columns", 'the source needs an entry "columns" with lines such as customer: customer_id.')
    elif source.what == "orders" and "order" not in meanings:
        section.problem("columns", "orders need a column that holds their number: order: …")
    if source.consent and source.what != "customers":
        section.problem("consent", "only a source of customers has a consent.")
    if source.currency and source.what != "orders":
        section.problem("currency", "only a source of orders has a currency.")
