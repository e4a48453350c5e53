"""What a company defines, as frozen objects: features, lifecycles with their stages, segments, campaigns.

Nothing here computes: `features` turns declarations into one scan, `stages` and `segments` apply the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tenure.definitions.value_segments import FEW_DAYS, FEW_REPEAT_CUSTOMERS

if TYPE_CHECKING:
    from tenure.definitions.membership import Outlook
    from tenure.definitions.rules import Expression, Rule
    from tenure.definitions.tree import Condition

__all__ = [
    "Campaign",
    "Definitions",
    "Events",
    "Feature",
    "Goal",
    "Kind",
    "Lifecycle",
    "Rfm",
    "Scalar",
    "Segment",
    "Since",
    "Stage",
    "Strategy",
    "Trait",
    "Type",
    "Unit",
    "ValueSegment",
    "Words",
]

Kind = str  # one of `kinds.KINDS`
Type = Literal["integer", "float", "text", "date", "boolean", "time"]
Unit = Literal["count", "money", "days", "share", "date", "text"]
Scalar = int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class Words:
    """A text users read, in English and Chinese. Either may be empty in a company's own definition."""

    en: str
    zh: str

    def text(self, language: str) -> str:
        """The text in this language ("en", "zh", "zh-hans" …), or in the other one where it is missing."""
        return (self.zh or self.en) if language.lower().startswith("zh") else (self.en or self.zh)

    def __str__(self) -> str:
        return self.en or self.zh


@dataclass(frozen=True, slots=True)
class Events:
    """Which events count: any of the names (of kind track), or any event of the kinds; none given means all events.

    `where` keeps only events whose property has one of the values given, compared as text; `condition` only those for
    which it is true.
    """

    names: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    condition: Condition | None = None
    condition_text: str = ""


@dataclass(frozen=True, slots=True)
class Since:
    """The day of the first or last event of another selector: the window begins on it."""

    events: Events
    which: Literal["first", "last"]


@dataclass(frozen=True, slots=True)
class Feature:
    """One fact a customer. `of` is amount, quantity, order_id, product, category, day, time or property:NAME.

    Type `time` is a naive UTC timestamp (a rule may only ask whether it is missing), `date` the local day.
    A feature of unit `money` holds minor units; rules read and write it in whole units of the currency.
    `within_days` keeps events of the last N local days, `period` those of a calendar period, `since` those from another
    event's day on. `default` is 0 for what counts, else None. `source` names the table of a given feature, `within` the
    own segment in whose text it stands.
    """

    key: str
    title: Words
    meaning: Words
    kind: Kind
    type: Type
    unit: Unit
    events: Events | None = None
    of: str | None = None
    within_days: int | None = None
    expression_text: str | None = None
    expression: Expression | None = None
    default: int | None = None
    counter: Words = Words("", "")  # "order/orders", 「单」: stands after a number
    phrase: Words = Words("", "")  # "{value} in the last 30 days", 「近 30 天内下单 {value}」
    some: Words = Words("", "")  # how "has one" is said
    none: Words = Words("", "")  # how "has none" is said
    built_in: bool = True
    digits: int | None = None  # of unit money: the decimals of the workspace's currency
    period: str | None = None  # of kinds.PERIODS
    since: Since | None = None
    every: str | None = None  # of a streak: day, week, month, quarter or year
    part: Condition | None = None  # of a share: what the counted part fulfils
    part_text: str = ""
    source: str | None = None
    listed: tuple[str, ...] = ()  # of a given text: all the words it can be
    within: str = ""

    @property
    def property_name(self) -> str | None:
        """The event property whose value is taken, if `of` names one."""
        return self.of.removeprefix("property:") if self.of and self.of.startswith("property:") else None

    @property
    def given_by(self) -> str | None:
        """What gives the value, where no event of the customer's own does: a room that scores, or the company."""
        return "company" if self.kind == "company" else self.source

    @property
    def value_type(self) -> Type:
        """The type that an event's property is read as."""
        if self.kind in ("first", "last", "company"):
            return self.type
        return "text" if self.kind in ("distinct", "most_frequent") else "float"

    @property
    def changes_with_time(self) -> Literal["no", "grows", "falls", "mixed"]:
        """What the value does on days without an event: days-since grow by one, windows only lose events."""
        if self.kind in ("days_since_first", "days_since_last", "today"):
            return "grows"
        if self.kind == "derived":
            return "mixed" if self.expression is None else self.expression.changes_with_time
        if self.period or self.kind in ("trend", "streak", "given", "company"):
            return "mixed"
        return "no" if self.within_days is None else "falls"


