"""One cast for all web tests: owner Lin, manager Mona, teammate Bob, viewer Vera; each test has its own workspace."""

import shutil
import socket
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

import tenure
from tenure_web.worker import workspace as current_workspace


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, settings: Any) -> Iterator[Any]:
    """An empty workspace that the web serves in this test."""
    made = tenure.init(tmp_path / "shop", company="Lin's tea", zone="Asia/Shanghai", currency="CNY")
    settings.WORKSPACE = made.folder
    settings.SECRET_KEY = made.secret.hex()
    current_workspace.forget()
    yield current_workspace.current()
    current_workspace.forget()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any, str, Callable[[Any], None]], Any]:
    """Give a test's workspace the facts that `make` puts into one: made once a session, copied after that."""
    made: dict[str, Path] = {}

    def lay(workspace: Any, name: str, make: Callable[[Any], None]) -> Any:
        if name not in made:
            folder = tmp_path_factory.mktemp(name) / "shop"
            make(tenure.init(folder, company="Lin's tea", zone="Asia/Shanghai", currency="CNY"))
            made[name] = folder
        shutil.copytree(made[name], workspace.folder, dirs_exist_ok=True)
        current_workspace.forget()
        return current_workspace.current()

    return lay


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Every test begins in English, whatever language the one before it left behind."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests that flush tables need the audit without its guards; the audit's own tests put them back."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for name in ("audit_no_update", "audit_no_delete", "audit_no_change", "audit_no_truncate"):
            table = " ON audit_entry" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{table}")


def _person(name: str, role: str) -> Any:
    from tenure_web.accounts.models import User

    return User.objects.create_user(f"{name.lower()}@example.com", name=name, role=role)


@pytest.fixture
def lin(db: None) -> Any:
    return _person("Lin", "owner")


@pytest.fixture
def mona(db: None) -> Any:
    return _person("Mona", "manager")


@pytest.fixture
def bob(db: None) -> Any:
    return _person("Bob", "member")


@pytest.fixture
def vera(db: None) -> Any:
    return _person("Vera", "viewer")


class Letters:
    """A mail server that keeps what it was given."""

    def __init__(self) -> None:
        self.got: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def letters(db: None) -> Iterator[Letters]:
    """The installation's mail server, and what it received in `got`."""
    from aiosmtpd.controller import Controller

    from tenure_web.settings.models import MailServer

    kept = Letters()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    MailServer.objects.create(host="127.0.0.1", port=port, security="none")
    yield kept
    controller.stop()


@pytest.fixture
def sign_in() -> Callable[[Any], Any]:
    """A browser in which this person is signed in."""
    from django.test import Client

    def browser(user: Any) -> Any:
        client = Client()
        client.force_login(user)
        return client

    return browser
