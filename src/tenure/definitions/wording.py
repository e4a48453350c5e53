"""Our tree in plain words, English and Chinese: 「近 30 天内下单 2 次及以上」 rather than operators and names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal

from tenure.definitions.objects import Feature
from tenure.definitions.tree import (
    And,
    AnyLine,
    Arithmetic,
    Between,
    Call,
    Case,
    Column,
    Compare,
    Condition,
    Constant,
    Day,
    DaysBetween,
    In,
    IsMissing,
    Like,
    Not,
    Number,
    Or,
    Shift,
    Text,
    Truth,
    Value,
    type_of,
)

__all__ = ["number_text", "say"]

Catalogue = Mapping[str, Feature]
Literals = Number | Text | Day
_HAN = "\u4e00-\u9fff"
_FLIPPED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_STYLES: dict[tuple[str, str], dict[str, str]] = {
    ("en", "count"): {
        "=": "exactly {n}",
        "<>": "other than {n}",
        "<": "fewer than {n}",
        "<=": "at most {n}",
        ">": "more than {n}",
        ">=": "at least {n}",
    },
    ("en", "days"): {
        "=": "exactly {n}",
        "<>": "other than {n}",
        "<": "less than {n}",
        "<=": "at most {n}",
        ">": "more than {n}",
        ">=": "at least {n}",
    },
    ("en", "other"): {"=": "is {n}", "<>": "is not {n}", "<": "is below {n}", "<=": "is at most {n}"}
    | {">": "is above {n}", ">=": "is at least {n}"},
    ("en", "date"): {"=": "is {n}", "<>": "is not {n}", "<": "is before {n}", "<=": "is {n} or earlier"}
    | {">": "is after {n}", ">=": "is {n} or later"},
    ("zh", "count"): {"=": "恰好 {n}", "<>": "不是 {n}", "<": "不到 {n}", "<=": "不超过 {n}"}
    | {">": "超过 {n}", ">=": "{n}及以上"},
    ("zh", "days"): {"=": "恰好 {n}", "<>": "不是 {n}", "<": "不到 {n}", "<=": "不超过 {n}"}
    | {">": "超过 {n}", ">=": "满 {n}"},
    ("zh", "other"): {"=": "等于 {n}", "<>": "不等于 {n}", "<": "低于 {n}", "<=": "不高于 {n}"}
    | {">": "高于 {n}", ">=": "不低于 {n}"},
    ("zh", "date"): {"=": "为 {n}", "<>": "不是 {n}", "<": "早于 {n}", "<=": "不晚于 {n}"}
    | {">": "晚于 {n}", ">=": "不早于 {n}"},
}

_LIKE = {  # (fixed start, fixed end) → is, is not, in English and Chinese
    (True, True): ("is", "is not", "为「{}」", "不是「{}」"),
    (True, False): ("starts with", "does not start with", "以「{}」开头", "不以「{}」开头"),
    (False, True): ("ends with", "does not end with", "以「{}」结尾", "不以「{}」结尾"),
    (False, False): ("contains", "does not contain", "包含「{}」", "不包含「{}」"),
}


_DATE_PARTS = {
    "year": ("year", "年份"),
    "quarter": ("quarter", "季度"),
    "month": ("month", "月份"),
    "day": ("day of the month", "日"),
    "weekday": ("weekday", "星期"),
}


def say(tree: Condition, catalogue: Catalogue, language: str) -> str:
    """The condition as one sentence part, without a full stop."""
    if language.lower().startswith("zh"):
        return _spaced(_Speaker(catalogue, "zh").condition(tree))
    return _Speaker(catalogue, "en").condition(tree)


def _spaced(words: str) -> str:
    """A space between Chinese and Latin letters or digits, none between Chinese; quoted texts are left alone."""
    parts = re.split("(「[^」]*」)", words)
    for index in range(0, len(parts), 2):
        part = re.sub(f"(?<=[{_HAN}，（）、]) (?=[{_HAN}，（）、])", "", parts[index])
        part = re.sub(f"(?<=[{_HAN}])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z%])(?=[{_HAN}])", " ", part)
        parts[index] = part
    return "".join(parts)


def number_text(number: float) -> str:
    """12430 → 12,430; 2.0 → 2; 0.75 → 0.75."""
    if isinstance(number, float) and not number.is_integer():
        return f"{number:,.6f}".rstrip("0").rstrip(".") if abs(number) >= 0.001 else f"{number:g}"
    return f"{int(number):,}"


class _Speaker:
    """Says one tree in one language."""

    def __init__(self, catalogue: Catalogue, language: Literal["en", "zh"]) -> None:
        self.catalogue = catalogue
        self.language = language

    def pick(self, en: str, zh: str) -> str:
        return zh if self.language == "zh" else en

    def condition(self, node: Condition, denied: bool = False) -> str:
        """The condition, or its opposite when `denied`."""
        match node:
            case And() | Or():
                return self._joined(node, denied)
            case Not():
                return self.condition(node.part, not denied)
            case Constant():
                return self.pick("always", "始终") if node.value != denied else self.pick("never", "从不")
            case Truth():
                return self._has(node.value, not denied)
            case IsMissing():
                return self._missing(node.value, denied)
            case Like():
                return self._like(node, denied)
            case AnyLine():
                return self.condition(node.own, denied)
            case In():
                return self._in(node, denied)
            case Between():
                return self._between(node, denied)
            case Compare():
                return self._compare(node, denied)

    def _joined(self, node: And | Or, denied: bool) -> str:
        words = [self._grouped(part) for part in node.parts]
        joined = (self.pick(" and ", "，且") if isinstance(node, And) else self.pick(" or ", "，或")).join(words)
        return self.pick(f"not ({joined})", f"不满足（{joined}）") if denied else joined

    def _grouped(self, part: Condition) -> str:
        words = self.condition(part)
        return self.pick(f"({words})", f"（{words}）") if isinstance(part, And | Or) else words

    def _has(self, column: Column, yes: bool) -> str:
        feature = self.catalogue[column.key]
        given = (feature.some if yes else feature.none).text(self.language)
        title = feature.title.text(self.language)
        return given or self.pick(f"{title}: {'yes' if yes else 'no'}", f"{title}为{'是' if yes else '否'}")

    def _missing(self, value: Value, denied: bool) -> str:
        if isinstance(value, Column):
            feature = self.catalogue[value.key]
            given = (feature.some if denied else feature.none).text(self.language)
            if given:
                return given
        words = self.value(value)
        if denied:
            return self.pick(f"{words} is known", f"有{words}")
        return self.pick(f"{words} is not known", f"没有{words}")

    def _like(self, node: Like, denied: bool) -> str:
        core = node.pattern.strip("%")
        kind = (not node.pattern.startswith("%"), not node.pattern.endswith("%"))
        if "%" in core or "_" in core:
            core, verbs = node.pattern, ("matches", "does not match", "符合「{}」", "不符合「{}」")
        else:
            verbs = _LIKE[kind]
        words = self.value(node.value)
        return self.pick(f'{words} {verbs[denied]} "{core}"', words + verbs[2 + denied].replace("{}", core))

    def _in(self, node: In, denied: bool) -> str:
        words, items = self.value(node.value), [self._literal(item) for item in node.items]
        if len(items) == 1:
            verb = self.pick("is not" if denied else "is", "不是" if denied else "为")
            return self.pick(f"{words} {verb} {items[0]}", f"{words}{verb}{items[0]}")
        if self.language == "zh":
            return f"{words}{'不是' if denied else '为'}{'、'.join(items[:-1])}或{items[-1]}"
        verb = "is none of" if denied else "is one of"
        return f"{words} {verb} {', '.join(items[:-1])}{',' if denied else ' or'} {items[-1]}"

    def _between(self, node: Between, denied: bool) -> str:
        feature = self.catalogue[node.value.key] if isinstance(node.value, Column) else None
        low, high = self._amount(node.low, feature, bare=True), self._amount(node.high, feature)
        if feature and not denied and feature.phrase.text(self.language):
            span = self.pick(f"{low} to {high}", f"{low} 至 {high}")
            return _filled(feature.phrase.text(self.language), span)
        words = self.value(node.value)
        if denied:
            return self.pick(f"{words} is not from {low} to {high}", f"{words}不在 {low} 至 {high} 之间")
        return self.pick(f"{words} is from {low} to {high}", f"{words}在 {low} 至 {high} 之间")

    def _compare(self, node: Compare, denied: bool) -> str:
        left, right, op = node.left, node.right, str(node.op)
        if isinstance(left, Literals) and not isinstance(right, Literals):
            left, right, op = right, left, _FLIPPED[op]
        op = _OPPOSITE[op] if denied else op
        if type_of(left) == "text":
            verb = self.pick("is" if op == "=" else "is not", "为" if op == "=" else "不是")
            gap = self.pick(" ", "")
            return f"{self.value(left)}{gap}{verb}{gap}{self.value(right)}"
        feature = self.catalogue[left.key] if isinstance(left, Column) else None
        if feature and isinstance(right, Number):
            return self._measured(feature, op, right)
        style = "date" if type_of(left) == "date" else "other"
        said = _STYLES[self.language, style][op].replace("{n}", self._amount(right, feature))
        return self.pick(f"{self.value(left)} {said}", f"{self.value(left)}{said}")

    def _measured(self, feature: Feature, op: str, number: Number) -> str:
        whole = feature.type == "integer" and feature.unit == "count"
        if (op in ("=", "<=") and number.value == 0) or (whole and op == "<" and number.value == 1):
            given = feature.none.text(self.language) if feature.unit != "days" else ""
        elif (op in (">", "<>") and number.value == 0) or (whole and op == ">=" and number.value == 1):
            given = feature.some.text(self.language) if feature.unit != "days" else ""
        else:
            given = ""
        if given:
            return given
        phrase = feature.phrase.text(self.language)
        style = ("count" if feature.unit == "count" else "days") if phrase else "other"
        said = _STYLES[self.language, style][op].replace("{n}", self._amount(number, feature))
        if phrase:
            return _filled(phrase, said)
        title = feature.title.text(self.language)
        return self.pick(f"{title} {said}", f"{title}{said}")

    def _amount(self, value: Value, feature: Feature | None, bare: bool = False) -> str:
        """A value with the counter of the feature it is measured by: "2 orders", 「2 单」, 50%."""
        if not isinstance(value, Number) or feature is None:
            return self.value(value)
        if feature.unit == "share":
            return f"{number_text(round(value.value * 100, 6))}%"
        counter = feature.counter.text(self.language)
        if not counter or bare:
            return number_text(value.value)
        one, _, many = counter.partition("/")
        return f"{number_text(value.value)} {one if value.value == 1 or not many else many}"

    def _literal(self, value: Literals) -> str:
        found = value.value
        if isinstance(found, str):
            return self.pick(f'"{found}"', f"「{found}」")
        return found.isoformat() if isinstance(found, date) else number_text(found)

    def value(self, value: Value) -> str:
        match value:
            case Column():
                return self.catalogue[value.key].title.text(self.language)
            case Number() | Text() | Day():
                return self._literal(value)
            case Arithmetic():
                sign = {"*": "×", "/": "÷", "-": "−"}.get(value.op, value.op)
                return f"{self._inner(value.left)} {sign} {self._inner(value.right)}"
            case Call():
                return self._call(value)
            case DaysBetween():
                left, right = self.value(value.left), self.value(value.right)
                return self.pick(f"days from {right} to {left}", f"从{right}到{left}的天数")
            case Shift():
                day, days = self.value(value.value), self.value(value.days)
                side = self.pick("before" if value.earlier else "after", "之前" if value.earlier else "之后")
                return self.pick(f"{days} days {side} {day}", f"{day}{side} {days} 天")
            case Case():
                return self._case(value)

    def _case(self, case: Case) -> str:
        words = []
        for when, then in case.choices:
            said = self.condition(when), self.value(then)
            words.append(self.pick(f"{said[1]} if {said[0]}", f"{said[0]}时取 {said[1]}"))
        if case.otherwise is not None:
            words.append(self.pick(f"else {self.value(case.otherwise)}", f"否则取 {self.value(case.otherwise)}"))
        joined = self.pick(", ", "，").join(words)
        return self.pick(f"({joined})", f"（{joined}）")

    def _inner(self, value: Value) -> str:
        words = self.value(value)
        return self.pick(f"({words})", f"（{words}）") if isinstance(value, Arithmetic) else words

    def _call(self, call: Call) -> str:
        words = [self.value(each) for each in call.arguments]
        first, others = words[0], words[1:]
        match call.name:
            case "coalesce":
                last = ", ".join(others)
                return self.pick(f"{first} (or {last} if unknown)", f"{first}（未知时取 {last}）")
            case "nullif":
                return self.pick(f"{first} (unknown if {words[1]})", f"{first}（等于 {words[1]} 时视为未知）")
            case "least":
                return self.pick(f"the smallest of {', '.join(words)}", f"{'、'.join(words)}中的最小值")
            case "greatest":
                return self.pick(f"the largest of {', '.join(words)}", f"{'、'.join(words)}中的最大值")
            case "abs":
                return self.pick(f"the size of {first}", f"{first}的绝对值")
            case "length":
                return self.pick(f"the length of {first}", f"{first}的字数")
            case "lower":
                return self.pick(f"{first} in small letters", f"{first}（不分大小写）")
            case "year" | "quarter" | "month" | "day" | "weekday":
                en, zh = _DATE_PARTS[call.name]
                return self.pick(f"the {en} of {first}", f"{first}的{zh}")
            case "round":
                return self.pick(f"{first} rounded", f"{first}（四舍五入）")


def _filled(phrase: str, said: str) -> str:
    return phrase.replace("{value}", said)
