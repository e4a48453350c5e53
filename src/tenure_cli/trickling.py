"""Keeps the demo's shop alive: one customer's doings every few seconds, over HTTP, as a shop would send them."""

import threading
from typing import TYPE_CHECKING

from tenure.clock import Clock

if TYPE_CHECKING:
    from tenure.samples import Shop

EVERY = 2.5
PATIENCE = 5.0


class Trickling:
    """A thread that sends calls to the running server until stopped. What the server cannot take is sent again."""

    def __init__(self, shop: "Shop", write_key: str, port: int) -> None:
        self._shop, self._key = shop, write_key
        self._address = f"http://127.0.0.1:{port}/v1/batch"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for the call on its way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=PATIENCE)

    def _work(self) -> None:
        import httpx

        from tenure.samples import Trickle

        clock = Clock("UTC")
        trickle = Trickle(self._shop, clock.now())
        with httpx.Client(auth=(self._key, ""), timeout=PATIENCE, trust_env=False) as client:
            while not self._stop.is_set():
                body = {"batch": trickle.calls(clock.now())}
                while not self._stop.wait(EVERY):
                    try:
                        if client.post(self._address, json=body).status_code == 200:
                            break
                    except httpx.HTTPError:
                        continue