@dataclass(frozen=True, slots=True)
class Goal:
    """A target of a stage's owner team: in words, and as a number where there is one.

    `metric` is one of METRICS in `loader.py`; `target` is a share for rates and a number otherwise.
    """

    words: Words
    metric: str | None = None
    days: int | None = None
    target: float | None = None
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class Strategy:
    """What to do for customers in a stage; `campaign` is the key of a ready campaign, where there is one."""

    words: Words
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A place in a lifecycle. A stage without a rule takes everybody whom no other rule matched."""

    key: str
    title: Words
    meaning: Words
    needs: tuple[Words, ...]
    rule: Rule | None
    rule_text: str
    owner: Words
    task_target: Goal
    outcome_target: Goal
    strategies: tuple[Strategy, ...] = ()
    leaving: bool = False
    rule_words: Words | None = None  # written by hand; else Lifecycle.words_of() says the rule in plain words
    minimum_stay: int | None = None  # days from entering on which nothing moves a customer out
    leave: Rule | None = None  # once in, a customer stays until this is true
    leave_text: str = ""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Its rule and its leave rule, those that it has."""
        return tuple(rule for rule in (self.rule, self.leave) if rule is not None)


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """An ordered set of stages. `stages` runs from first to last; `rule_order` is the order rules are tried in.

    The first rule that is true wins; unknown (a missing value) counts as not true. With a minimum stay, a leave rule or
    `forward_only` the stage also depends on the way there: see `tenure.stages.path`.
    """

    key: str
    title: Words
    meaning: Words
    stages: tuple[Stage, ...]
    rule_order: tuple[str, ...]
    built_in: bool = True
    forward_only: bool = False  # nobody falls back behind the furthest stage reached

    @property
    def looks_back(self) -> bool:
        """Whether the stage depends on where the customer was before, not on the features of the instant alone."""
        return self.forward_only or any(stage.minimum_stay or stage.leave is not None for stage in self.stages)

    def stage(self, key: str) -> Stage:
        """The stage of this key. Raises KeyError."""
        for stage in self.stages:
            if stage.key == key:
                return stage
        raise KeyError(key)

    def position(self, key: str) -> int:
        """The place of a stage from first to last, from 0. Raises KeyError."""
        return self.stages.index(self.stage(key))

    @property
    def tried(self) -> tuple[Stage, ...]:
        """The stages in the order their rules are tried; the last one has no rule."""
        return tuple(self.stage(key) for key in self.rule_order)

    @property
    def features(self) -> frozenset[str]:
        """The features that any rule of this lifecycle reads."""
        return frozenset(name for stage in self.stages for rule in stage.rules for name in rule.features)

    def assign(self, row: Mapping[str, object]) -> Stage:
        """The stage that the rules want for one customer's feature row: the slow, obvious twin of the SQL."""
        for stage in self.tried:
            if stage.rule is None or stage.rule.evaluate(row) is True:
                return stage
        raise KeyError(self.key)


@dataclass(frozen=True, slots=True)
class Campaign:
    """A ready-made campaign for a value segment; `key` is "segment.name"."""

    key: str
    segment: str
    title: Words
    meaning: Words


@dataclass(frozen=True, slots=True)
class ValueSegment:
    """One of the eight value segments (or prospect) with the campaigns advised for it."""

    key: str
    title: Words
    meaning: Words
    advice: tuple[Campaign, ...] = ()


