"""What the library says in English is said in Chinese: whole, in parts, in lines, with its values as they were."""

import random
import re

import pytest

from tenure.sentences import Catalogue, Template, Translator, chinese, in_language
from tenure.sentences.catalogue import read
from tests.examples import examples

TEMPLATES = [each for each in read() if not each.part]
LETTERS = "茶客户0123456789“”'{}%$_–"


def zh(text):
    return in_language(text, "zh-hans")


def filled(template, value):
    """A value for each placeholder; what comes after a full stop is a further sentence, behind a space."""
    after = {name for name in template.names if re.search(rf"[.?!]{{{name}}}", template.english)}
    return {name: " " * (name in after) + value() for name in sorted(template.names)}


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("The end of the period must come after its start.", "时间段的结束必须晚于开始。"),
        ('There is no customer "林 "小" 红".', '没有客户“林 "小" 红”。'),
        (
            'growth.yml line 12: unknown feature "days_since_ordr". Did you mean "days_since_order"?',
            "growth.yml 第 12 行：没有特征“days_since_ordr”。是不是想写“days_since_order”？",
        ),
        (
            'growth.yml line 3: the rule of stage "new" is wrong: unknown feature "x".\n'
            'growth.yml line 4: the Chinese text of "title" of stage "new" is missing.',
            "growth.yml 第 3 行：阶段“new”的规则有误：没有特征“x”。\n"
            "growth.yml 第 4 行：阶段“new”的“title”缺少中文文字。",
        ),
        (
            'own.yml line 6: "amont" is not known. Did you mean "amount"? Known: amount, day.',
            "own.yml 第 6 行：没有“amont”这个取值。是不是想写“amount”？可选：amount、day。",
        ),
        ('own.yml line 1: unknown entry "a" in own.yml.', "own.yml 第 1 行：own.yml 中没有“a”这一项。"),
        (
            "it compares number with text, which cannot be compared.",
            "这里比较的是数值与文本，两者不能比较。",
        ),
        (
            "Say which column is the customer or email or phone. x.csv has: a, b.",
            "请指明哪一列是 customer、email 或 phone。x.csv 的列有：a、b。",
        ),
        ("welcome: step 2: write the condition.", "welcome：第 2 步：请写出条件。"),
        (
            'tea.csv has no column "prise". Did you mean "price"? It has: day, price.',
            "tea.csv 中没有“prise”列。是不是想写“price”？现有的列：day、price。",
        ),
        (
            "The history is too short: orders begin on 2026-01-01, and at least 60 days before 2026-02-01 are needed to"
            " learn who buys again within 30 days.",
            "历史太短：最早的订单在 2026-01-01；要了解谁会在 30 天内再次购买，2026-02-01 之前至少需要 60 天的数据。",
        ),
        ("UsageError: A customer cannot be merged with itself.", "UsageError：客户不能与自己合并。"),
        ("Nobody foresaw this. A customer cannot be merged with itself.", "Nobody foresaw this. 客户不能与自己合并。"),
    ],
)
def test_it_says_a_sentence_in_chinese(english, expected):
    assert zh(english) == expected
    assert in_language(english, "en") == english


@pytest.mark.parametrize(
    "text", ["", "Hello there.", "已停止。", "no such thing; nor this. Nor that: or this", "a" * 30_000]
)
def test_what_nobody_translated_stays_as_it_is(text):
    assert zh(text) == text


def test_what_is_chinese_already_stays_as_it_is():
    for template in TEMPLATES[:: examples(60, thorough=1)]:
        assert zh(template.chinese) == template.chinese


def test_words_in_quotes_are_somebodys_own_and_stay():
    assert zh('There is no customer "The subject is empty.".') == "没有客户“The subject is empty.”。"


def test_no_sentence_swallows_another():
    """A template with the plainest values is found again, however many others have words in common with it."""
    translator = Translator(chinese())
    for template in TEMPLATES[:: examples(6, thorough=1)]:
        values = filled(template, lambda: "7")
        assert translator.sentence(template.english.format(**values), 0) == template.said(values)


def test_values_come_through_unchanged():
    chance = random.Random(1)
    for template in chance.choices(TEMPLATES, k=examples(60, thorough=5_000)):
        values = filled(template, lambda: "".join(chance.choices(LETTERS, k=chance.randint(1, 12))))
        assert zh(template.english.format(**values)) == template.said(values)


def test_a_template_with_more_words_of_its_own_is_tried_first():
    wide, narrow = Template("It has {what}.", "有{what}。"), Template("It has {n} lines.", "有 {n} 行。")
    for catalogue in (Catalogue.of([wide, narrow]), Catalogue.of([narrow, wide])):
        assert Translator(catalogue).lines("It has 3 lines.") == "有 3 行。"


def test_a_part_is_only_said_inside_of_a_sentence():
    found = Catalogue.of([Template("It is {what}.", "它是{what}。"), Template("a tea", "一种茶", part=True)])
    assert Translator(found).lines("It is a tea.") == "它是一种茶。"
    assert Translator(found).lines("a tea") == "a tea"


def test_the_same_placeholder_stands_for_the_same_text():
    found = Catalogue.of([Template("{a} is not {a}.", "{a} 不是 {a}。")])
    assert Translator(found).lines("x is not x.") == "x 不是 x。"
    assert Translator(found).lines("x is not y.") == "x is not y."
