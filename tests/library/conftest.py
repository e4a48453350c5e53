"""What several rooms' tests stand on: one real shop, loaded once."""

import json
import os
import subprocess
import sys
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


#: In a process of its own, or the memory would be that of all tests before. Linux alone tells its peak.
LOADING = """
import json, pathlib, sys, time, tenure
folder, file, columns = sys.argv[1:]
tenure.open(folder).collect.load_orders(file, json.loads(columns))
status = pathlib.Path("/proc/self/status")
said = dict(line.split(":") for line in status.read_text().splitlines()) if status.exists() else {}
cost = {"cpu": time.process_time(), "kilobytes": int(said.get("VmHWM", "0").split()[0])}
pathlib.Path(folder, "cost.json").write_text(json.dumps(cost))
"""


def _load_retail(folder: Path) -> None:
    tenure.init(folder, company="Gifts", zone="Europe/London", currency="GBP", clock="2011-12-10")
    subprocess.run([sys.executable, "-c", LOADING, str(folder), str(RETAIL), json.dumps(COLUMNS)], check=True)
    tenure.open(folder).keep_history()


@pytest.fixture(scope="session")
def retail(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Online Retail, as of the day after its last, with everybody's history kept. Only for reading."""
    if not RETAIL.exists():
        pytest.skip(f"REAL DATA MISSING: no {RETAIL}. Set TENURE_REAL_DATA to the folder that has it.")
    return tenure.open(made_once(tmp_path_factory, "retail", _load_retail))
