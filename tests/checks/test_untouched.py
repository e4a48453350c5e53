"""A test that changes a workspace which others share fails, and says which and what."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import tenure
from tests.untouched import Untouched

EVENT = b'{"type": "track", "event": "Seen", "userId": "C1"}'


def around(hook: Generator[Any, Any, Any], inside: object = None) -> Any:
    """Take a wrapper through what it wraps, as pytest does; returns what it returns."""
    next(hook)
    try:
        hook.send(inside)
    except StopIteration as ended:
        return ended.value


def call(shop: Any) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    shop.collect.inbox.put(shop.collect.sources.named("Till", "tenure", now), "track", EVENT, now)
    shop.collect.drain()


def settle(shop: Any) -> None:
    (shop.folder / "definitions" / "segments").mkdir(exist_ok=True)
    (shop.folder / "definitions" / "segments" / "own.yml").write_text("segments: {}\n")


@pytest.mark.parametrize(("change", "told"), [(call, "store/events_tail/_delta_log"), (settle, "segments/own.yml")])
@pytest.mark.parametrize("given", [lambda shop: shop, lambda shop: shop.folder], ids=["workspace", "folder"])
def test_who_changes_a_shared_workspace_fails_and_the_next_test_does_not(
    tmp_path: Path, change: Callable[[Any], None], told: str, given: Callable[[Any], Any]
) -> None:
    guard, shop = Untouched(), tenure.init(tmp_path / "shop", threads=1)
    test: Any = SimpleNamespace(funcargs={"shop": given(shop), "other": 7})
    assert around(guard.pytest_fixture_setup(SimpleNamespace(scope="module")), given(shop)) is given(shop)
    around(guard.pytest_runtest_teardown(test))
    change(shop)
    with pytest.raises(pytest.fail.Exception, match="changed the shared workspace `shop`") as failed:
        around(guard.pytest_runtest_teardown(test))
    assert told in str(failed.value)
    around(guard.pytest_runtest_teardown(test))


def test_who_changes_a_workspace_of_its_own_is_left_alone(tmp_path: Path) -> None:
    guard, shop = Untouched(), tenure.init(tmp_path / "shop", threads=1)
    around(guard.pytest_fixture_setup(SimpleNamespace(scope="function")), shop)
    settle(shop)
    around(guard.pytest_runtest_teardown(SimpleNamespace(funcargs={"shop": shop})))


def test_every_run_of_the_tests_is_guarded(pytestconfig: pytest.Config) -> None:
    assert isinstance(pytestconfig.pluginmanager.get_plugin("untouched"), Untouched)
