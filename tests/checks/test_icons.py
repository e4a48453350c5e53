import pytest

from checks import icons
from tests.checks.test_lengths import repository

SHEET = '.ti-home:before{content:"a"}.ti-arrow-up:before{content:"b"}'


def problems(folder, html):
    sheet = folder / "icons.css"
    sheet.write_text(SHEET)
    return icons.problems(repository(folder, src__page_dot_html=html), sheet)


@pytest.mark.parametrize("name", ["ti-ab", "ti-arrow", "ti-arrow-up-2"])
def test_it_finds_an_icon_that_does_not_exist(tmp_path, name):
    [problem] = problems(tmp_path, f'<i class="ti {name}"></i>')
    assert f'"{name}", which does not exist' in problem


@pytest.mark.parametrize("text", ["ti ti-home", "ti ti-arrow-up", "ti ti-{{ icon }}", "multi-part", "anti-home"])
def test_it_accepts_icons_that_exist_and_names_made_at_run_time(tmp_path, text):
    assert problems(tmp_path, f'<i class="{text}"></i>') == []


def test_it_says_when_the_style_sheet_is_missing(tmp_path):
    [problem] = icons.problems(repository(tmp_path), tmp_path / "none.css")
    assert "./run setup" in problem