@dataclass(frozen=True, slots=True)
class Trait:
    """One trait of an ideal customer profile; `feature` says of a customer whether it is met."""

    key: str
    title: Words
    rule_text: str
    weight: int
    feature: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A company's own segment: who makes the rule true or is listed, and does not make `exclude` true.

    One with traits is an ideal customer profile: `rule` asks for a fit score of at least `fit` and for what
    `rule_text` says.
    """

    key: str
    title: Words
    meaning: Words
    rule: Rule | None
    rule_text: str
    built_in: bool = False
    exclude: Rule | None = None
    exclude_text: str = ""
    customers: tuple[str, ...] = ()  # a fixed list of the company's own ids
    outlook: Outlook | None = field(default=None, repr=False, compare=False)
    traits: tuple[Trait, ...] = ()
    fit: float | None = None

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Its rule and its exclusion, those that it has."""
        return tuple(rule for rule in (self.rule, self.exclude) if rule is not None)

    def words(self, language: str) -> tuple[str, str]:
        """The rule and the exclusion in plain words; empty where there is none."""
        say = self.outlook.words if self.outlook else lambda rule, language: rule.words(language)
        said = [say(rule, language) if rule else "" for rule in (self.rule, self.exclude)]
        return said[0], said[1]

    def trait_words(self, language: str) -> list[tuple[Trait, str]]:
        """Every trait with its rule in plain words."""
        read = self.outlook.read if self.outlook else None
        return [(each, read(each.rule_text).words(language) if read else each.rule_text) for each in self.traits]


@dataclass(frozen=True, slots=True)
class Rfm:
    """How value segments find their cut points: given ones (four each), else learned from the data each month.

    Days, orders and revenue (minor units) may be given apart. Under `few_customers` repeat customers nothing is
    learned and `few_days` decide, unless all three are given.
    """

    days: tuple[float, ...] = ()
    orders: tuple[float, ...] = ()
    revenue: tuple[float, ...] = ()
    few_customers: int = FEW_REPEAT_CUSTOMERS
    few_days: tuple[int, int, int] = FEW_DAYS
    high_order: float = 1.5


@dataclass(frozen=True, slots=True)
class Definitions:
    """Everything a workspace has defined, checked. `hash` changes when anything in it does: a cache key."""

    features: Mapping[str, Feature]
    lifecycles: Mapping[str, Lifecycle]
    segments: Mapping[str, Segment]
    value_segments: Mapping[str, ValueSegment]
    hash: str
    warnings: tuple[str, ...] = field(default=())
    rfm: Rfm = field(default_factory=Rfm)

    @property
    def campaigns(self) -> Mapping[str, Campaign]:
        """All ready campaigns by key."""
        return {campaign.key: campaign for each in self.value_segments.values() for campaign in each.advice}

    def sources(self, keys: Iterable[str]) -> frozenset[str]:
        """The rooms whose scores these features read, directly or through derived ones: value, risk, health, needs.

        Names that are no features (a stage, a segment) are passed over.
        """
        found: set[str] = set()
        for key in keys:
            feature = self.features.get(key)
            if feature is not None and feature.source is not None:
                found.add(feature.source)
            elif feature is not None and feature.expression is not None:
                found |= self.sources(feature.expression.features)
        return frozenset(found)

    @property
    def scores_read(self) -> frozenset[str]:
        """The rooms whose scores some stage's or segment's rule reads."""
        rules = [rule for lifecycle in self.lifecycles.values() for stage in lifecycle.stages for rule in stage.rules]
        rules += [rule for segment in self.segments.values() for rule in segment.rules]
        return self.sources({name.removeprefix("percentile_") for rule in rules for name in rule.features})

    def in_order(self) -> Iterator[Feature]:
        """The features such that a derived one comes after those it reads."""
        done: set[str] = set()

        def visit(feature: Feature) -> Iterator[Feature]:
            if feature.key not in done:
                done.add(feature.key)
                for key in sorted(feature.expression.features) if feature.expression else ():
                    yield from visit(self.features[key])
                yield feature

        for feature in self.features.values():
            yield from visit(feature)
