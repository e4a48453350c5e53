from pathlib import Path

import polib
import pytest

from checks import translations

PAGE = """{% load i18n %}
  {% translate "Customers" %}
{% blocktranslate count n=n trimmed %}
    {{ n }} customer
  {% plural %}
    {{ n }} customers
{% endblocktranslate %}"""


@pytest.fixture
def web(tmp_path):
    """A web of two apps: theme, and people with one page."""
    for app in ("theme", "people"):
        (tmp_path / app / "templates").mkdir(parents=True)
        (tmp_path / app / "__init__.py").write_text("")
    (tmp_path / "people/templates/list.html").write_text(PAGE)
    (tmp_path / "people/words.py").write_text('hello = _("Hello %(name)s")\n')
    return tmp_path


def translate(web, app, **words):
    path = translations.file_of(web, app)
    file = polib.pofile(str(path)) if path.is_file() else translations.new_file()
    for text, chinese in words.items():
        file.append(polib.POEntry(msgid=text, msgstr=chinese))
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save(str(path))


def test_it_names_every_untranslated_string_with_its_place(web):
    found = translations.problems(web)
    assert len(found) == 3
    assert found[0].endswith('words.py:1: no Chinese translation of "Hello %(name)s".')
    assert found[1].endswith('list.html:2: no Chinese translation of "Customers".')
    assert '"%(n)s customer"' in found[2]


def test_it_is_content_when_added_strings_are_translated(web):
    assert translations.add(web) == 3
    path = translations.file_of(web, "people")
    file = polib.pofile(str(path))
    for entry in file:
        if entry.msgid_plural:
            entry.msgstr_plural = {0: "%(n)s 位客户"}
        else:
            entry.msgstr = {"Customers": "客户", "Hello %(name)s": "%(name)s，你好"}[entry.msgid]
    file.save()
    assert translations.problems(web) == []
    assert translations.add(web) == 0


def test_words_of_the_theme_serve_every_app(web):
    translate(web, "theme", Customers="客户")
    assert not any('"Customers"' in problem for problem in translations.problems(web))


def test_it_refuses_a_translation_that_lost_a_placeholder(web):
    translate(web, "people", **{"Hello %(name)s": "你好"})
    assert any("differ in %(name)s" in problem for problem in translations.problems(web))


def test_it_refuses_one_string_translated_in_two_ways(web):
    translate(web, "theme", Customers="客户")
    translate(web, "people", Customers="顾客")
    assert any("「顾客」 in people and 「客户」 in theme" in problem for problem in translations.problems(web))


def test_a_renewal_is_one_word_in_chinese_wherever_people_read_it() -> None:
    here = Path(__file__).parents[2]
    read = [*here.glob("src/**/*.po"), *here.glob("src/**/*.yml"), *here.glob("docs/**/*.zh.md"), here / "README.zh.md"]
    said = {str(each.relative_to(here)): each.read_text("utf-8") for each in [*read, here / "src/tenure_cli/words.py"]}
    assert any("续约" in text for text in said.values())
    assert [name for name, text in said.items() if any(other in text for other in ("续签", "续费", "续订"))] == []
