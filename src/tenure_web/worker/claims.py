"""Make the ring known to every process that may do its work."""

from tenure_web.worker import ring, valuing

ring.start()
valuing.start()
