"""The workspace this installation serves, opened once a process."""

from functools import lru_cache

from django.conf import settings

import tenure
from tenure.workspace import Workspace


@lru_cache(maxsize=1)
def _opened(folder: str) -> Workspace:
    return tenure.open(folder)


def current() -> Workspace:
    """The opened workspace (settings.WORKSPACE)."""
    return _opened(str(settings.WORKSPACE))


def forget() -> None:
    """Open it anew at the next call (for tests that change the folder)."""
    _opened.cache_clear()
