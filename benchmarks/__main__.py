"""`python -m benchmarks [--million] [--customers N] [--only WORD]`: measure, print, keep results by date and commit."""

import argparse
import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import shops
from benchmarks.measure import Measured, measured

RESULTS = Path(__file__).parent / "results"
USUAL = 50_000


@dataclass(frozen=True)
class Row:
    """One piece of work: how Tenure does it, and peers that do the same: {peer: function}."""

    work: str
    module: str
    function: str
    peers: dict[str, str]
    folder: str = "-"


def rows(customers: int) -> list[Row]:
    """What is measured on a shop of this size."""
    folder = str(measured("shops", "prepared", customers).answer)
    size = f"{customers:,} customers"
    summary = {"DuckDB": "summary_plain", "lifetimes": "summary_lifetimes"}
    fits = {"lifetimes": "fit_lifetimes"} | ({"pymc-marketing": "fit_pymc"} if os.environ.get("TENURE_PEERS") else {})
    return [
        Row(f"features, growth, segments: {size}", "bench_features", "one_lifecycle", {"DuckDB": "plain"}, folder),
        Row(
            f"30 features, 5 lifecycles, segments: {size}",
            "bench_features",
            "thirty",
            {"DuckDB": "thirty_plain"},
            folder,
        ),
        Row(f"all features, 5 lifecycles: {size}", "bench_features", "everything", {}, folder),
        Row(
            f"stages at 24 month ends: {size}", "bench_stages", "restatements", {"DuckDB": "restatements_plain"}, folder
        ),
        Row(f"history of 24 months, 5 lifecycles: {size}", "bench_stages", "history", {}, folder),
        Row(
            f"history of 24 months, purchase: {size}",
            "bench_stages",
            "history_of_purchase",
            {"DuckDB": "history_of_purchase_plain"},
            folder,
        ),
        Row(f"count of a new segment: {size}", "bench_segments", "count", {"DuckDB": "count_plain"}, folder),
        Row(f"frequency, recency, T: {size}", "bench_features", "summary", summary, folder),
        Row(f"value summary from the store: {size}", "bench_value", "summary", {}, folder),
        Row(f"fit BG/NBD, Gamma-Gamma: {size}", "bench_value", "fit", fits, str(customers)),
        Row(f"score 12 months: {size}", "bench_value", "score", {"lifetimes": "score_lifetimes"}, str(customers)),
        Row(
            f"fit Pareto/NBD: {size}",
            "bench_value",
            "pareto",
            {"lifetimes": "pareto_lifetimes"} if customers <= USUAL else {},  # it does not finish a million
            str(customers),
        ),
        Row(f"needs of everybody: {size}", "bench_needs", "everybody", {}, folder),
        Row(f"needs kept and judged: {size}", "bench_needs", "renewed", {}, folder),
        Row(f"needs judged: {size}", "bench_needs", "judged", {}, folder),
        Row(f"everybody's forecast from the store: {size}", "bench_value", "forecast", {}, folder),
        Row(f"learn risk: {size}", "bench_risk", "learn", {}, folder),
        Row(f"everybody's risk from the store: {size}", "bench_risk", "score", {}, folder),
        Row(f"survival by channel: {size}", "bench_risk", "survival", {}, folder),
        Row(f"one customer's events: {size}", "bench_store", "one_customer", {"DuckDB": "one_customer_plain"}, folder),
    ]


def small() -> list[Row]:
    """What does not depend on the size of the shop."""
    folder, name = measured("bench_collect", "retail").answer
    return [
        Row("import the models of value", "bench_value", "importing", {"lifetimes": "importing_lifetimes"}),
        Row("append 50 × 2,000 events", "bench_store", "append", {"DuckDB": "append_plain"}),
        Row("compact 450,000 events", "bench_store", "compact", {"DuckDB": "compact_plain"}),
        Row("300 requests of 100 events", "bench_collect", "events", {"DuckDB": "events_plain"}),
        Row(f"orders file, {name}", "bench_collect", "orders", {"DuckDB": "orders_plain"}),
        Row("events file, 400,000 rows", "bench_collect", "events_file_rows", {"DuckDB": "events_file_plain"}),
        Row(f"all features, 5 lifecycles: {name}", "bench_features", "everything", {}, folder),
    ]


def main() -> None:
    """Measure and tell."""
    chosen = _arguments()
    shops.cache().mkdir(parents=True, exist_ok=True)
    wanted = [*small(), *rows(USUAL)]
    for customers in [shops.MILLION] * chosen.million + chosen.customers:
        wanted += rows(customers)
    found = []
    print(f"{'':54}{'':10}{'wall s':>8}{'CPU s':>8}{'MB':>7}{'wall ×':>8}{'CPU ×':>7}")
    for row in wanted:
        if chosen.only in row.work:
            found.append(_measure(row))
    _keep(found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--million", action="store_true", help="also one million customers, 20 million events")
    parser.add_argument(
        "--customers", type=int, action="append", default=[], help="also so many customers, as 10000000 for growth"
    )
    parser.add_argument("--only", default="", help="only work whose name holds this word")
    return parser.parse_args()


def _measure(row: Row) -> dict[str, Any]:
    ours = measured(row.module, row.function, row.folder)
    _tell(row.work, "tenure", ours, None)
    document: dict[str, Any] = {"work": row.work, "tenure": asdict(ours)}
    for peer, function in row.peers.items():
        theirs = measured(row.module, function, row.folder)
        _tell("", peer, theirs, ours)
        document[peer] = asdict(theirs)
        if _plain(theirs.answer) != _plain(ours.answer):
            print(f"  not the same answer: {ours.answer} and {theirs.answer}")
    return document


def _plain(answer: Any) -> Any:
    return {key: value for key, value in answer.items() if value} if isinstance(answer, dict) else answer


def _tell(work: str, who: str, cost: Measured, against: Measured | None) -> None:
    """A line of the table. The ratios say how many times as long Tenure takes as this peer."""
    line = f"{work:54}{who:10}{cost.wall:8.2f}{cost.cpu:8.2f}{cost.peak_mb:7.0f}"
    if against:
        line += f"{against.wall / max(cost.wall, 1e-3):8.2f}{against.cpu / max(cost.cpu, 1e-3):7.2f}"
    print(line, flush=True)


def _keep(found: list[dict[str, Any]]) -> None:
    """Results by date and commit."""
    told = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    commit, now = told.stdout.strip() or "none", datetime.now(UTC)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()[0]}
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{now:%Y-%m-%d}-{commit}.json"
    before = json.loads(path.read_text())["rows"] if path.exists() else []
    again = {row["work"] for row in found}
    rows = [*(row for row in before if row["work"] not in again), *found]
    path.write_text(json.dumps({"at": now.isoformat(), "commit": commit, "machine": machine, "rows": rows}, indent=1))
    print(f"Kept in {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}.")


if __name__ == "__main__":
    main()
