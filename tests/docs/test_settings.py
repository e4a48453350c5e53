"""Every setting is documented, with its default and its help."""

from dataclasses import fields

from checks.places import ROOT
from tenure.settings import Settings

GUIDE = ROOT / "docs/guides/settings.md"


def line(entry) -> str:
    default = {"": "empty", (): "empty"}.get(entry.default, f"`{entry.default}`")
    return f"| `{entry.name}` | {default} | {entry.metadata['help']} |"


def test_every_setting_stands_in_the_guide_as_the_code_has_it():
    guide = GUIDE.read_text("utf-8").splitlines()
    missing = [text for text in map(line, fields(Settings)) if text not in guide]
    assert not missing, "Write these lines into docs/guides/settings.md:\n" + "\n".join(missing)


def test_the_guide_names_no_setting_that_is_gone():
    known = {entry.name for entry in fields(Settings)}
    named = {text.split("`")[1] for text in GUIDE.read_text("utf-8").splitlines() if text.startswith("| `")}
    assert named <= known | {"TENURE_WORKSPACE", "TENURE_DATABASE_URL", "TENURE_HOSTS", "TENURE_PROXIES"}
