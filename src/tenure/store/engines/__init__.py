"""Engines: where a query runs. SQL is written once, in DuckDB's dialect; Apache Spark gets it translated."""

from tenure.store.engines.connection import Answer, Connection
from tenure.store.engines.rewrites import translate

__all__ = ["Answer", "Connection", "translate"]
