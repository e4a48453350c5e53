"""A journey's tree in words for people: triggers, steps, goals, reasons."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from tenure.journeys import kind_of
from tenure_web.journeys.catalogue import rule_words
from tenure_web.messages.models import Template
from tenure_web.worker import workspace

__all__ = ["EVENTS", "ICONS", "KINDS", "REASONS", "goal_words", "step_line", "text_of", "trigger_words", "way_words"]

Tree = Mapping[str, Any]

ICONS = {"wait": "clock", "check": "filter", "branch": "arrows-split", "email": "mail"}
KINDS: dict[str, Any] = {
    "wait": pgettext_lazy("step", "Wait"),
    "check": pgettext_lazy("step", "Check"),
    "branch": pgettext_lazy("step", "Branch"),
    "email": pgettext_lazy("step", "E-mail"),
}
REASONS: dict[str, Any] = {
    "goal": gettext_lazy("Reached the goal"),
    "end": gettext_lazy("Walked to the end"),
    "check": gettext_lazy("A check was not met"),
    "exit": gettext_lazy("The exit rule held"),
    "left": gettext_lazy("No longer in the stage or segment"),
    "gone": gettext_lazy("The step is no more"),
}
EVENTS: dict[str, Any] = {
    "Order Completed": gettext_lazy("Order"),
    "Email Opened": gettext_lazy("Opens an e-mail"),
    "Email Link Clicked": gettext_lazy("Clicks a link in an e-mail"),
    "Signed Up": gettext_lazy("Signs up"),
    "Subscription Started": gettext_lazy("Starts a subscription"),
    "Subscription Renewed": gettext_lazy("Renews a subscription"),
}


def _language() -> str:
    return "zh" if (get_language() or "en").startswith("zh") else "en"


def text_of(words: Any) -> str:
    """The present language's text of {en, zh}."""
    if not isinstance(words, Mapping):
        return str(words or "")
    first, second = ("zh", "en") if _language() == "zh" else ("en", "zh")
    return str(words.get(first) or words.get(second) or "")


def stage_words(lifecycle: str, stage: str) -> str:
    """“Growth: Retention”, 「成长：留存」."""
    found = workspace.current().definitions.lifecycles.get(lifecycle)
    if found is None:
        return f"{lifecycle}: {stage}"
    title = next((each.title.text(_language()) for each in found.stages if each.key == stage), stage)
    return f"{found.title.text(_language())}{'：' if _language() == 'zh' else ': '}{title}"


def trigger_words(tree: Tree) -> str:
    """Who enters."""
    trigger = tree.get("trigger") or {}
    if trigger.get("segment"):
        definitions, key = workspace.current().definitions, trigger["segment"]
        own = definitions.segments.get(key)
        found = own or definitions.value_segments.get(key)
        values = {"segment": found.title.text(_language()) if found else key}
        if trigger.get("leaves"):
            return _("Leaves the segment “%(segment)s”") % values
        return (_("Enters the segment “%(segment)s”") if own else _("Enters the value segment “%(segment)s”")) % values
    if trigger.get("lifecycle") and trigger.get("stage"):
        return _("Enters the stage “%(stage)s”") % {"stage": stage_words(trigger["lifecycle"], trigger["stage"])}
    return _("Choose who enters")


def goal_words(tree: Tree) -> str:
    """What the journey is for, or nothing."""
    goal = tree.get("goal") or {}
    if goal.get("event"):
        what = str(EVENTS.get(goal["event"], goal["event"]))
    elif goal.get("stage"):
        what = stage_words(goal.get("lifecycle", ""), goal["stage"])
    else:
        return ""
    days = int(goal.get("days") or 30)
    return ngettext("%(what)s within %(n)d day", "%(what)s within %(n)d days", days) % {"what": what, "n": days}


def step_line(step: Tree, templates: Mapping[str, Template]) -> str:
    """One line of what a step does."""
    kind = kind_of(step)
    if kind == "wait":
        return wait_words(step["wait"] or {})
    if kind == "email":
        found = templates.get(step["email"])
        return found.title if found else _("Choose a template")
    if kind == "check":
        return rule_words(step["check"], _language()) if step["check"] else _("Write the condition")
    ways = len(step["branch"]) + 1
    return ngettext("%(n)d way", "%(n)d ways", ways) % {"n": ways}


def wait_words(time: Tree) -> str:
    """“2 days 3 hours”, 「2 天 3 小时」."""
    said = []
    for unit, words in (
        ("days", lambda n: ngettext("%(n)d day", "%(n)d days", n)),
        ("hours", lambda n: ngettext("%(n)d hour", "%(n)d hours", n)),
        ("minutes", lambda n: ngettext("%(n)d minute", "%(n)d minutes", n)),
    ):
        if time.get(unit):
            said.append(words(int(time[unit])) % {"n": int(time[unit])})
    return " ".join(said) or _("Say how long")


def way_words(step: Tree, number: int) -> str:
    """What stands on one way of a branch; the last one is for all others."""
    if number >= len(step["branch"]):
        return _("Everybody else")
    arm = step["branch"][number]
    return text_of(arm.get("title")) or (
        rule_words(arm["when"], _language()) if arm.get("when") else _("Write the condition")
    )
