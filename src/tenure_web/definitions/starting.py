"""What a new lifecycle, feature or segment begins with: small, complete, and right as it stands."""

from tenure.definitions import Definitions, Sort

__all__ = ["starting_text"]

_TEXTS: dict[str, str] = {
    "features": """\
features:
  {key}:
    title: {{en: New feature, zh: 新特征}}
    meaning: {{en: "Say in words what the number tells.", zh: 用一句话说明这个数字代表什么。}}
    kind: count
    events: Order Completed
    within_days: 60
""",
    "segments": """\
segments:
  {key}:
    title: {{en: New segment, zh: 新分群}}
    meaning: {{en: "Say in words who is in it.", zh: 用一句话说明这个分群是哪些客户。}}
    rule: orders >= 2 AND days_since_last_order <= 60
""",
    "lifecycles": """\
lifecycle: {key}
title: {{en: New lifecycle, zh: 新生命周期}}
meaning: {{en: "Say in words what this view of the customer is for.", zh: 用一句话说明这套阶段用来看什么。}}
rule_order: [gone, customer, known]
stages:
  known:
    title: {{en: Known, zh: 已接触}}
    meaning: {{en: We know of them; they have not ordered., zh: 已经接触到，还没有下过单。}}
  customer:
    title: {{en: Customer, zh: 客户}}
    meaning: {{en: They have ordered., zh: 下过单。}}
    rule: orders >= 1
  gone:
    title: {{en: Gone, zh: 离开}}
    meaning: {{en: No order for half a year., zh: 半年没有下单。}}
    rule: days_since_last_order > 180
    leaving: true
""",
}


def starting_text(sort: Sort, definitions: Definitions) -> tuple[str, str]:
    """A free key and the text to begin with."""
    taken = set(getattr(definitions, sort)) | (set(definitions.value_segments) if sort == "segments" else set())
    noun = sort.removesuffix("s")
    key = next(f"{noun}_{number}" for number in range(1, 10_000) if f"{noun}_{number}" not in taken)
    return key, _TEXTS[sort].format(key=key)
