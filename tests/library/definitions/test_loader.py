"""A workspace's own definitions are read, checked with file, line and suggestion, and added to the built-in ones."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tenure import definitions
from tenure.collect.files import customers
from tenure.definitions import membership
from tenure.errors import DefinitionError

FEATURE = """\
features:
  gifts_60d:
    title: {en: Gifts in 60 days, zh: 近 60 天礼品单数}
    meaning: {en: How many gift orders., zh: 近 60 天的礼品订单数。}
    kind: count
    events: Order Completed
    where: {gift: [yes, true]}
    within_days: 60
    counter: {en: gift/gifts, zh: 单}
"""
SEGMENT = """\
segments:
  big_spenders:
    title: {en: Big spenders, zh: 大客户}
    meaning: {en: Spent 5000 and more in a year., zh: 近一年消费满 5000。}
    rule: revenue_365d >= 5000
"""
LIFECYCLE = """\
lifecycle: simple
title: {en: Simple, zh: 简单}
meaning: {en: Two stages., zh: 两个阶段。}
stages:
  fresh:
    title: {en: New, zh: 新客}
    meaning: {en: Everybody else., zh: 其他所有人。}
  regular:
    title: {en: Regular, zh: 常客}
    meaning: {en: Ordered twice., zh: 下单两次及以上。}
    rule: orders >= 2
