"""Real customers: CDNOW from the wheel of lifetimes or from the data folder, donors, a British gift shop."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

REAL = Path(os.environ.get("TENURE_REAL_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")


@dataclass(frozen=True)
class Buyers:
    """One row a customer: repeat purchases, weeks from first to last, weeks from first to the cut, mean repeat spend;
    what was bought in the weeks after it."""

    frequency: Any
    recency: Any
    T: Any
    monetary: Any
    later: Any

    @property
    def history(self) -> tuple[Any, Any, Any]:
        return self.frequency, self.recency, self.T


def real(name: str) -> Path:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"REAL DATA MISSING: no {name} in {REAL}. Set TENURE_REAL_DATA to the folder that has it.")
    return path


def days_of(path: Path) -> dict[str, dict[int, float]]:
    """Customer → day → money, from one of the CDNOW files."""
    found: dict[str, dict[int, float]] = {}
    for line in path.read_text().splitlines():
        words = line.split()
        if words and words[0].isdigit():
            when = words[-3]
            day = date(int(when[:4]), int(when[4:6]), int(when[6:])).toordinal()
            days = found.setdefault(words[0], {})
            days[day] = days.get(day, 0.0) + float(words[-1])
    return found


def buyers(path: Path, weeks: int = 39) -> Buyers:
    """Calibration to the end of September 1997, or of June 1998 with 78 weeks."""
    cut = date(1997, 9, 30).toordinal() if weeks == 39 else date(1998, 6, 30).toordinal()
    rows = []
    for days in days_of(path).values():
        seen = sorted(day for day in days if day <= cut)
        repeat = [days[day] for day in seen[1:]]
        mean = sum(repeat) / len(repeat) if repeat else 0.0
        age = (cut - seen[0]) / 7
        rows.append((len(repeat), (seen[-1] - seen[0]) / 7, age, mean, len(days) - len(seen)))
    return Buyers(*np.array(rows).T)


@pytest.fixture(scope="session")
def sample_file() -> Path:
    """The 1/10 sample of the papers, as the lifetimes wheel carries it."""
    home = importlib.util.find_spec("lifetimes")
    assert home is not None
    assert home.origin is not None
    return Path(home.origin).parent / "datasets" / "CDNOW_sample.txt"


@pytest.fixture(scope="session")
def cdnow(sample_file: Path) -> Buyers:
    """2,357 customers, exact days."""
    return buyers(sample_file)


@pytest.fixture(scope="session")
def cdnow_full() -> Buyers:
    """All 23,570 customers."""
    return buyers(real("cdnow/CDNOW_master.txt"))
