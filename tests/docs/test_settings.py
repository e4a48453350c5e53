"""Every setting is documented in both languages, with its default and its help."""

from dataclasses import fields

import pytest

from checks.places import ROOT
from tenure.settings import Settings

GUIDES = {"en": ROOT / "docs/guides/settings.md", "zh": ROOT / "docs/guides/settings.zh.md"}
EMPTY = {"en": "empty", "zh": "空"}


def line(entry, language) -> str:
    default = f"`{entry.default}`" if entry.default not in ("", ()) else EMPTY[language]
    return f"| `{entry.name}` | {default} | {entry.metadata[language]} |"


@pytest.mark.parametrize("language", GUIDES)
def test_every_setting_stands_in_the_guide_as_the_code_has_it(language):
    guide = GUIDES[language].read_text("utf-8").splitlines()
    missing = [text for entry in fields(Settings) if (text := line(entry, language)) not in guide]
    assert not missing, f"Write these lines into {GUIDES[language]}:\n" + "\n".join(missing)


@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_names_no_setting_that_is_gone(language):
    known = {entry.name for entry in fields(Settings)}
    named = {text.split("`")[1] for text in GUIDES[language].read_text("utf-8").splitlines() if text.startswith("| `")}
    assert named <= known | {"TENURE_WORKSPACE", "TENURE_DATABASE_URL", "TENURE_HOSTS", "TENURE_PROXIES"}
