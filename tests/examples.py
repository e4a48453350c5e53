"""How much of one thing a test tries: a little in the quick suite, more with --thorough."""

from typing import TypeVar

from hypothesis import settings

Some = TypeVar("Some")


def examples(quick: Some, thorough: Some) -> Some:
    """Choose by the suite that runs: for hypothesis' `max_examples`, and for seeds, days, rounds and crash points."""
    return thorough if settings.get_current_profile_name() == "thorough" else quick
