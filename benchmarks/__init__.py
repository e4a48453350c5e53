"""How fast, beside plain DuckDB and lifetimes doing the same work in the same run: `python -m benchmarks`."""
