"""Tables of what ships, in Markdown, made from the definitions: the guides hold them, a test keeps them true."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tenure.definitions.kinds import KINDS, PERIODS
from tenure.definitions.objects import Definitions, Feature, Lifecycle
from tenure.definitions.reading import MAX_ITEMS
from tenure.definitions.reading_features import DECLARED, FEATURE_KEYS
from tenure.definitions.reading_lifecycles import GOAL_KEYS, LIFECYCLE_KEYS, METRICS, STAGE_KEYS
from tenure.definitions.reading_profiles import TRAIT_KEYS
from tenure.definitions.reading_segments import SEGMENT_KEYS
from tenure.definitions.reference_words import ENTRIES, FORMS, FUNCTION_WORDS
from tenure.definitions.screening import MAX_LENGTH, MAX_PARENTHESES, MAX_TOKENS

__all__ = ["FILES", "features_table", "lifecycles_table", "reference"]


def features_table(definitions: Definitions, language: str) -> str:
    """One row a feature: key, title, meaning."""
    head = ("特征", "名称", "含义") if language == "zh" else ("feature", "title", "meaning")
    return _table(head, (_row(each, language) for each in definitions.features.values() if each.built_in))


def _row(feature: Feature, language: str) -> tuple[str, ...]:
    return f"`{feature.key}`", feature.title.text(language), feature.meaning.text(language)


def lifecycles_table(definitions: Definitions, language: str) -> str:
    """One row a stage of every lifecycle: keys, title, rule in words."""
    head = (
        ("生命周期", "阶段", "名称", "进入条件")
        if language == "zh"
        else ("lifecycle", "stage", "title", "who is in it")
    )
    return _table(head, (row for each in definitions.lifecycles.values() for row in _stages(each, language)))


def _stages(lifecycle: Lifecycle, language: str) -> Iterable[tuple[str, ...]]:
    for stage in lifecycle.stages:
        rule = stage.rule.words(language) if stage.rule else ("其他所有人" if language == "zh" else "everybody else")
        yield f"`{lifecycle.key}`", f"`{stage.key}`", stage.title.text(language), rule


def _table(head: Sequence[str], rows: Iterable[tuple[str, ...]]) -> str:
    lines: list[Sequence[str]] = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def reference(language: str) -> str:
    """The whole reference of the definition language, from the objects that the readers and the schema use."""
    pick = _ZH if language == "zh" else _EN
    parts = [pick["head"]]
    for noun, keys in _ENTRIES.items():
        rows = ((f"`{key}`", ENTRIES[noun][key] if language == "zh" else text) for key, text in keys.items())
        parts.append(f"## {pick[noun]}\n\n{_table(pick['entry'].split('|'), rows)}")
        if noun == "feature":
            parts.append(f"## {pick['kinds']}\n\n{_kinds(language)}")
            parts.append(f"## {pick['windows']}\n\n{pick['window_text']}")
    for title, words in (("forms", FORMS), ("functions", FUNCTION_WORDS)):
        rows = ((f"`{key}`", each.text(language)) for key, each in words.items())
        parts.append(f"## {pick[title]}\n\n{_table(pick['entry'].split('|'), rows)}")
    parts.append(f"{pick['limits']}\n")
    return "\n\n".join(parts)


def _kinds(language: str) -> str:
    """A section a kind: what it gives, what it takes, an example."""
    pick = _ZH if language == "zh" else _EN
    parts = []
    for key in DECLARED:
        kind = KINDS[key]
        takes = ", ".join(f"`{each}`" for each in (*kind.of, *(("property:NAME",) * kind.of_property)))
        windows = pick["trend_window"] if key == "trend" else pick["any_window"] if kind.windows else pick["no_window"]
        shape = f"{pick['of']}: {takes}. " if takes else ""
        example = f"\n\n```yaml\n{kind.example}\n```" if kind.example else ""
        parts.append(f"### `{key}`\n\n{kind.meaning.text(language)} {shape}{windows}{example}")
    return "\n\n".join(parts)


_ENTRIES = {
    "feature": FEATURE_KEYS,
    "lifecycle": LIFECYCLE_KEYS,
    "stage": STAGE_KEYS,
    "goal": GOAL_KEYS,
    "metric": METRICS,
    "segment": SEGMENT_KEYS,
    "trait": TRAIT_KEYS,
}
_EN = {
    "head": "# Definition language: reference\n\nMade from the code (`python -m tenure.definitions.reference`); the"
    " guide with a worked example is [definitions.md](definitions.md).",
    "entry": "you write|what it is",
    "feature": "Entries of a feature",
    "kinds": "Kinds of features",
    "windows": "Windows",
    "window_text": "`within_days: 30` takes the events whose local day is at most 30 days before today's. `period`"
    f" takes one of {', '.join(f'`{each}`' for each in PERIODS)}, in the workspace's time zone, weeks from Monday."
    " `since_first` and `since_last` take the events from the local day on of another event; who never had that event"
    " has an unknown value. Without any of them all events count. A feature has one window.\n\n"
    "A condition in `where` and `part` reads"
    " `amount` (whole units of the currency), `quantity`, `order_id`, `day`, and any property of the event by its name;"
    " a property is read as what it is compared with. `product` and `category` are asked of every line of an order:"
    " `category = 'tea'` holds when some line is tea, `category <> 'tea'` when none is.\n\nWhat a customer's `identify`"
    " calls say (plan, channel, country, `birthday_month` …) is a property of these events: `kind: last`,"
    " `kinds: identify`, `of: property:plan`. What is known of the customer's company is `kind: company`:"
    " [companies.md](companies.md).",
    "any_window": "With any window.",
    "trend_window": "With `within_days`, which it needs.",
    "no_window": "Without a window.",
    "of": "`of`",
    "lifecycle": "Entries of a lifecycle",
    "stage": "Entries of a stage",
    "goal": "Entries of a target",
    "metric": "Metrics of a target",
    "segment": "Entries of a segment",
    "trait": "Entries of a trait",
    "forms": "Rules: forms",
    "functions": "Rules: functions",
    "limits": f"A rule may have {MAX_LENGTH:,} characters, {MAX_TOKENS} words and signs, {MAX_PARENTHESES} nested"
    f" parentheses, {MAX_ITEMS} values in a list. What is not on this page is refused.",
}
_ZH = {
    "head": "# 定义语言参考\n\n由代码生成（`python -m tenure.definitions.reference`）；带完整例子的指南见"
    " [definitions.zh.md](definitions.zh.md)。",
    "entry": "写法|含义",
    "feature": "特征的各项",
    "kinds": "特征的计算方式",
    "windows": "时间窗",
    "window_text": "`within_days: 30` 计入当地日期距今不超过 30 天的事件。`period` 可取"
    f" {'、'.join(f'`{each}`' for each in PERIODS)}，按工作区时区，一周从星期一开始。`since_first` 和 `since_last`"
    " 计入自另一事件当天起的事件；从未发生过该事件的客户，值为未知。都不写则计入全部事件。一个特征只有一个时间窗。\n\n"
    "`where` 与 `part` 的条件可用 `amount`（货币整数单位）、`quantity`、`order_id`、`day`，以及事件的任何属性名；"
    "属性按与之比较的对象的类型读取。`product` 与 `category` 针对订单的每一行：`category = 'tea'` 指有一行是茶，"
    "`category <> 'tea'` 指没有一行是茶。\n\n客户 `identify` 调用带来的信息（套餐、渠道、国家、`birthday_month` 等）"
    "是这些事件的属性：`kind: last`、`kinds: identify`、`of: property:plan`。客户所属企业的信息用 `kind: company` "
    "读取，见 [companies.zh.md](companies.zh.md)。",
    "any_window": "可用任何时间窗。",
    "trend_window": "必须写 `within_days`。",
    "no_window": "不用时间窗。",
    "of": "`of` 可取",
    "lifecycle": "生命周期的各项",
    "stage": "阶段的各项",
    "goal": "指标的各项",
    "metric": "可衡量的指标",
    "segment": "分群的各项",
    "trait": "特点的各项",
    "forms": "规则：写法",
    "functions": "规则：函数",
    "limits": f"一条规则最多 {MAX_LENGTH:,} 个字符、{MAX_TOKENS} 个词与符号、{MAX_PARENTHESES} 层括号，一个列表最多"
    f" {MAX_ITEMS} 个值。本页没有的写法一律不接受。",
}
FILES = {"en": "definition-reference.md", "zh": "definition-reference.zh.md"}


def main(folder: Path) -> None:
    """Write the reference in both languages anew."""
    for language, name in FILES.items():
        (folder / name).write_text(reference(language), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/guides"))
