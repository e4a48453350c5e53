"""The tree of reasons for leaving."""

from pathlib import Path

import pytest

from tenure.errors import DefinitionError
from tenure.risk import load_departures, read_departures


def test_the_built_in_reasons_have_parts_in_both_languages(tmp_path: Path) -> None:
    found = load_departures(tmp_path)
    assert [each.key for each in found] == [
        "price", "product", "service", "delivery", "competitor", "no_need", "unknown",
    ]  # fmt: skip
    for each in found:
        assert each.title.en
        assert each.title.zh
        assert each.parts
        assert all(words.en and words.zh for words in each.parts.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("departures: {}", "there are no reasons"),
        ("departures:\n  price: {titel: {en: P, zh: 价}}", 'line 2: unknown entry "titel" in reason "price"'),
        ("depart: {}", 'Did you mean "departures"?'),
    ],
)
def test_a_wrong_tree_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "departures.yml").write_text(text, "utf-8")
    with pytest.raises(DefinitionError) as error:
        load_departures(tmp_path)
    assert any(said in problem for problem in error.value.problems), error.value.problems


def test_a_missing_language_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "departures.yml").write_text("departures:\n  price: {title: {zh: 价格}}", "utf-8")
    assert read_departures(tmp_path)[1] == (
        'departures.yml line 2: the English text of "title" of reason "price" is missing.',
    )
