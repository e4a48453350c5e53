"""What several rooms' tests stand on: one real shop, loaded once."""

import os
from pathlib import Path

import pytest

import tenure
from tenure.workspace import Workspace

REAL = Path(os.environ.get("TENURE_REAL_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
RETAIL = REAL / "online_retail" / "online_retail.csv.xz"
COLUMNS = {"customer": "CustomerID", "time": "InvoiceDate", "order": "InvoiceNo", "price": "UnitPrice",
           "quantity": "Quantity", "product": "StockCode"}  # fmt: skip


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Online Retail, as of the day after its last, with everybody's history kept."""
    if not RETAIL.exists():
        pytest.skip(f"REAL DATA MISSING: no {RETAIL}. Set TENURE_REAL_DATA to the folder that has it.")
    opened = tenure.init(
        tmp_path_factory.mktemp("real") / "retail", zone="Europe/London", currency="GBP", clock="2011-12-10"
    )
    opened.collect.load_orders(RETAIL, COLUMNS)
    opened.keep_history()
    return opened
