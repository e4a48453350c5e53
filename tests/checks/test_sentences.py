import ast

import pytest

from checks import sentences
from checks.templates import Templates


@pytest.mark.parametrize(
    ("code", "templates"),
    [
        ("'It has {}.'", ["It has {value1}."]),
        ("f'{path.name} has {len(rows):,} lines.'", ["{path_name} has {rows} lines."]),
        ("f'Use one of: {\", \".join(sorted(KNOWN))}.'", ["Use one of: {known}."]),
        ("f'it cannot be read ({type(error).__name__}).'", ["it cannot be read ({error})."]),
        ("f'{day} and {self.day} and {day}'", ["{day} and {day2} and {day}"]),
        ('f\'{name} is {"one" if n else "two"}.\'', ["{name} is one.", "{name} is two."]),
        ("f'write {{a: 1}}, not {x}'", ["write {{a: 1}}, not {x}"]),
        ("'write { }, not ' + word", ["write {{ }}, not {word}"]),
        ("word", []),
    ],
)
def test_a_text_of_the_code_becomes_a_template(code, templates):
    assert Templates.of(ast.parse(code, mode="eval").body) == templates


CODE = '''
"""A docstring is no sentence that is said."""
log.error("nobody sees this one here")
WORDS = {"en": "Beside its Chinese it needs none.", "zh": "两种语言都有。"}
GOAL_KEYS = {"days": "What a key means is told elsewhere."}
def read(rows):
    if not rows:
        raise UsageError("There is no line.")
    problems.add(3, f"it has {len(rows)} lines")
    return "Wait for more of them." if rows else ""
'''


def said(tmp_path, code=CODE):
    path = tmp_path / "reading.py"
    path.write_text(code, "utf-8")
    return [each.text for each in sentences.Reader(path, quiet=False, fragments=False).read()]


def test_it_finds_what_is_said_to_people(tmp_path):
    assert said(tmp_path) == ["There is no line.", "it has {rows} lines", "Wait for more of them."]


PO = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'


def test_it_names_what_has_no_chinese_what_nobody_says_and_what_lost_a_placeholder(tmp_path, monkeypatch):
    spoken = [
        sentences.Said(text, sentences.LIBRARY / "collect/reading.py", line)
        for line, text in enumerate(("There is no line.", "It has {n} rows."), 1)
    ]
    monkeypatch.setattr(sentences, "sentences", lambda: spoken)
    pairs = [("It has {rows} rows.", "有行。"), ("It is old.", "旧了。")]
    text = "\n".join(f'msgid "{english}"\nmsgstr "{chinese}"\n' for english, chinese in pairs)
    (tmp_path / "collect.po").write_text(PO + text, "utf-8")
    found = [problem.split(": ", 1)[1] for problem in sentences.problems(tmp_path)]
    assert found == [
        'no Chinese for "There is no line.": add it to collect.po.',
        '"It has {rows} rows." or its Chinese has a brace too few or too many, or they differ in their placeholders.',
        '"It is old." is said nowhere any more.',
    ]
    assert sentences.add(tmp_path) == 1
    assert 'msgid "There is no line."' in (tmp_path / "collect.po").read_text("utf-8")
