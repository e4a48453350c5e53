"""What several rooms' tests stand on: one real shop, loaded once."""

import fcntl
import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

import tenure
from tenure.workspace import Workspace
from tests.processes import together

REAL = Path(os.environ.get("TENURE_REAL_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
RETAIL = REAL / "online_retail" / "online_retail.csv.xz"
COLUMNS = {
    "customer": "CustomerID", "time": "InvoiceDate", "order": "InvoiceNo", "price": "UnitPrice", "quantity": "Quantity",
    "product": "StockCode", "product_name": "Description", "country": "Country",
}  # fmt: skip


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder for all processes of the tests: the first that wants it makes it, the others wait."""
    shared = together(factory)
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / name).exists():
            make(shared / f"{name}.half")
            (shared / f"{name}.half").rename(shared / name)
    return shared / name


def _load_retail(folder: Path) -> None:
    opened = tenure.init(folder, company="Gifts", zone="Europe/London", currency="GBP", clock="2011-12-10")
    opened.collect.load_orders(RETAIL, COLUMNS)
    (folder / "most_memory").write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
    opened.keep_history()


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Online Retail, as of the day after its last, with everybody's history kept. Only for reading."""
    if not RETAIL.exists():
        pytest.skip(f"REAL DATA MISSING: no {RETAIL}. Set TENURE_REAL_DATA to the folder that has it.")
    return tenure.open(made_once(tmp_path_factory, "retail", _load_retail))
