"""Spark sessions: a master, or a Spark Connect server, with the choices that make answers the same everywhere."""

from __future__ import annotations

from typing import Any

from tenure.errors import StoreError, UsageError

__all__ = ["first_line", "open_session"]

#: Time stamps without a zone, errors instead of silent overflow, files that DuckDB reads with the same types.
_CHOICES = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.caseSensitive": "false",
}


def open_session(address: str) -> Any:
    """A session with its own tables on `spark://…`, `local[*]`, `yarn` … or, through Spark Connect, `sc://…`.

    Everything else that Spark can be told (memory, shuffle partitions, keys of an object store) belongs into
    spark-defaults.conf in SPARK_CONF_DIR. Raises UsageError where pyspark is not installed, StoreError where Spark
    cannot be reached.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UsageError(
            'engine: spark needs the package pyspark and Java 17 or newer. Install it with: pip install "tenure[spark]"'
        ) from error
    builder = SparkSession.builder.appName("tenure")
    try:
        if address.startswith("sc://"):
            session = builder.remote(address).create()
        else:
            quiet = builder.config("spark.ui.showConsoleProgress", "false")
            session = quiet.master(address).getOrCreate().newSession()
        for name, value in _CHOICES.items():
            session.conf.set(name, value)
    except Exception as error:  # pyspark raises its own, py4j's and gRPC's errors
        raise StoreError(f"Spark at {address} cannot be used: {first_line(error)}") from error
    return session


def first_line(error: Exception) -> str:
    """What Spark says of a failure, without the trace of its Java code."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
