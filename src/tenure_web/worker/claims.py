"""Make the ring known to every process that may do its work."""

from tenure_web.worker import daily, forecasting, ring

ring.start()
daily.start()
forecasting.start()