"""


def put(folder: Path, kind: str, text: str, name: str = "own.yml") -> Path:
    """The definitions folder with one more file in it."""
    (folder / kind).mkdir(parents=True, exist_ok=True)
    (folder / kind / name).write_text(text, "utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    with pytest.raises(DefinitionError) as refused:
        definitions.load(folder)
    assert list(refused.value.problems) == [
        each for each in definitions.check(folder) if each in refused.value.problems
    ]
    return list(refused.value.problems)


def test_own_definitions_join_the_built_in_ones(tmp_path: Path) -> None:
    for kind, text in (("features", FEATURE), ("segments", SEGMENT), ("lifecycles", LIFECYCLE)):
        put(tmp_path, kind, text)
    found = definitions.load(tmp_path, currency="CNY")
    assert definitions.check(tmp_path) == []
    gifts = found.features["gifts_60d"]
    assert (gifts.kind, gifts.type, gifts.unit, gifts.within_days, gifts.default) == (
        "count",
        "integer",
        "count",
        60,
        0,
    )
    assert gifts.events == definitions.Events(("Order Completed",), (), (("gift", ("yes", "true")),))
    assert gifts.built_in is False
    assert found.features["orders"].built_in is True
    assert found.segments["big_spenders"].rule.evaluate({"revenue_365d": 500_000}) is True
    simple = found.lifecycles["simple"]
    assert [stage.key for stage in simple.stages] == ["fresh", "regular"]
    assert simple.rule_order == ("regular", "fresh")
    assert list(found.lifecycles)[:5] == ["growth", "relationship", "adoption", "purchase", "lifespan"]


def test_an_own_definition_replaces_a_built_in_one_of_its_key(tmp_path: Path) -> None:
    put(tmp_path, "lifecycles", LIFECYCLE.replace("lifecycle: simple", "lifecycle: growth"))
    put(tmp_path, "features", FEATURE.replace("gifts_60d", "orders_30d"))
    found = definitions.load(tmp_path)
    assert [stage.key for stage in found.lifecycles["growth"].stages] == ["fresh", "regular"]
    assert found.features["orders_30d"].within_days == 60


def test_an_empty_or_missing_folder_means_the_built_in_definitions(tmp_path: Path) -> None:
    assert definitions.load(tmp_path / "nowhere").hash == definitions.built_in().hash
    put(tmp_path, "features", "# nothing yet\n")
    assert definitions.load(tmp_path).hash == definitions.built_in().hash


def test_the_hash_changes_with_any_word_and_only_then(tmp_path: Path) -> None:
    first = definitions.load(put(tmp_path, "segments", SEGMENT)).hash
    assert definitions.load(tmp_path).hash == first
    assert definitions.load(put(tmp_path, "segments", SEGMENT.replace("大客户", "大户"))).hash != first
    assert definitions.load(tmp_path, currency="JPY").hash != definitions.load(tmp_path, currency="CNY").hash


@pytest.mark.parametrize(("currency", "held"), [("JPY", 500), ("CNY", 500_00), ("KWD", 500_000)])
def test_money_has_the_decimals_of_the_currency(currency: str, held: int) -> None:
    features = definitions.built_in(currency).features
    assert definitions.parse("revenue = 500 AND revenue_90d < 0.5", features).evaluate(
        {"revenue": held, "revenue_90d": 0}
    )
    assert features["refund_amount"].expression is not None
    assert features["refund_amount"].expression.evaluate({"sales": held, "revenue": 0}) == held


def test_the_stamp_changes_with_the_files(tmp_path: Path) -> None:
    before = definitions.stamp(tmp_path)
    after = definitions.stamp(put(tmp_path, "segments", SEGMENT))
    assert before == () != after
    assert definitions.stamp(tmp_path) == after


def test_all_problems_are_told_together_with_file_line_and_suggestion(tmp_path: Path) -> None:
    put(tmp_path, "segments", SEGMENT.replace("revenue_365d", "revenu_365d"), "a.yml")
    put(tmp_path, "features", FEATURE.replace("within_days: 60", "within_day: 60").replace("kind: count", "kind: cont"))
    put(tmp_path, "lifecycles", LIFECYCLE.replace("orders >= 2", "days_since_ordr > 3"))
    assert problems(tmp_path) == [
        'features/own.yml line 8: unknown entry "within_day" in feature "gifts_60d". Did you mean "within_days"?',
        'features/own.yml line 5: "cont" is not a kind that is known. Did you mean "count"?',
        'lifecycles/own.yml line 11: the rule of stage "regular" is wrong: unknown feature "days_since_ordr".'
        ' Did you mean "days_since_last_order"?',
        'a.yml line 5: the rule of segment "big_spenders" is wrong: unknown feature "revenu_365d".'
        ' Did you mean "revenue_365d"?',
    ]


def test_a_definition_without_words_of_meaning_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "segments", "\n".join(line for line in SEGMENT.splitlines() if "meaning" not in line))
    assert problems(tmp_path) == ['own.yml line 2: segment "big_spenders" needs a meaning in words.']


def test_a_missing_language_fails_the_check_but_not_the_load(tmp_path: Path) -> None:
    put(tmp_path, "segments", SEGMENT.replace("title: {en: Big spenders, zh: 大客户}", "title: 大客户"))
    found = definitions.load(tmp_path)
    assert found.segments["big_spenders"].title.text("en") == "大客户"
    (warning,) = definitions.check(tmp_path)
    assert warning == 'own.yml line 3: the English text of "title" of segment "big_spenders" is missing.'
    assert found.warnings == (warning,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", 'line 2: "a" is written twice; first on line 1.'),
        ("segments: &x\n  a: *x\n", "line 1: anchors and aliases"),
        ("segments: !!python/object:os.system {}\n", "line 1: the tag"),
        ("segments:\n  - a\n", 'line 1: "segments" must hold one entry for each segment.'),
        ("segments:\n  Big: {title: x}\n", 'line 2: "Big" is no key'),
        ("segment: {}\n", 'line 1: unknown entry "segment" in own.yml. Did you mean "segments"?'),
        ("segments:\n  a:\n    title: {en: One, two, zh: 一}\n", "needs quotes inside { }"),
        ("- a\n", "line 1: the file must begin with"),
        ("a: [1\nb: 2\n", "cannot be read as YAML"),
        ("a: 1\n---\nb: 2\n", "line 2: it holds a second document"),
        ("a: " + "[" * 50 + "]" * 50, "nested too deeply"),
        ("a: {" * 40 + "}" * 40, "nested too deeply"),
        ("? [a, b]\n: 1\n", "line 1: a key must be a plain word."),
        ("a: " + "x" * 300_000, "larger than 256 KB"),
        ("a: [" + "1," * 30_000 + "]", "nested too deeply or too long"),
        ("segments:\n  a:\n    <<: {title: x}\n", "line 3: a key must be a plain word."),
    ],
)
def test_a_file_that_is_not_plain_yaml_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    started = time.process_time()
    found = problems(put(tmp_path, "segments", text))
    assert time.process_time() - started < 2
    assert any(said in each for each in found), found


def test_a_file_that_is_no_text_is_a_problem_rather_than_a_crash(tmp_path: Path) -> None:
    put(tmp_path, "segments", SEGMENT)
    (tmp_path / "segments" / "bad.yml").write_bytes("标题: 客户".encode("gb18030"))
    assert problems(tmp_path) == ["bad.yml line 1: it cannot be read (UnicodeDecodeError). Save it as UTF-8 text."]


def derived(expression: str, more: str = "") -> str:
    words = "title: {en: A, zh: 甲}\n    meaning: {en: A., zh: 甲。}"
    return f"features:\n  mine:\n    {words}\n    kind: derived\n    expression: {expression}\n{more}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (derived("orders +"), 'line 6: the expression of "mine" is wrong: it cannot be read'),
        (derived("mine + 1"), "line 6: these features need each other: mine → mine."),
        (derived("orders", "    type: text\n"), "it gives integer, but the feature is declared as text."),
        (derived("orders", "    events: Order Completed\n"), "kind derived takes no `events`"),
        (FEATURE.replace("kind: count", "kind: sum"), "needs `of`: amount"),
        (
            FEATURE.replace("kind: count", "kind: sum\n    of: product"),
            "kind sum takes amount, quantity or property:NAME.",
        ),
        (FEATURE.replace("kind: count", "kind: count\n    of: amount"), "kind count takes no `of`."),
        (FEATURE.replace("kind: count", "kind: last\n    of: amont"), 'Did you mean "amount"?'),
        (FEATURE.replace("kind: count", "kind: count\n    type: text"), "kind count always gives integer."),
        (FEATURE.replace("within_days: 60", "within_days: 0"), "from 1 to 36500"),
        (FEATURE.replace("within_days: 60", "within_days: many"), "must be a number"),
        (FEATURE.replace("gifts_60d", "null"), "is a word of the rule language"),
        (FEATURE.replace("gifts_60d", "customer_key"), "is a word of the rule language"),
        (FEATURE.replace("where: {gift: [yes, true]}", "where: [gift]"), "`where` must be a condition, or name"),
        (FEATURE.replace("events: Order Completed", "kinds: pages"), 'Did you mean "page"?'),
        (FEATURE.replace("within_days: 60", "within_days: 60\n    period: this_month"), "has two windows"),
        (FEATURE.replace("within_days: 60", "period: this_mont"), 'Did you mean "this_month"?'),
        (FEATURE.replace("kind: count", "kind: share"), "kind share needs `part`"),
        (FEATURE.replace("kind: count", "kind: streak\n    every: month"), "kind streak takes no `within_days`"),
        (
            FEATURE.replace("kind: count", "kind: trend").replace("within_days: 60", "period: this_year"),
            "`within_days`",
        ),
        (FEATURE.replace("where: {gift: [yes, true]}", "where: amount >="), "`where` of feature"),
        (FEATURE.replace("within_days: 60", "since_first: {event: Signed Up}"), 'Did you mean "events"?'),
        (FEATURE.replace("kind: count", "kind: count\n    every: day"), "kind count takes no `every`"),
    ],
)
def test_a_feature_that_makes_no_sense_is_refused(tmp_path: Path, text: str, said: str) -> None:
    found = problems(put(tmp_path, "features", text))
    assert any(said in each for each in found), found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "    rule: orders >= 2\n",
            "",
            "exactly one stage has no rule and takes everybody else; found fresh, regular.",
        ),
        ("其他所有人。}\n", "其他所有人。}\n    rule: orders = 0\n", "exactly one stage has no rule"),
        ("stages:", "rule_order: [fresh, regular]\nstages:", '"fresh" has no rule and must come last in rule_order.'),
        ("stages:", "rule_order: [regular]\nstages:", "rule_order must list every stage once: regular, fresh."),
        ("lifecycle: simple", "lifecycle: Simple One", "is no key"),
        ("rule: orders >= 2", "rule: orders >= 2\n    leaving: perhaps", "must be true or false"),
        (
            "rule: orders >= 2",
            "rule: orders >= 2\n    task_target: {en: A, zh: 甲, metric: lift}",
            "is not a metric that is known",
        ),
        (
            "rule: orders >= 2",
            "rule: orders >= 2\n    strategies:\n      - {en: A, zh: 甲, campaign: loyal.referal}",
            'unknown campaign "loyal.referal". Did you mean "loyal.',
        ),
    ],
)
def test_a_lifecycle_that_leaves_people_out_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    found = problems(put(tmp_path, "lifecycles", LIFECYCLE.replace(old, new)))
    assert any(said in each for each in found), found


def test_a_slip_in_a_channel_of_consent_is_told_while_a_channel_of_ones_own_is_fine(tmp_path: Path) -> None:
    assert membership.CHANNELS == customers.CHANNELS
    rule = next(line for line in SEGMENT.splitlines() if "rule:" in line)
    slip, own = (SEGMENT.replace(rule, f"    rule: consent.{channel}") for channel in ("emial", "push"))
    (found,) = problems(put(tmp_path, "segments", slip))
    assert 'there is no channel "emial". Did you mean "email"?' in found
    assert definitions.check(put(tmp_path, "segments", own)) == []


def test_the_same_key_in_two_own_files_is_refused(tmp_path: Path) -> None:
    for kind, text in (("features", FEATURE), ("segments", SEGMENT), ("lifecycles", LIFECYCLE)):
        put(tmp_path, kind, text, "a.yml")
        put(tmp_path, kind, text, "b.yml")
    assert problems(tmp_path) == [
        'features/b.yml line 2: feature "gifts_60d" is also defined in features/a.yml.',
        'lifecycles/b.yml line 1: lifecycle "simple" is defined in two files.',
        'segments/b.yml line 2: segment "big_spenders" is defined in two files.',
    ]


def test_a_value_segments_key_is_not_free(tmp_path: Path) -> None:
    found = problems(put(tmp_path, "segments", SEGMENT.replace("big_spenders", "champion")))
    assert found == ['own.yml line 2: "champion" is a value segment. Choose another key.']


def test_features_are_computed_after_those_they_read(tmp_path: Path) -> None:
    put(
        tmp_path,
        "features",
        derived("second + 1") + derived("orders / 2").removeprefix("features:\n").replace("mine", "second"),
    )
    order = [feature.key for feature in definitions.load(tmp_path).in_order()]
    assert order.index("orders") < order.index("second") < order.index("mine")
