"""What products are called in each language, from the company's own file."""

from datetime import date
from pathlib import Path

import pytest

from tenure.definitions import Words
from tenure.errors import DefinitionError
from tenure.needs import Offer, load_titles, reason

FILE = "name,en,zh\ntea-1,West Lake Longjing,西湖龙井\ngifts,Gifts,\n,,\n"


def test_a_name_is_found_by_its_key_and_by_what_it_is_called_in_either_language(tmp_path: Path) -> None:
    (tmp_path / "titles.csv").write_text(FILE)
    titles = load_titles(tmp_path)
    words = Words("West Lake Longjing", "西湖龙井")
    assert [titles.of(name) for name in ("tea-1", "西湖龙井", "West Lake Longjing")] == [words] * 3
    assert titles.of("gifts") == Words("Gifts", "Gifts")
    assert titles.of("cup") == Words("cup", "cup")
    offer = Offer("with", 1, "cup", "Cup", "tea-1", "西湖龙井", figure=0.25, n=3)
    said = reason(offer, date(2026, 1, 1), "CNY", titles)
    assert "West Lake Longjing" in said.en
    assert "「西湖龙井」" in said.zh
    (tmp_path / "titles.csv").unlink()
    assert load_titles(tmp_path).known == {}


@pytest.mark.parametrize(("text", "words"), [(b"product,title\na,b\n", "name,en,zh"), (b"\xff\xfe\xff", "UTF-8")])
def test_a_wrong_file_of_titles_is_told(tmp_path: Path, text: bytes, words: str) -> None:
    (tmp_path / "titles.csv").write_bytes(text)
    with pytest.raises(DefinitionError, match=words):
        load_titles(tmp_path)
