"""The worker's part: hand off what is due, and tell the ring what became of it."""

from tenure_web.messages import handoff, told
from tenure_web.worker import loop

loop.register("messages", handoff.work, every=1, counted=True)
loop.register("messages.told", told.tell, every=1, counted=True)
