"""The cast of the reports, made once: nothing writes to it but temporary tables."""

import duckdb
import pytest

from .cast import connection


@pytest.fixture(scope="package")
def shop() -> duckdb.DuckDBPyConnection:
    """Stays and events of sixty customers."""
    return connection()
