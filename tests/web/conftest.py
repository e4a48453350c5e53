"""One cast for all web tests: owner Lin, manager Mona, teammate Bob, viewer Vera; each test has its own workspace."""

import copy
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from email import message_from_bytes, policy
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import tenure
from tenure import definitions
from tenure_web.worker import workspace as current_workspace
from tests.processes import once
from tests.untouched import Written, written
from tests.warm import FORKED

#: With one thread, all connections of a workspace share one DuckDB, which takes 30 ms to make.
SHOP: dict[str, Any] = {"company": "Lin's tea", "zone": "Asia/Shanghai", "currency": "CNY", "threads": 1}


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, settings: Any) -> Iterator[Any]:
    """An empty workspace that the web serves in this test; nothing is remembered of the database of the one before."""
    from tenure_web.customers import labels

    made = tenure.init(tmp_path / "shop", **SHOP)
    settings.WORKSPACE = made.folder
    settings.SECRET_KEY = made.secret.hex()
    current_workspace.forget()
    labels.forget()
    yield current_workspace.current()
    current_workspace.forget()


class Prepared:
    """Workspaces made once a session, with what the web shows of their customers."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self.folders = folders
        self.made: dict[str, tuple[Path, dict[Any, list[Any]], Written]] = {}

    def make(self, name: str, fill: Callable[[Any], None]) -> None:
        """Fill a new workspace while it is the current one; the rows that this writes are kept and taken back."""
        from django.apps import apps
        from django.db import transaction
        from django.test import override_settings

        from tenure_web.customers import labels

        folder = self.folders.mktemp(name) / "shop"
        tenure.init(folder, **SHOP)
        with override_settings(WORKSPACE=folder), transaction.atomic():
            current_workspace.forget()
            labels.forget()
            fill(current_workspace.current())
            rows = {kind: list(kind.objects.all()) for kind in apps.get_app_config("customers").get_models()}
            transaction.set_rollback(True)
        labels.forget()
        self.made[name] = (folder, rows, written(folder))

    def serve(self, name: str, workspace: Any, settings: Any, changing: bool) -> Any:
        """Serve a copy laid over the test's own workspace if it is going to change it, else the kept one itself."""
        from tenure_web.customers import labels
        from tenure_web.customers.models import Label

        folder, rows, _ = self.made[name]
        if changing:
            shutil.rmtree(workspace.folder)
            shutil.copytree(folder, workspace.folder)
        else:
            settings.WORKSPACE = folder
        current_workspace.forget()
        labels.forget()
        for kind, kept in rows.items():
            given = kind is Label  # those of the built-in words stand in the database already
            kind.objects.bulk_create((copy.copy(row) for row in kept), ignore_conflicts=given)
        return current_workspace.current()


@pytest.fixture(scope="session")
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return Prepared(tmp_path_factory)


@pytest.fixture
def prepared(_prepared: Prepared, workspace: Any, settings: Any, db: None) -> Iterator[Callable[..., Any]]:
    """`prepared("tea", fill)`: the current workspace, filled once a session. Tests that change it say `changing=True`;
    the others share it, and what pages have computed from it."""
    served: list[str] = []

    def lay(name: str, fill: Callable[[Any], None], changing: bool = False) -> Any:
        if name not in _prepared.made:
            _prepared.make(name, fill)
        if not changing:
            served.append(name)
        return _prepared.serve(name, workspace, settings, changing)

    yield lay
    for name in served:
        folder, _, before = _prepared.made[name]
        assert written(folder) == before, f"this test changed the shared workspace {name}: it needs changing=True"


@pytest.fixture
def changing() -> None:
    """Asked for by tests that change what `prepared` lays out: they get a copy of their own."""


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Every test begins in English, whatever language the one before it left behind."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(pytestconfig: pytest.Config) -> None:
    """Of several processes on SQLite one runs the migrations; the others begin with a copy of what they made."""
    from django.db import connection

    if FORKED in pytestconfig.stash and connection.vendor == "sqlite":
        connection.creation.create_test_db = partial(_migrated_once, pytestconfig.stash[FORKED].migrated)


def _migrated_once(made: Path, **asked: Any) -> str:
    """In place of Django's `create_test_db`; returns the database's name as that does."""
    from django.db import connection

    create = partial(type(connection.creation).create_test_db, connection.creation, **asked)
    names: list[str] = []

    def migrate(path: Path) -> None:
        names.append(create())
        with closing(sqlite3.connect(path)) as kept:
            connection.connection.backup(kept)

    once(made, migrate)
    if not names:
        with mock.patch("django.core.management.call_command"):  # neither migrations nor a table for the cache
            names.append(create())
        with closing(sqlite3.connect(made)) as kept:
            kept.backup(connection.connection)
    return names[0]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests that flush tables need the audit without its guards; the audit's own tests put them back.

    The words of the built-in definitions have their numbers, so that not every test gives them out anew. Django's
    permissions, which nothing of ours reads, are not written anew after each flush.
    """
    from django.db import connection
    from django.db.models.signals import post_migrate

    from tenure_web.customers.models import Label

    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        Label.objects.bulk_create(Label(kind=kind, key=key) for kind, key in _words(definitions.load()))
        for name in ("audit_no_update", "audit_no_delete", "audit_no_change", "audit_no_truncate"):
            table = " ON audit_entry" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{table}")


def _words(built_in: definitions.Definitions) -> Iterator[tuple[str, str]]:
    for lifecycle in built_in.lifecycles.values():
        yield "lifecycle", lifecycle.key
        yield from (("stage", f"{lifecycle.key}/{stage.key}") for stage in lifecycle.stages)
    yield from (("segment", key) for key in built_in.value_segments)


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
    """A browser in which this person is signed in: one statement, where `Client.force_login` takes seven."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.test import Client
    from django.utils.crypto import get_random_string

    def browser(user: Any) -> Any:
        client, store = Client(), SessionStore()
        said = {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
        }
        kept = store.model(get_random_string(32), store.encode(said), store.get_expiry_date())
        kept.save(force_insert=True)
        client.cookies[settings.SESSION_COOKIE_NAME] = kept.session_key
        return client

    return browser
