"""Named places at which tests let the process die, as a power cut would. Without TENURE_FAILPOINT they do nothing."""

from __future__ import annotations

import os
import signal

__all__ = ["NAMES", "reach"]

NAMES = (
    "inbox.written", "inbox.taken", "loader.identifiers", "loader.personal", "loader.id_map", "loader.links",
    "loader.retractions", "loader.events", "loader.indexing", "loader.indexed", "loader.refunds", "inbox.removed",
)  # fmt: skip


def reach(name: str) -> None:
    """Die here, without any clean-up, when the environment names this place."""
    if os.environ.get("TENURE_FAILPOINT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
