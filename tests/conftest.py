"""What all tests share: options, an empty workspace, the browser.

The cast of every test: owner Lin, teammate Bob, stranger Charlie.
"""

import gc
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

import tenure
from tests.cluster import Cluster, why_not
from tests.databases import share
from tests.postgres import Server
from tests.processes import Parent, Part
from tests.untouched import Untouched
from tests.warm import FORKED, Forked, Warm

WEB = Path(__file__).parent / "web"
BROWSER = WEB.with_name("browser")
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
FIRST_PAGE = "csp.context_processors csp.templatetags.csp ruamel.yaml django.conf.locale.en.formats h11".split()
SERVER = pytest.StashKey[Server]()

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # threads only get in each other's way on small tables
gc.disable()  # until everything is collected: a hundred thousand objects come to stay, and none goes

hypothesis_settings.register_profile("quick", deadline=None, derandomize=True, print_blob=False, max_examples=12)
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
    group.addoption("--processes", type=int, default=0, help="run the tests in so many processes, and the web on both")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose the database before Django reads its settings."""
    if config.getoption("--thorough") or config.getoption("--soak"):
        hypothesis_settings.load_profile("thorough")
    config.pluginmanager.register(Untouched(), "untouched")
    if config.getoption("--database") == "postgres":
        config.stash[SERVER] = Server()
        os.environ["TENURE_DATABASE_URL"] = config.stash[SERVER].url
    if config.getoption("--processes") and not config.option.collectonly:
        config.stash[FORKED] = Forked(quick=not config.getoption("--thorough"))
    os.environ.setdefault("TENURE_WORKSPACE", tempfile.gettempdir())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tenure_web.configuration")
    from django.conf import settings

    settings.WHITENOISE_AUTOREFRESH = True  # else every client of a test looks through all static files first
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


def pytest_unconfigure(config: pytest.Config) -> None:
    for key in (SERVER, FORKED):
        if key in config.stash:
            config.stash[key].stop()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # looking for cycles so often as usual takes a twentieth of all time
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


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without a browser, not even what its tests import."""
    return True if config.getoption("--no-browser") and collection_path == BROWSER else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """With `--processes`: side by side all tests, those of the web on PostgreSQL too, and those in a browser."""
    number = session.config.getoption("--processes")
    if not number or session.config.option.collectonly or session.testsfailed:
        return None
    browser = [item for item in session.items if item.get_closest_marker("browser")]
    here = [item for item in session.items if not item.get_closest_marker("browser")]
    web = [item for item in here if item.path.is_relative_to(WEB)]
    if not session.config.getoption("--thorough"):
        web = [item for item in web if item.get_closest_marker("postgres")]
        here = [item for item in here if not alone(item)]
    _learn()
    parts = [Part(web, 1, " [PostgreSQL]", partial(on_postgres, session.config)), Part(browser, 1), Part(here, number)]
    Parent(session, [part for part in parts if part.tests]).run()
    return True


def alone(item: pytest.Item) -> bool:
    """Whether one database is enough for the quick suite: `postgres(alone=True)`."""
    mark = item.get_closest_marker("postgres")
    return mark is not None and bool(mark.kwargs.get("alone"))


def _learn() -> None:
    """What every process would work out for itself: the built-in definitions, the addresses, pages, the Chinese."""
    from django.template.loader import get_template
    from django.urls import reverse
    from django.utils import translation

    from tenure.definitions import load

    load()
    for name in ("theme/base.html", "theme/skeleton.html", "accounts/sign_in.html"):
        get_template(name)
    for name in FIRST_PAGE:
        import_module(name)
    for language in ("en", "zh-hans"):
        with translation.override(language):
            reverse("customers")
            translation.gettext("Customers")


@contextmanager
def on_postgres(config: pytest.Config) -> Iterator[None]:
    """A server of its own, for a process that has not connected to any database yet."""
    from django.db import connections

    from tenure_web.configuration import database

    server = Server()
    config.option.database = "postgres"
    os.environ["TENURE_DATABASE_URL"] = server.url
    connections.settings["default"].update(database(server.url))
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        server.stop()


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


@pytest.fixture(scope="session", autouse=True)
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The quick suite makes DuckDB's databases once a process, not once a workspace."""
    if any(request.config.getoption(option) for option in ("--thorough", "--soak", "--scale")):
        yield
        return
    with share(tmp_path_factory.getbasetemp()):
        yield


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
def warm(pytestconfig: pytest.Config) -> Iterator[Warm]:
    """Runs commands in processes of their own that need not start: see tests/warm.py."""
    made = Warm(pytestconfig.stash[FORKED].address if FORKED in pytestconfig.stash else "")
    yield made
    made.stop()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium, kept from calling home."""
    from setup import browser

    return {**browser_type_launch_args, "executable_path": browser.find(), "args": BROWSER_FLAGS}
