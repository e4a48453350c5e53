"""What several rooms' tests stand on: one real shop, loaded once."""

import os
import resource
from pathlib import Path

import pytest

import tenure
from tenure.workspace import Workspace
from tests.processes import made_once

REAL = Path(os.environ.get("TENURE_REAL_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
RETAIL = REAL / "online_retail" / "online_retail.csv.xz"
COLUMNS = {
    "customer": "CustomerID", "time": "InvoiceDate", "order": "InvoiceNo", "price": "UnitPrice", "quantity": "Quantity",
    "product": "StockCode", "product_name": "Description", "country": "Country",
}  # fmt: skip


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
