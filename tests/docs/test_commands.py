"""Every command and option is documented, in the words of the command line."""

import pytest

from checks.commands import GUIDES, page


@pytest.mark.parametrize("language", GUIDES)
def test_the_page_of_commands_says_what_the_commands_say(language):
    assert GUIDES[language].read_text("utf-8") == page(language), "Write the pages anew: python -m checks.commands"
