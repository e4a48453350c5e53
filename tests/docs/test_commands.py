"""Every command and option is documented, in the words of the command line."""

from checks.commands import GUIDE, page


def test_the_page_of_commands_says_what_the_commands_say(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert GUIDE.read_text("utf-8") == page(), "Write the page anew: python -m checks.commands"
