"""What a segment's rule may speak of besides features: stages, value segments, other segments, percentiles, consent.

People write `stage.growth = 'retention'`, `value_segment = 'champion'`, `in segment.vip`, `percentile(revenue) >= 95`
and `consent.email`. Each stands for one column beside the features, named here; the rule language stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tenure.definitions.located import did_you_mean
from tenure.definitions.objects import Feature, Lifecycle, Type, Words
from tenure.definitions.rules import Rule, fields_of, named_words, parse
from tenure.definitions.screening import refuse
from tenure.definitions.tree import Node
from tenure.definitions.value_segments import PROSPECT, VALUE_SEGMENTS

__all__ = ["CONSENT", "IN", "PERCENTILE", "STAGE", "VALUE", "Outlook", "columns_like"]

CHANNELS = ("email", "sms", "phone", "wecom")
STAGE, IN, PERCENTILE, CONSENT, VALUE = "stage_", "in_segment_", "percentile_", "consent_", "segment"
_TEXTS = re.compile(r"('(?:[^']|'')*')")
_WORDS = re.compile(
    r"\b(?:(?:in\s+)?segment\.(?P<segment>\w+)|stage\.(?P<stage>\w+)|consent\.(?P<consent>\w+)"
    r"|percentile\s*\(\s*(?P<percentile>[\w.]+)\s*\)|(?P<value>value_segment))\b|percentile\s*\(\s*(?P<ranked>[\w.]+)\s*\)",
    re.IGNORECASE | re.ASCII,
)


def columns_like(rule: Rule, prefix: str) -> Iterator[str]:
    """What the rule reads of one kind, without its prefix: the keys of lifecycles, segments, features, channels."""
    for key in sorted(rule.features):
        if key.startswith(prefix) and rule.catalogue[key].kind == "last" and rule.catalogue[key].events is None:
            yield key.removeprefix(prefix)


@dataclass
class Outlook:
    """Everything a segment's rule can see. `segments` are the titles of all own segments by key."""

    features: Mapping[str, Feature]
    lifecycles: Mapping[str, Lifecycle]
    segments: Mapping[str, Words]
    value_segments: Mapping[str, Words]
    digits: int
    _catalogue: dict[str, Feature] = field(default_factory=dict)

    def read(self, text: str) -> Rule:
        """The rule that a text says. Raises DefinitionError with one plain sentence."""
        parts = _TEXTS.split(text)
        written = "".join(part if part.startswith("'") else _WORDS.sub(self._column, part) for part in parts)
        found = parse(written, self.catalogue, self.digits, fields=fields_of(self.catalogue, self.digits))
        self._check_words(found.tree)
        return Rule(text.strip(), found.tree, self.catalogue)

    @property
    def catalogue(self) -> dict[str, Feature]:
        """Features and places; percentiles join it as rules name them."""
        if not self._catalogue:
            self._catalogue.update(self.features)
            for key, lifecycle in self.lifecycles.items():
                name = lifecycle.title
                title = Words(f"stage in {name.text('en')}", f"「{name.text('zh')}」中的阶段")
                self._catalogue[STAGE + key] = _place(STAGE + key, title, "text")
            self._catalogue[VALUE] = _place(VALUE, Words("value segment", "价值分群"), "text")
            for key, name in self.segments.items():
                some = Words(f"is in “{name.text('en')}”", f"属于「{name.text('zh')}」")
                none = Words(f"is not in “{name.text('en')}”", f"不属于「{name.text('zh')}」")
                self._catalogue[IN + key] = _place(IN + key, name, "boolean", some, none)
        return self._catalogue

    def _column(self, found: re.Match[str]) -> str:
        groups = {kind: word.lower() for kind, word in found.groupdict().items() if word}
        kind, word = next(iter(groups.items()))
        if kind == "segment":
            return IN + self._known(word, self.segments, "segment")
        if kind == "stage":
            return STAGE + self._known(word, self.lifecycles, "lifecycle")
        if kind == "value":
            return VALUE
        return self._consent(word) if kind == "consent" else self._percentile(word)

    def _known(self, word: str, known: Mapping[str, object], noun: str) -> str:
        if word not in known:
            raise refuse(f'there is no {noun} "{word}".{did_you_mean(word, known)}')
        return word

    def _percentile(self, key: str) -> str:
        feature = self.features.get(key)
        if feature is None:
            raise refuse(f'unknown feature "{key}".{did_you_mean(key, self.features)}')
        if feature.type not in ("integer", "float"):
            raise refuse(f'percentile needs a number; "{key}" is none.')
        name = feature.title
        title = Words(f"percentile of “{name.text('en')}”", f"「{name.text('zh')}」的百分位")
        self.catalogue[PERCENTILE + key] = _place(PERCENTILE + key, title, "float")
        return PERCENTILE + key

    def _consent(self, channel: str) -> str:
        hint = "" if channel in CHANNELS else did_you_mean(channel, CHANNELS)
        if hint:  # others than these may come in by the API; what looks like one of them is a slip
            raise refuse(f'there is no channel "{channel}".{hint}')
        some = Words(f"has agreed to {channel}", f"已同意接收 {channel}")
        none = Words(f"has not agreed to {channel}", f"未同意接收 {channel}")
        self.catalogue[CONSENT + channel] = _place(CONSENT + channel, some, "boolean", some, none)
        return CONSENT + channel

    def _check_words(self, node: Node) -> None:
        """Stages and value segments that a rule names must exist: a typing error would be an empty segment."""
        for column, word in named_words(node):
            if column == VALUE:
                self._known(word, dict.fromkeys((*VALUE_SEGMENTS, PROSPECT)), "value segment")
            elif column.startswith(STAGE) and column not in self.features:
                stages = {stage.key: None for stage in self.lifecycles[column.removeprefix(STAGE)].stages}
                self._known(word, stages, "stage")

    def words(self, rule: Rule, language: str) -> str:
        """The rule in plain words, stages and value segments by their names."""
        said = rule.words(language)
        for column, word in dict.fromkeys(named_words(rule.tree)):
            title = self._title(column, word)
            if title:
                said = said.replace(f'"{word}"', f"“{title.text('en')}”").replace(
                    f"「{word}」", f"「{title.text('zh')}」"
                )
        return said

    def _title(self, column: str, word: str) -> Words | None:
        if column == VALUE:
            return self.value_segments.get(word)
        lifecycle = self.lifecycles.get(column.removeprefix(STAGE)) if column.startswith(STAGE) else None
        return next((stage.title for stage in lifecycle.stages if stage.key == word), None) if lifecycle else None


_UNSAID = Words("", "")


def _place(key: str, title: Words, type_: Type, some: Words = _UNSAID, none: Words = _UNSAID) -> Feature:
    return Feature(key, title, title, "last", type_, "text" if type_ != "float" else "count", some=some, none=none)
