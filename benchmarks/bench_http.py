"""Events over HTTP into the store: `python -m benchmarks.bench_http [--requests N] [--senders N] [--different]`.

Starts the real servers on an empty workspace, waits until the worker has done what it does at its start, sends requests
of a hundred calls over kept connections as fast as they are taken, and waits until every event stands in the store.
Tells events a second end to end, and what an event costs the web server, the worker and whoever sends it in CPU
microseconds: the senders share the machine with the servers.
"""

import argparse
import base64
import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time

import httpx
import psutil

from benchmarks.bench_collect import EACH, NOW, _bodies, _workspace
from tenure.store import Store


def main() -> None:
    """Prepare, start, send, wait, tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=900)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--different", action="store_true", help="no two calls have the same properties")
    chosen = parser.parse_args()
    folder, workspace = _workspace("http")
    workspace.save_settings(workspace.settings.changed(clock=""))
    key = workspace.collect.sources.create_key("bench", NOW)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tenure_cli", "up", "--workspace", str(folder / "shop"), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _until_ready(port)
        print(json.dumps(_measured(server.pid, port, key, workspace.store, chosen), indent=1))
    finally:
        server.terminate()
        server.wait(60)
    shutil.rmtree(folder)


def _measured(server: int, port: int, key: str, store: Store, chosen: argparse.Namespace) -> dict[str, object]:
    bodies = _sent_bodies(chosen.requests, chosen.different)
    children = psutil.Process(server).children(recursive=True)
    worker = [each for each in children if "tenure_web.worker" in " ".join(each.cmdline())]
    web = [each for each in children if each not in worker]
    _until_quiet(worker)
    before, own, begun = (_cpu(web), _cpu(worker)), time.process_time(), time.monotonic()
    parts = [bodies[start :: chosen.senders] for start in range(chosen.senders)]
    senders = [threading.Thread(target=_send, args=(part, port, key)) for part in parts]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    taken, total = time.monotonic() - begun, len(bodies) * EACH
    senders_cpu = time.process_time() - own
    while store.last_ingest() < total and time.monotonic() - begun < 600:
        time.sleep(0.05)
    took = time.monotonic() - begun
    return {
        "events": total,
        "stored": store.last_ingest(),
        "taken_per_second": round(total / taken),
        "stored_per_second": round(total / took),
        "web_us_per_event": round((_cpu(web) - before[0]) / total * 1e6, 1),
        "senders_us_per_event": round(senders_cpu / total * 1e6, 1),
        "worker_us_per_event": round((_cpu(worker) - before[1]) / total * 1e6, 1),
        "worker_mb": round(sum(each.memory_info().rss for each in worker) / 1e6),
        "machine_load": os.getloadavg()[0],
    }


def _sent_bodies(requests: int, different: bool) -> list[bytes]:
    """The bench's requests, as many as asked for. `different`: no two calls have the same properties."""
    if not different:
        return _bodies(requests)
    calls = [json.loads(body)["batch"] for body in _bodies(requests)]
    for turn, batch in enumerate(calls):
        for n, call in enumerate(batch):
            call["properties"] = {**call.get("properties", {}), "visit": f"{turn}-{n}"}
    return [json.dumps({"batch": batch}).encode() for batch in calls]


def _send(bodies: list[bytes], port: int, key: str) -> None:
    """The standard library's client: a comfortable one would take more of the two cores than the web server does."""
    headers = {"Authorization": f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"}
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        for body in bodies:
            client.request("POST", "/v1/batch", body, headers)
            answer = client.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"The server answers {answer.status}.")


def _cpu(processes: list[psutil.Process]) -> float:
    return sum(used.user + used.system for used in (each.cpu_times() for each in processes))


def _until_ready(port: int) -> None:
    for _ in range(600):
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=5, trust_env=False)
            return
        except httpx.TransportError:
            time.sleep(0.2)
    raise SystemExit("The servers do not become ready.")


def _until_quiet(processes: list[psutil.Process]) -> None:
    """Wait until they hardly work any more: the start (imports, the day's first look) is not what is measured."""
    for _ in range(60):
        before = _cpu(processes)
        time.sleep(2)
        if _cpu(processes) - before < 0.2:
            return


if __name__ == "__main__":
    main()
