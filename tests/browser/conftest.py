"""Stories: a real Chromium in front of a real installation."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.site import PASSWORD, Site

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
PATIENCE = 60_000  # ms; other tests may keep the machine busy meanwhile


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One installation for all stories; each story leaves it as it found it or works on its own customers."""
    made = Site(tmp_path_factory.mktemp("site"))
    yield made
    made.stop()


@pytest.fixture(scope="session")
def came_in() -> dict[str, Any]:
    """What the browser holds of those who have come in: {person: cookies}."""
    return {}


@pytest.fixture
def visit(site: Site, new_context: Callable[..., Any], came_in: dict[str, Any]) -> Callable[..., Any]:
    """Open a page as somebody: `visit("Lin", "/customers/", language="zh-CN", phone=True, dark=True)`.

    Each person comes in through the door once, in the first story, and stays signed in: a password is slow to check.
    The story fails when the browser reports an error of a script or of the content security policy.
    """

    def opened(
        person: str | None, path: str = "/", language: str = "en-GB", phone: bool = False, dark: bool = False
    ) -> Any:
        context = new_context(
            base_url=site.address,
            locale=language,
            viewport=PHONE if phone else DESK,
            color_scheme="dark" if dark else "light",
            timezone_id="Asia/Shanghai",
            storage_state=came_in.get(person),
        )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: pytest.fail(f"A script failed on {page.url}: {error}"))
        page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
        told: list[str] = []
        page.told = told
        if person and person not in came_in:
            sign_in(page, person)
            came_in[person] = context.storage_state()
        page.goto(path)
        return page

    return opened


def sign_in(page: Any, person: str) -> None:
    """Through the door, as people do."""
    page.goto("/sign-in/")
    page.locator("input[name=email]").fill(f"{person.lower()}@example.com")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form:has(input[name=password]) button[type=submit]").click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)
