"""A running installation for stories: a shop with half a year of history, the web server, the worker, and people."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from tenure.samples import Shop, to_files

PASSWORD = "oolong before noon"
PEOPLE = {"Lin": "owner", "Bob": "member", "Vera": "viewer"}  # Charlie is the stranger: nobody here knows him


class Site:
    """`tenure up` on its own workspace. Stories talk to it as people do: by pages, commands and events."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "shop"
        self.log = folder / "log"
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self.environment = {**os.environ, "TENURE_WORKSPACE": str(self.folder), "LANG": "C.UTF-8"}
        self.environment.pop("TENURE_DATABASE_URL", None)
        self.tenure("init", str(self.folder), "--company", "Lin's tea", "--zone", "Asia/Shanghai", "--currency", "CNY")
        files = to_files(Shop(customers=300, days=400, seed=11, end=datetime.now(UTC)), folder / "files")
        self.tenure("import", "orders", str(files["orders"]))
        self.tenure("import", "customers", str(files["customers"]), "--consent", "email=opt-in form")
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tenure_cli", "up", "--port", str(self.port)]
        process = subprocess.Popen(command, env=self.environment, stdout=self.log.open("ab"), stderr=subprocess.STDOUT)
        self.wait(lambda: answers(self.address), 60)
        self.python(PEOPLE_SCRIPT.format(people=PEOPLE, password=PASSWORD))
        return process

    def tenure(self, *arguments: str) -> str:
        """Run a command on the workspace; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "tenure_cli", *arguments], env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"tenure {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def python(self, script: str) -> Any:
        """Run a script beside the server, with Django ready; what it prints as JSON."""
        done = subprocess.run(
            [sys.executable, "-c", READY + textwrap.dedent(script)],
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    @cached_property
    def write_key(self) -> str:
        """A write key made as an owner makes one."""
        return str(self.python(KEY_SCRIPT))

    def wait(self, true: Any, seconds: float = 60) -> None:
        """Until it is true; the server's log is told when it does not become so."""
        until = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < until, f"{seconds} s were not enough.\n{self.log.read_text()[-3000:]}"
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=40)


READY = """
import django, json, os
os.environ["DJANGO_SETTINGS_MODULE"] = "tenure_web.configuration"
django.setup()
"""
KEY_SCRIPT = """
from datetime import UTC, datetime
from tenure_web.worker import workspace
print(json.dumps(workspace.current().collect.sources.create_key("Story shop", datetime.now(UTC))))
"""
PEOPLE_SCRIPT = """
from tenure_web.accounts.models import User
for name, role in {people}.items():
    if not User.objects.filter(email=f"{{name.lower()}}@example.com").exists():
        User.objects.create_user(f"{{name.lower()}}@example.com", "{password}", name=name, role=role)
"""


def answers(address: str) -> bool:
    try:
        urllib.request.urlopen(f"{address}/sign-in/", timeout=5).close()
        return True
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])
