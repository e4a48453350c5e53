"""What all tests share: options, an empty workspace, the browser.

The cast of every test: owner Lin, teammate Bob, stranger Charlie.
"""

import gc
import os
import tempfile
from collections.abc import Iterator, MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

import tenure
from tests.cluster import Cluster, why_not
from tests.postgres import Server
from tests.warm import Warm

BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",
]
SERVER = pytest.StashKey[Server]()

gc.disable()  # until everything is collected: a hundred thousand objects come to stay, and none goes

hypothesis_settings.register_profile("quick", deadline=None, derandomize=True, print_blob=False, max_examples=20)
hypothesis_settings.register_profile("thorough", hypothesis_settings.get_profile("quick"), max_examples=100)
hypothesis_settings.load_profile("quick")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("tenure")
    group.addoption("--no-browser", action="store_true", help="leave out the tests that drive a browser")
    group.addoption("--thorough", action="store_true", help="run what the quick suite leaves out, with more examples")
    group.addoption("--soak", action="store_true", help="run the long tests too")
    group.addoption("--scale", action="store_true", help="run the tests on a Spark cluster and an object store too")
    group.addoption("--engine", choices=["duckdb", "spark"], default="duckdb", help="where everybody is computed")
    group.addoption(
        "--database", choices=["sqlite", "postgres"], default="sqlite", help="where the web keeps its promises"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the database before Django reads its settings; workers of xdist inherit the choice."""
    if config.getoption("--thorough") or config.getoption("--soak"):
        hypothesis_settings.load_profile("thorough")
    if config.getoption("--database") == "postgres" and not hasattr(config, "workerinput"):
        config.stash[SERVER] = Server()
        os.environ["TENURE_DATABASE_URL"] = config.stash[SERVER].url
    if config.getoption("--database") == "postgres" and hasattr(config, "workerinput"):
        own_database(os.environ, config.workerinput["workerid"])
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        return  # hands tests out and runs none: it needs no Django
    os.environ.setdefault("TENURE_WORKSPACE", tempfile.gettempdir())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure_web.configuration")
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


def own_database(environment: MutableMapping[str, str], worker: str) -> None:
    """Give a worker of xdist a database of its own: the inbox is used directly, and tests empty it."""
    import psycopg

    address = environment["TENURE_DATABASE_URL"]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE inbox_{worker}")
    environment["TENURE_DATABASE_URL"] = address.replace("/postgres?", f"/inbox_{worker}?")


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVER in config.stash:
        config.stash[SERVER].stop()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark by folder what drives a browser; leave out what was not asked for, as deselected, which pytest counts."""
    unwanted = {mark for mark in ("thorough", "soak", "scale") if not config.getoption(f"--{mark}")}
    if config.getoption("--no-browser"):
        unwanted.add("browser")
    for item in items:
        if "browser" in item.path.relative_to(config.rootpath).parts:
            item.add_marker("browser")
    chosen = [item for item in items if not unwanted.intersection(mark.name for mark in item.iter_markers())]
    if len(chosen) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in chosen])
        items[:] = chosen


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A master and two workers; without pyspark or Java what needs them is skipped, aloud."""
    if reason := why_not():
        pytest.skip(reason)
    started = Cluster()
    yield started
    started.stop()


@pytest.fixture(scope="session", autouse=True)
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    """With `--engine spark` tests compute on a cluster, or on the Spark that TENURE_TEST_SPARK names."""
    if request.config.getoption("--engine") == "duckdb":
        yield
        return
    from tests import engine as chosen

    chosen.choose(os.environ.get("TENURE_TEST_SPARK") or request.getfixturevalue("cluster").address)
    yield
    chosen.let_go()


@pytest.fixture(autouse=True)
def fresh_inbox() -> None:
    """On PostgreSQL the workspaces of all tests share one inbox: each test begins with none."""
    if address := os.environ.get("TENURE_DATABASE_URL"):
        _inbox(address).execute("DROP SCHEMA IF EXISTS collect CASCADE")


@lru_cache
def _inbox(address: str) -> Any:
    """One connection for all tests of this process."""
    import psycopg

    return psycopg.connect(address, autocommit=True)


@pytest.fixture
def workspace(tmp_path: Path) -> Any:
    """An empty workspace: Lin's tea shop in Shanghai, in real time."""
    return tenure.init(tmp_path / "shop", company="Lin's tea", zone="Asia/Shanghai", currency="CNY")


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    """Runs commands in processes of their own that need not start: see tests/warm.py."""
    made = Warm()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, kept from calling home."""
    from setup import browser

    return {**browser_type_launch_args, "executable_path": browser.find(), "args": BROWSER_FLAGS}
