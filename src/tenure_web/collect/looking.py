"""Looking at an uploaded file: its first rows, what its columns mean, and the form that says so."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

import tenure
from tenure.collect.files import mapping
from tenure.collect.files.opening import file_format
from tenure.collect.files.peek import Peek, peek
from tenure.collect.files.reading import ReadOptions
from tenure.errors import CollectError
from tenure_web.collect.models import Upload

FIELDS = mapping.KIND_FIELDS
NEEDED = {
    "orders": _("Needed: the customer (or an e-mail address or phone) and the time. An order number groups lines."),
    "events": _("Needed: the event's name, its time, and a customer. Other columns become properties."),
    "costs": _("Needed: the amount, and a day or month or the first and last day; advertising also needs its channel."),
    "customers": _("Needed: the customer's id, an e-mail address or a phone number. Other columns become attributes."),
}
WORDS = {
    "customer": _("Customer id"), "time": _("Time"), "order": _("Order number"), "amount": _("Amount of the line"),
    "price": _("Unit price"), "quantity": _("Quantity"), "product": _("Product id"), "product_name": _("Product name"),
    "category": _("Category"), "currency": _("Currency"), "email": _("E-mail"), "phone": _("Phone"),
    "country": _("Country"), "channel": _("Acquisition channel"),
    "coupon": _("Coupon"), "store": _("Store"), "name": _("Name"), "person": _("Name"),
    "from": _("First day"), "to": _("Last day"), "kind": _("Kind of cost"), "persona": _("Persona"),
    "segment": _("Segment"), "anonymous": _("Anonymous id"), "message": _("Message id"),
}  # fmt: skip
EVENT_NAME = _("Event name")
COST_KINDS = (
    ("advertising", _("Advertising costs")),
    ("research", _("Market research")),
    ("sales", _("Cost of sales")),
)
CHANNELS = ("email", "sms", "phone", "wecom")
PATIENCE = 30


@dataclass(frozen=True)
class Column:
    """One column of the file: its heading, what it is said to mean, and what it could mean."""

    number: int
    name: str
    meaning: str


@dataclass(frozen=True)
class Page:
    """What the page shows of a file."""

    peek: Peek
    columns: tuple[Column, ...]
    meanings: tuple[tuple[str, Any], ...]
    needed: Any
    said: Mapping[str, Any]
    json_lines: bool


def page(upload: Upload) -> Page:
    """The file's first rows with the meanings said so far, or guessed. Raises TenureError when it cannot be read."""
    if not upload.path.is_file():
        raise CollectError("The file is gone: it was taken in, deleted, or lay here for more than a day.")
    found = _peeked(upload)
    said = upload.said.get("columns")
    chosen = found.guess if said is None else said
    by_column = {str(column): meaning for meaning, column in chosen.items()}
    columns = tuple(
        Column(number, name, by_column.get(name, by_column.get(str(number), "")))
        for number, name in enumerate(found.names, 1)
    )
    words = {**WORDS, "name": EVENT_NAME} if upload.kind == "events" else WORDS
    words = {**WORDS, "amount": _("Amount")} if upload.kind == "costs" else words
    meanings = tuple((field.key, words[field.key]) for field in FIELDS[upload.kind])
    return Page(found, columns, meanings, NEEDED[upload.kind], upload.said, found.format == "json lines")


def choices() -> dict[str, Any]:
    """What a person can say where looking at the file was not enough."""
    separators = ((",", ","), (";", ";"), ("tab", _("tab")), ("|", "|"), ("space", _("blanks")))
    return {
        "separators": separators,
        "cost_kinds": COST_KINDS,
        "encodings": ("utf-8", "gb18030", "big5", "utf-16", "cp1252", "latin-1"),
    }


def _peeked(upload: Upload) -> Peek:
    options = upload.said.get("options", {})
    if file_format(upload.path) in ("parquet", "xlsx"):
        return _in_a_child(upload.path, upload.kind, options)
    return peek(upload.path, upload.kind, ReadOptions(**options))


def _in_a_child(path: Path, kind: str, options: Mapping[str, Any]) -> Peek:
    """Parquet is opened by DuckDB, which reads no user's file in this process, and a workbook can keep it busy."""
    command = [sys.executable, "-m", "tenure.collect.files.peek", str(path), kind, json.dumps(options)]
    source = str(Path(tenure.__file__).resolve().parents[1])
    try:
        done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False, env={"PYTHONPATH": source})
    except subprocess.TimeoutExpired as error:
        raise CollectError("The file took too long to look at. Take it in by the command line.") from error
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise CollectError(told[-1] if told else "The file cannot be read.")
    return Peek.from_json(json.loads(done.stdout))


def read_form(upload: Upload, form: Mapping[str, str], keep_columns: bool = True) -> dict[str, Any]:
    """The form as arguments of Collect.load_<kind>."""
    header = {"yes": True, "no": False}.get(form.get("header", ""))
    options = {"separator": form.get("separator") or None, "encoding": form.get("encoding") or None, "header": header}
    said: dict[str, Any] = {"options": options, "source": form.get("source", "").strip()[:60] or "files"}
    said["day_first"] = {"yes": True, "no": False}.get(form.get("day_first", ""))
    if keep_columns:
        said["columns"] = _columns(upload, form)
    if upload.kind == "costs":
        said["cost_kind"] = form.get("cost_kind") or None
    if upload.kind in ("orders", "costs"):
        said["currency"] = form.get("currency", "").strip().upper() or None
        said["decimal"] = form.get("decimal") or None
    if upload.kind == "customers":
        grounds = {channel: form.get(f"consent_{channel}", "").strip() for channel in CHANNELS}
        said["consent"] = {channel: ground for channel, ground in grounds.items() if ground}
    return said


def _columns(upload: Upload, form: Mapping[str, str]) -> dict[str, str]:
    """{meaning: column}, from one choice a column."""
    known = {field.key for field in FIELDS[upload.kind]}
    found: dict[str, str] = {}
    for key, meaning in form.items():
        if key.startswith("column_") and meaning in known and form.get(f"name_{key[7:]}"):
            found.setdefault(meaning, form[f"name_{key[7:]}"])
    return found
