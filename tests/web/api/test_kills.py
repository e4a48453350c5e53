"""Kill -9 of the server and of the loader under load: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import base64
import json
import os
import random
import signal
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.examples import examples
from tests.web.api.conftest import Server, start_loader


class Client(threading.Thread):
    """Sends batches for ever; what is not answered with 200 is sent again, word for word."""

    def __init__(self, server: Server, key: str, name: str, pause: float) -> None:
        super().__init__(daemon=True)
        self.server, self.label, self.pause = server, name, pause
        self.headers = {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
        self.acknowledged: set[str] = set()
        self.stop = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            ids = [f"{self.label}-{number}-{part}" for part in range(5)]
            self._deliver(ids)
            number += 1
            self.stop.wait(self.pause)

    def _deliver(self, ids: list[str]) -> None:
        calls = [
            {"type": "track", "event": "E", "userId": f"u{hash(one) % 50}", "messageId": one, "properties": {"id": one}}
            for one in ids
        ]
        body = json.dumps({"batch": calls}).encode()
        while True:
            try:
                answer = httpx.post(f"{self.server.url}/v1/batch", content=body, headers=self.headers, timeout=5)
                assert answer.status_code in (200, 429, 503), answer.text
                if answer.status_code == 200:
                    self.acknowledged.update(ids)
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)


class Reader(threading.Thread):
    """Counts events over and over; a pinned snapshot must stay readable and never show fewer than before."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        import tenure

        self.store = tenure.open(folder).store
        self.counts: list[int] = []
        self.error: Exception | None = None
        self.stop = threading.Event()

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                con = self.store.snapshot().connect()
                self.counts.append(con.execute("SELECT count(*) FROM events").fetchall()[0][0])
                time.sleep(0.1)  # compaction and vacuum may pass between pinning and reading
                assert con.execute("SELECT count(DISTINCT message_hash) FROM events").fetchall() == [(self.counts[-1],)]
                con.close()
        except Exception as error:
            self.error = error


def workers(server: Server) -> list[psutil.Process]:
    assert server.process is not None
    return psutil.Process(server.process.pid).children()


def ordeal(workspace: Any, key: str, server: Server, rounds: int, seed: int, pause: float = 0) -> None:
    """Kill something in every round, at random moments, then see that the books balance."""
    chance = random.Random(seed)
    clients = [Client(server, key, f"c{number}", pause) for number in range(3)]
    reader = Reader(workspace.folder)
    for thread in (*clients, reader):
        thread.start()
    loader = start_loader(server.warm, workspace.folder)
    for turn in range(rounds):
        before = sum(len(client.acknowledged) for client in clients)
        until = time.monotonic() + 60
        while sum(len(client.acknowledged) for client in clients) < before + 20:
            assert time.monotonic() < until, "nothing is acknowledged any more"
            assert all(client.is_alive() for client in clients), "a client got an answer it must not get"
            time.sleep(0.02)
        time.sleep(chance.uniform(0, 0.5))
        if turn % 3 == 2:
            server.kill()
            server.start()
        elif turn % 3 == 1 and workers(server):
            os.kill(chance.choice(workers(server)).pid, signal.SIGKILL)
        loader.kill()
        loader.wait()
        loader = start_loader(server.warm, workspace.folder)
    for thread in (*clients, reader):
        thread.stop.set()
    reader.join(timeout=60)
    assert reader.error is None
    assert reader.counts == sorted(reader.counts)
    for client in clients:
        client.join(timeout=60)
        assert not client.is_alive()
    loader.kill()
    loader.wait()
    settle(workspace.folder, set().union(*(client.acknowledged for client in clients)))


def settle(folder: Path, acknowledged: set[str]) -> None:
    import tenure

    shop = tenure.open(folder)
    shop.collect.drain_all()
    con = shop.store.snapshot().connect()
    rows = con.execute("SELECT json_extract_string(properties, '$.id') FROM events").fetchall()
    stored = [row[0] for row in rows]
    assert acknowledged
    assert acknowledged - set(stored) == set()
    assert len(stored) == len(set(stored))
    assert con.execute("SELECT count(*), count(DISTINCT value) FROM identifiers").fetchall()[0] in [
        (number, number) for number in range(51)
    ]


def test_nothing_acknowledged_is_lost_and_nothing_doubled(workspace: Any, key: str, server: Server) -> None:
    ordeal(workspace, key, server, rounds=3, seed=7, pause=examples(0.1, thorough=0))


@pytest.mark.soak
def test_nothing_is_lost_or_doubled_in_a_hundred_kills(workspace: Any, key: str, server: Server) -> None:
    ordeal(workspace, key, server, rounds=100, seed=11)
