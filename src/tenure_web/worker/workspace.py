"""The workspace this installation serves, opened once a process."""

from collections.abc import Collection, Mapping
from functools import lru_cache

from django.conf import settings

import tenure
from tenure.workspace import Workspace


@lru_cache(maxsize=1)
def _opened(folder: str) -> Workspace:
    opened = tenure.open(folder)
    opened.outside = _agreed
    return opened


def _agreed(customers: Collection[int] | None) -> Mapping[str, Collection[int]]:
    """Who agreed to be written to, of these customers or of all."""
    from tenure_web.messages.consent import agreed  # the messages app stands after this one

    return agreed(customers)


def current() -> Workspace:
    """The opened workspace (settings.WORKSPACE)."""
    return _opened(str(settings.WORKSPACE))


def forget() -> None:
    """Open it anew at the next call (for tests that change the folder)."""
    _opened.cache_clear()
