"""Every metric has one written definition in both languages."""

from tenure.reports import MEANINGS


def test_every_meaning_is_written_in_both_languages() -> None:
    assert all(words.en.endswith(".") and words.zh.endswith("。") for words in MEANINGS.values())
