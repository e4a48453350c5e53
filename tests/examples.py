"""How much of one thing a test tries: a little in the quick suite, more with --thorough."""

from hypothesis import settings


def examples(quick: int, thorough: int) -> int:
    """Choose by the suite that runs: for hypothesis' `max_examples`, and for seeds, days, rounds and crash points."""
    return thorough if settings.get_current_profile_name() == "thorough" else quick
