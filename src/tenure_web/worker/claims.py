"""Make the ring known to every process that may do its work."""

from tenure_web.worker import forecasting, needing, ring, risking, valuing

ring.start()
valuing.start()
risking.start()
forecasting.start()
needing.start()
