"""A workspace: one company's folder of settings, definitions, facts and promises, with the rooms as attributes."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from tenure.clock import Clock
from tenure.errors import UsageError
from tenure.settings import FILE, Settings

__all__ = ["Workspace", "init", "open_workspace"]

FOLDERS = ("store", "definitions/features", "definitions/lifecycles", "definitions/segments", "tmp")


def init(folder: str | Path, **choices: Any) -> Workspace:
    """Make a workspace in `folder` and open it. Refuses a folder that already is one."""
    path = Path(folder).resolve()
    if (path / FILE).exists():
        raise UsageError(f"{path} already is a Tenure workspace.")
    settings = Settings(**choices)
    for name in FOLDERS:
        (path / name).mkdir(parents=True, exist_ok=True)
    secret = path / "secret"
    if not secret.exists():
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_hex(32))
    settings.save(path)
    return Workspace(path)


def open_workspace(folder: str | Path = ".") -> Workspace:
    """Open the workspace in `folder`. Raises UsageError when there is none."""
    return Workspace(Path(folder).resolve())


class Workspace:
    """One company's workspace. Rooms are opened when first used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._settings = Settings.load(folder)
        self._stamp = self._settings_stamp()

    def _settings_stamp(self) -> int:
        return (self.folder / FILE).stat().st_mtime_ns

    @property
    def settings(self) -> Settings:
        """The choices in tenure.yml, read anew when the file changed."""
        stamp = self._settings_stamp()
        if stamp != self._stamp:
            self._settings, self._stamp = Settings.load(self.folder), stamp
        return self._settings

    def save_settings(self, settings: Settings) -> None:
        """Write the choices and use them from now on."""
        settings.save(self.folder)
        self._settings, self._stamp = settings, self._settings_stamp()

    @property
    def clock(self) -> Clock:
        """The workspace's clock: real, or fixed for historical data."""
        return Clock(self.settings.zone, self.settings.clock or None)

    @cached_property
    def secret(self) -> bytes:
        """The key that personal identifiers are hashed with and links are signed with."""
        path = self.folder / "secret"
        if not path.is_file():
            raise UsageError(f"{path} is missing. Restore it from a backup: without it no e-mail can be recognised.")
        return bytes.fromhex(path.read_text().strip())

    @contextmanager
    def writing(self, wait: bool = False) -> Iterator[None]:
        """Hold the one-writer lock. Raises UsageError at once when another process holds it, unless `wait`."""
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            os.close(handle)
            raise UsageError(
                "Another Tenure process is writing to this workspace (the server, or an import)."
            ) from error
        try:
            yield
        finally:
            os.close(handle)

    def is_being_written(self) -> bool:
        """Whether some process holds the writer lock now (a running server does)."""
        try:
            with self.writing():
                return False
        except UsageError:
            return True
