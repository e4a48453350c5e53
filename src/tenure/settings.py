"""What a company chooses about its workspace: tenure.yml, every entry with its default and one line of help."""

from __future__ import annotations

import os
import secrets
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from tenure import clock, money
from tenure.errors import UsageError

__all__ = ["FILE", "Settings"]

FILE = "tenure.yml"


def _entry(default: Any, text: str) -> Any:
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class Settings:
    """The workspace's choices. Raises UsageError with the entry's name when a value cannot be used."""

    company: str = _entry("My company", "Name of the company, shown on pages and in messages.")
    company_zh: str = _entry("", "Name of the company in Chinese; empty means the same name.")
    zone: str = _entry("UTC", "Time zone in which days begin, such as Asia/Shanghai.")
    currency: str = _entry("USD", "Currency of amounts that name none.")
    language: str = _entry("en", "Language of pages and messages when a person has chosen none: en or zh-hans.")
    template: str = _entry("ecommerce", "Industry the workspace was started for.")
    lifecycle: str = _entry("growth", "Lifecycle that the board opens with.")
    clock: str = _entry("", "Fixed instant for a workspace of historical data; empty means real time.")
    database: str = _entry("", "PostgreSQL address for promises; empty means SQLite files in the workspace.")
    address: str = _entry("http://localhost:8765", "Address at which people reach this installation.")
    sender_name: str = _entry("", "Name that messages come from; empty means the company's.")
    sender_email: str = _entry("", "E-mail address that messages come from.")
    postal_address: str = _entry("", "Postal address printed under marketing e-mail.")
    memory_limit: str = _entry("4GB", "Most memory the computations of one process may take together.")
    threads: int = _entry(0, "Processor cores the computations of one process may use; 0 means all.")
    engine: str = _entry("duckdb", "Where everybody's features, stages and histories are computed: duckdb or spark.")
    spark: str = _entry("local[*]", "Where Spark is: spark://host:7077, local[*], or sc://host:15002 (Spark Connect).")
    storage: str = _entry("", "Object store for facts, s3://bucket/folder; empty means the workspace's folder.")
    storage_endpoint: str = _entry("", "Address of an S3-compatible server; empty means Amazon's own.")
    storage_region: str = _entry("us-east-1", "Region of the object store.")
    duplicate_days: int = _entry(30, "Days for which a repeated message id is recognised.")
    body_limit: int = _entry(4 * 1024 * 1024, "Largest body of a tracking request, in bytes, also once unpacked.")
    inbox_depth: int = _entry(50_000, "Requests that may wait to be loaded before more are told to come back later.")
    personal_fields: tuple[str, ...] = _entry((), "Further property names that hold personal data.")

    def __post_init__(self) -> None:
        clock.Clock(self.zone, self.clock or None)
        money.check_currency(self.currency)
        if self.language not in ("en", "zh-hans"):
            raise UsageError(f'{FILE}: language "{self.language}" is not known. Use en or zh-hans.')
        if self.engine not in ("duckdb", "spark"):
            raise UsageError(f'{FILE}: engine "{self.engine}" is not known. Use duckdb or spark.')
        if self.storage and not self.storage.startswith("s3://"):
            raise UsageError(f"{FILE}: storage must be an s3:// address, or empty for the workspace's own folder.")
        if self.storage and self.engine == "spark":
            raise UsageError(f"{FILE}: engine spark reads a folder that all its machines share, not yet storage s3://.")
        if self.database and not self.database.startswith(("postgres://", "postgresql://")):
            raise UsageError(f"{FILE}: database must be a postgresql:// address, or empty for SQLite.")

    @classmethod
    def load(cls, folder: Path) -> Settings:
        """Read tenure.yml; an unknown entry is an error that lists the known ones."""
        path = folder / FILE
        if not path.is_file():
            raise UsageError(f"{folder} is not a Tenure workspace. Make one with: tenure init {folder}")
        try:
            found = yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader) or {}
        except yaml.YAMLError as error:
            raise UsageError(f"{path} cannot be read as YAML: {str(error).splitlines()[0]}.") from error
        if not isinstance(found, dict):
            raise UsageError(f"{path} must be a list of `name: value` lines.")
        known = {entry.name: entry for entry in fields(cls)}
        for name in found:
            if name not in known:
                raise UsageError(f'{path}: unknown entry "{name}". Known: {", ".join(known)}.')
        database = os.environ.get("TENURE_DATABASE_URL")
        if database is not None:
            found["database"] = database
        return cls(**{name: _cast(name, value, getattr(cls, name, None)) for name, value in found.items()})

    def save(self, folder: Path) -> None:
        """Write tenure.yml in one step, with each entry's help beside it."""
        chosen = asdict(self)
        if os.environ.get("TENURE_DATABASE_URL"):
            chosen["database"] = ""
        lines = []
        for entry in fields(self):
            lines.append(f"# {entry.metadata['help']}\n{_written(entry.name, chosen[entry.name])}")
        path = folder / FILE
        new = path.with_suffix(f".{secrets.token_hex(4)}")
        new.write_text("\n".join(lines), "utf-8")
        os.replace(new, path)

    def company_in(self, language: str) -> str:
        """The company's name as readers of this language know it."""
        return (self.company_zh if language.startswith("zh") else "") or self.company

    def changed(self, **choices: Any) -> Settings:
        """The same settings with some entries chosen anew, checked."""
        return replace(self, **choices)


@lru_cache
def _written(name: str, value: str | int | tuple[str, ...]) -> str:
    """An entry as YAML. Most are what they always are, and each takes a millisecond to write."""
    shown = list(value) if isinstance(value, tuple) else value
    return yaml.safe_dump({name: shown}, allow_unicode=True, default_flow_style=False, width=1000)


def _cast(name: str, value: Any, default: Any) -> Any:
    if isinstance(default, tuple):
        return tuple(str(item) for item in value or ())
    if isinstance(default, int):
        try:
            return int(value)
        except (TypeError, ValueError) as error:
            raise UsageError(f'{FILE}: {name} must be a whole number, not "{value}".') from error
    return "" if value is None else str(value)
