"""The SDKs people have in their shops, unmodified, against a running server: every call arrives and means the same."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests  # noqa: F401  both SDKs import it; in two threads at once that fails

from tests.web.api.conftest import ROOT, Server


class Missing(Exception):
    """The front-end packages are not installed."""


KINDS = {"identify", "track", "page", "screen", "group", "alias"}
HISTORY = datetime(2011, 12, 1, 8, 26, tzinfo=UTC)
ORDER = {
    "revenue": 12.34,
    "currency": "CNY",
    "products": [{"product_id": "p", "price": 6.17, "quantity": 2}],
}


def segment_python(url: str, key: str) -> None:
    from segment.analytics.client import Client

    failed: list[Any] = []
    client = Client(key, host=url, gzip=True, on_error=lambda error, _: failed.append(error))
    client.identify(user_id="segment-py", traits={"email": "segment-py@example.com", "plan": "gold"})
    client.track("segment-py", "Order Completed", {"order_id": "segment-py-1", **ORDER}, timestamp=HISTORY)
    client.page("segment-py", name="Tea", properties={"url": "https://shop.example/tea"})
    client.screen(anonymous_id="segment-py-device", name="Home")
    client.group("segment-py", "g1", {"name": "Tea Ltd"})
    client.alias("segment-py", "segment-py-new")
    client.shutdown()
    assert failed == []


def rudder_python(url: str, key: str) -> None:
    from rudderstack.analytics.client import Client

    failed: list[Any] = []
    client = Client(key, host=url, on_error=lambda error, _: failed.append(error))
    client.identify(user_id="rudder-py", traits={"email": "rudder-py@example.com", "plan": "gold"})
    client.track("rudder-py", "Order Completed", {"order_id": "rudder-py-1", **ORDER}, timestamp=HISTORY)
    client.page("rudder-py", name="Tea", properties={"url": "https://shop.example/tea"})
    client.screen(anonymous_id="rudder-py-device", name="Home")
    client.group("rudder-py", "g1", {"name": "Tea Ltd"})
    client.alias("rudder-py", "rudder-py-new")
    client.shutdown()
    assert failed == []


def node(which: str) -> Callable[[str, str], None]:
    def send(url: str, key: str) -> None:
        package = "@segment/analytics-node" if which == "segment" else "@rudderstack/rudder-sdk-node"
        found = shutil.which("node") or next(iter((ROOT / ".venv" / "bin").glob("node")), None)
        if found is None or not (ROOT / "node_modules" / package).is_dir():
            raise Missing(package)
        script = Path(__file__).with_name("send.cjs")
        done = subprocess.run([found, script, which, url, key], capture_output=True, text=True, timeout=60, cwd=ROOT)
        assert done.returncode == 0, done.stdout + done.stderr

    return send


SDKS = {
    "segment-py": segment_python,
    "rudder-py": rudder_python,
    "segment-js": node("segment"),
    "rudder-js": node("rudder"),
}


def test_every_sdk_delivers_every_call_unmodified(workspace: Any, key: str, server: Server) -> None:
    with ThreadPoolExecutor() as pool:
        sent = {name: pool.submit(send, server.url, key) for name, send in SDKS.items()}
    skipped = [name for name, future in sent.items() if isinstance(future.exception(), Missing)]
    for name in sent.keys() - skipped:
        sent[name].result()
    result = workspace.collect.drain_all()
    arrived = sorted(sent.keys() - skipped)
    assert (result.accepted, result.refused, result.duplicates) == (6 * len(arrived), 0, 0)
    for name in arrived:
        check(workspace, name)
    if skipped:
        pytest.skip(f"not installed: {', '.join(skipped)}")


def check(workspace: Any, name: str) -> None:
    person = workspace.collect.find(name)
    assert person == workspace.collect.find(f"{name}-new") == workspace.collect.find(f"{name}@example.com")
    device = workspace.collect.find(f"{name}-device")
    con = workspace.store.snapshot().connect()
    rows = con.execute(
        "SELECT kind, name, ts, amount, properties FROM events WHERE customer_key IN (?, ?)", [person, device]
    ).fetchall()
    con.close()
    found = {row[0]: row[1:] for row in rows}
    assert found.keys() == KINDS
    assert found["track"][:3] == ("Order Completed", HISTORY.replace(tzinfo=None), 1234)
    assert found["identify"][3].startswith('{"plan":"gold"')
    assert f"{name}@example.com" in [field.value for field in workspace.collect.personal.peek()]
