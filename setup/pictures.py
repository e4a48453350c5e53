"""Takes the pictures of the guides and the READMEs anew: `.venv/bin/python setup/pictures.py LINK [CUSTOMER]`.

LINK is the one-time link that `./run demo` prints, some minutes old, when value and risk have been learned; CUSTOMER
the key of the customer whose page is shown (the champion with the greatest revenue where none is given). The pictures
get a palette of 256 colours: a third of the size.
"""

import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from browser import find
from PIL import Image
from playwright.sync_api import expect, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs/images"
LANGUAGES = {"en": "en", "zh": "zh-hans"}
CHAMPIONS = "/customers/?segment=champion&sort=-revenue"
# name: (address, width, height, the part of the page that is shown)
PICTURES = {
    "board": ("/", 1440, 980, ""),
    "customer": ("/customers/{customer}/", 1440, 980, ""),
    "value": ("/value/", 1280, 1240, ""),
    "risk": ("/risk/", 1280, 900, ""),
    "survival": ("/risk/", 1280, 1400, "section:has(> #risk-survival)"),
}


def main() -> None:
    """Sign in once, then take every picture in both languages."""
    link, *customer = sys.argv[1:]
    address = "{0.scheme}://{0.netloc}".format(urlsplit(link))
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        page = browser.new_page(base_url=address, color_scheme="light", timezone_id="Asia/Shanghai")
        page.set_default_timeout(120_000)
        page.goto(link)
        key = customer[0] if customer else _champion(page)
        for short, language in LANGUAGES.items():
            _speak(page, language)
            for name in PICTURES:
                take(page, name, short, key)
        browser.close()


def _champion(page: Any) -> str:
    page.goto(CHAMPIONS)
    return re.findall(r"\d+", page.locator("tr[data-href]").first.get_attribute("data-href"))[0]


def _speak(page: Any, language: str) -> None:
    """Choose the language, and light whatever was chosen before."""
    page.goto("/account/")
    page.evaluate(
        """async (language) => {
             const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
             for (const [to, said] of [["/language/", { language, next: "/" }], ["/theme/", { theme: "light" }]])
               await fetch(to, { method: "POST", body: new URLSearchParams({ ...said, csrfmiddlewaretoken: token }) });
           }""",
        language,
    )


def take(page: Any, name: str, short: str, customer: str) -> None:
    """One picture, when everything on the page has come and charts stand still."""
    address, width, height, part = PICTURES[name]
    page.set_viewport_size({"width": width, "height": height})
    page.goto(address.format(customer=customer))
    page.wait_for_load_state("load")
    expect(page.locator("[hx-trigger=load], .htmx-request")).to_have_count(0, timeout=120_000)
    if part:
        page.locator(f"{part} a[href*='by=channel']").click()
        page.locator(f"{part} a.active[href*='by=channel']").wait_for()
    page.wait_for_timeout(1500)
    path = FOLDER / f"{name}-{short}.png"
    (page.locator(part) if part else page).screenshot(path=str(path))
    Image.open(path).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
