"""One tree of errors. A message says what, where and what to do, in one plain sentence."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["CollectError", "DefinitionError", "NotFound", "StoreError", "TenureError", "UsageError"]


class TenureError(Exception):
    """Anything Tenure refuses or fails at, told in words a user can act on."""


class UsageError(TenureError):
    """The caller asked for something that does not exist or cannot be combined."""


class NotFound(UsageError):
    """The named customer, lifecycle, import … is not in this workspace."""


class StoreError(TenureError):
    """The store cannot be read or written."""


class CollectError(TenureError):
    """A file or request cannot be taken in as a whole."""


class DefinitionError(TenureError):
    """One or more definitions are wrong; all problems are told together."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
