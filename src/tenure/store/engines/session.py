"""Spark sessions: a master, or a Spark Connect server, with the choices that make answers the same everywhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tenure.errors import StoreError, UsageError

JAVA = 17
_INSTALL = "Install it (on Debian and Ubuntu: apt install openjdk-17-jre-headless) or say engine: duckdb."

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
    spark-defaults.conf in SPARK_CONF_DIR. Raises UsageError where pyspark or Java is not installed, StoreError where
    Spark cannot be reached.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise UsageError(
            'engine: spark needs the package pyspark and Java 17 or newer. Install it with: pip install "tenure[spark]"'
        ) from error
    if not address.startswith("sc://"):
        _check_java()
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


def _check_java() -> None:
    """Raise UsageError unless Spark will find a Java runtime that it can use."""
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home, "bin", "java")) if home else shutil.which("java")
    if java is None or not os.access(java, os.X_OK):
        where = f"in JAVA_HOME ({home})" if home else "on the PATH"
        raise UsageError(f"engine: spark needs Java {JAVA} or newer; there is none {where}. {_INSTALL}")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    if version is None or int(version[1]) < JAVA:
        found = f"version {version[1]}" if version else "one that does not run"
        raise UsageError(f"engine: spark needs Java {JAVA} or newer; {java} is {found}. {_INSTALL}")


def first_line(error: Exception) -> str:
    """What Spark says of a failure, without the trace of its Java code."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
