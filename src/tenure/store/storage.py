"""Where a store's files are: in the workspace's folder, or in an S3-compatible object store with a cache in the folder.

DuckDB reads files of this machine. The data files of a Delta table never change, so each is fetched once, when a
snapshot first needs it. Keys come from the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) or from the machine's
role, never from tenure.yml.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tenure.errors import StoreError, UsageError
from tenure.settings import Settings
from tenure.store.lease import held_lease

__all__ = ["Storage"]

FETCHERS = 8
UNUSED_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Storage:
    """`root` is the folder on this machine: the tables themselves, or index, cache and restatements beside them."""

    root: Path
    settings: Settings

    @property
    def remote(self) -> bool:
        """Whether the tables are in an object store."""
        return bool(self.settings.storage)

    def uri(self, table: str) -> str:
        """Where a table is, for delta-rs."""
        return f"{self.settings.storage.rstrip('/')}/{table}" if self.remote else str(self.root / table)

    @property
    def options(self) -> dict[str, str] | None:
        """What delta-rs must know of the object store. Commits are conditional puts: one of two writers is refused."""
        if not self.remote:
            return None
        options = {"aws_conditional_put": "etag", "aws_region": self.settings.storage_region}
        if self.settings.storage_endpoint:
            options["aws_endpoint"] = self.settings.storage_endpoint
            options["aws_allow_http"] = str(self.settings.storage_endpoint.startswith("http://")).lower()
        return options

    @cached_property
    def objects(self) -> Any:
        """The bucket below the store's address, as an obstore store. Raises UsageError without the package."""
        try:
            from obstore.store import S3Store
        except ImportError as error:
            raise UsageError(
                'storage: s3://… needs the package obstore. Install it with: pip install "tenure[s3]"'
            ) from error
        bucket, _, prefix = self.settings.storage.removeprefix("s3://").strip("/").partition("/")
        choices: dict[str, Any] = {"region": self.settings.storage_region}
        if self.settings.storage_endpoint:
            choices["endpoint"] = self.settings.storage_endpoint
            choices["client_options"] = {"allow_http": self.settings.storage_endpoint.startswith("http://")}
        return S3Store(bucket, prefix=prefix or None, **choices)

    @contextmanager
    def writing(self, wait: bool = False) -> Iterator[None]:
        """Hold the lock that all machines share; a folder has none but its own file. Raises UsageError when taken."""
        if not self.remote:
            yield
            return
        with held_lease(self.objects, wait):
            yield

    def local(self, files: Iterable[str]) -> tuple[str, ...]:
        """These files on this machine, fetched where they are not yet here."""
        if not self.remote:
            return tuple(files)
        wanted = {file: self._place(file) for file in files}
        missing = [(file, place) for file, place in wanted.items() if not place.is_file()]
        if missing:
            objects = self.objects
            with ThreadPoolExecutor(FETCHERS) as pool:
                list(pool.map(lambda pair: self._fetch(objects, *pair), missing))
        return tuple(map(str, wanted.values()))

    def _key(self, file: str) -> str:
        return file.removeprefix(self.settings.storage.rstrip("/") + "/")

    def _place(self, file: str) -> Path:
        place = (self.root / "cache" / self._key(file)).resolve()
        if not place.is_relative_to((self.root / "cache").resolve()):
            raise StoreError(f"The store names a file outside itself: {file}")
        return place

    def _fetch(self, objects: Any, file: str, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        unfinished = place.with_suffix(f".{os.getpid()}.{threading.get_ident()}.{secrets.token_hex(4)}")
        with unfinished.open("wb") as out:
            for chunk in objects.get(quote(self._key(file), safe="/=")).stream():
                out.write(chunk)
        os.replace(unfinished, place)

    def tidy(self, kept: Iterable[str], now: datetime) -> int:
        """Remove files from the cache that are not among these and came more than a day ago; returns how many."""
        places = {self._place(file) for file in kept} if self.remote else set()
        before, removed = now.timestamp() - UNUSED_SECONDS, 0
        for path in (self.root / "cache").rglob("*.parquet"):
            if path.resolve() not in places and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                removed += 1
        return removed
