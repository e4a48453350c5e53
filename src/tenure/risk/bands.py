"""The three bands of risk: thirds of the probability, with their floors, the lowest first."""

__all__ = ["BANDS", "band_sql"]

BANDS = (("low", 0.0), ("medium", 1 / 3), ("high", 2 / 3))


def band_sql(column: str = "probability") -> str:
    """SQL for low, medium or high."""
    cases = " ".join(f"WHEN {column} >= {floor} THEN '{name}'" for name, floor in reversed(BANDS))
    return f"CASE {cases} END"
