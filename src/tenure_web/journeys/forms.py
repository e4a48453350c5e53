"""The forms of the right panel: one for the journey itself, one for each kind of step. They read and write the tree."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.definitions import parse
from tenure.errors import DefinitionError
from tenure.journeys import kind_of
from tenure_web.journeys.catalogue import columns
from tenure_web.journeys.words import EVENTS, stage_words, text_of
from tenure_web.messages.models import Template
from tenure_web.theme.saying import said
from tenure_web.worker import workspace

__all__ = ["JourneyForm", "step_form"]

Tree = Mapping[str, Any]
RULE = forms.Textarea({"rows": 3, "spellcheck": "false", "class": "rule"})


def check_rule(text: str) -> str:
    """The rule as it may be kept. Raises ValidationError with what is wrong."""
    try:
        parse(text, columns(workspace.current().definitions))
    except DefinitionError as error:
        raise forms.ValidationError([said(problem) for problem in error.problems]) from error
    return text


def stage_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every stage of every lifecycle, grouped."""
    return [
        (
            text_of({"en": lifecycle.title.en, "zh": lifecycle.title.zh}),
            [(f"stage:{key}/{stage.key}", stage_words(key, stage.key)) for stage in lifecycle.stages],
        )
        for key, lifecycle in workspace.current().definitions.lifecycles.items()
    ]


def segment_choices() -> list[tuple[str, str]]:
    """The value segments."""
    segments = workspace.current().definitions.value_segments
    return [(f"segment:{key}", text_of({"en": one.title.en, "zh": one.title.zh})) for key, one in segments.items()]


def own_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Own segments to come into, and to leave; nothing where there are none."""
    own = workspace.current().definitions.segments.items()
    names = [(key, text_of({"en": one.title.en, "zh": one.title.zh})) for key, one in own]
    if not names:
        return []
    entering = [(f"segment:{key}", name) for key, name in names]
    return [
        (_("Own segment"), entering),
        (_("Leaves an own segment"), [(f"leaves:{key}", name) for key, name in names]),
    ]


class JourneyForm(forms.Form):
    """Name, trigger, goal, holdout, re-entry, exit."""

    title_zh = forms.CharField(label=gettext_lazy("Name in Chinese"), required=False, max_length=120)
    title_en = forms.CharField(label=gettext_lazy("Name in English"), required=False, max_length=120)
    trigger = forms.ChoiceField(
        label=gettext_lazy("Who enters"), help_text=gettext_lazy("At the moment they get there.")
    )
    goal = forms.ChoiceField(label=gettext_lazy("Goal"), required=False)
    goal_days = forms.IntegerField(label=gettext_lazy("within days"), min_value=1, max_value=365, initial=30)
    holdout = forms.IntegerField(
        label=gettext_lazy("Leave alone for comparison, %"),
        min_value=0,
        max_value=90,
        initial=10,
        help_text=gettext_lazy("They walk the journey without messages, so that you see what it earns."),
    )
    again = forms.ChoiceField(
        label=gettext_lazy("Enter again"),
        choices=[
            ("never", gettext_lazy("Never")),
            ("days", gettext_lazy("After some days")),
            ("always", gettext_lazy("Every time")),
        ],
    )
    again_days = forms.IntegerField(label=gettext_lazy("days"), min_value=1, max_value=3650, initial=90, required=False)
    leaves = forms.BooleanField(
        label=gettext_lazy("Leave the journey when no longer in the stage or segment"), required=False
    )
    exit_rule = forms.CharField(label=gettext_lazy("Leave the journey when"), required=False, widget=RULE)

    def __init__(self, data: Any = None, *, tree: Tree) -> None:
        super().__init__(data, initial=_journey_initial(tree))
        self.fields["trigger"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose …")),
            (_("Value segment"), segment_choices()),
            *own_choices(),
            *stage_choices(),
        ]
        events = [(f"event:{key}", words) for key, words in EVENTS.items()]
        self.fields["goal"].choices = [  # type: ignore[attr-defined]
            ("", _("No goal")),
            (_("Event"), events),
            *stage_choices(),
        ]

    def clean_exit_rule(self) -> str:
        text: str = self.cleaned_data["exit_rule"].strip()
        return check_rule(text) if text else ""

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not (found.get("title_en") or found.get("title_zh")):
            self.add_error("title_zh", _("Give the journey a name."))
        return found

    def tree(self, before: Tree) -> dict[str, Any]:
        """The tree with the form's values."""
        found = self.cleaned_data
        again: Any = {"days": found["again_days"] or 90} if found["again"] == "days" else found["again"]
        after = {
            **before,
            "title": {"en": found["title_en"], "zh": found["title_zh"]},
            "trigger": _place(found["trigger"]),
            "holdout": found["holdout"],
            "again": again,
            "exit": {"leaves": found["leaves"], "when": found["exit_rule"]},
        }
        goal = _place(found["goal"])
        if goal:
            return {**after, "goal": {**goal, "days": found["goal_days"]}}
        return {name: value for name, value in after.items() if name != "goal"}


def _place(choice: str) -> dict[str, str | bool]:
    kind, _colon, value = choice.partition(":")
    if kind == "stage":
        lifecycle, _slash, stage = value.partition("/")
        return {"lifecycle": lifecycle, "stage": stage}
    if kind == "leaves":
        return {"segment": value, "leaves": True}
    return {kind: value} if value else {}


def _choice(place: Tree) -> str:
    if place.get("stage"):
        return f"stage:{place.get('lifecycle')}/{place['stage']}"
    if place.get("leaves"):
        return f"leaves:{place.get('segment')}"
    return next((f"{kind}:{place[kind]}" for kind in ("segment", "event") if place.get(kind)), "")


def _journey_initial(tree: Tree) -> dict[str, Any]:
    title = tree.get("title") or {}
    again, goal, leaving = tree.get("again", "never"), tree.get("goal") or {}, tree.get("exit") or {}
    return {
        "title_en": title.get("en", ""),
        "title_zh": title.get("zh", ""),
        "trigger": _choice(tree.get("trigger") or {}),
        "goal": _choice(goal),
        "goal_days": goal.get("days", 30),
        "holdout": tree.get("holdout", 0),
        "again": "days" if isinstance(again, Mapping) else again,
        "again_days": again.get("days", 90) if isinstance(again, Mapping) else 90,
        "leaves": bool(leaving.get("leaves")),
        "exit_rule": leaving.get("when", ""),
    }


class WaitForm(forms.Form):
    """How long to stay."""

    days = forms.IntegerField(label=gettext_lazy("Days"), min_value=0, max_value=3650, required=False)
    hours = forms.IntegerField(label=gettext_lazy("Hours"), min_value=0, max_value=8760, required=False)
    minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=0, max_value=10_000, required=False)

    def __init__(self, data: Any = None, *, step: Tree) -> None:
        super().__init__(data, initial=step["wait"])

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not self.errors and not any(found.values()):
            raise forms.ValidationError(_("Say how long."))
        return found

    def values(self) -> dict[str, Any]:
        return {"wait": {unit: amount for unit, amount in self.cleaned_data.items() if amount}}


class CheckForm(forms.Form):
    """The condition that must hold to go on."""

    rule = forms.CharField(label=gettext_lazy("Go on only if"), widget=RULE)

    def __init__(self, data: Any = None, *, step: Tree) -> None:
        super().__init__(data, initial={"rule": step["check"]})

    def clean_rule(self) -> str:
        return check_rule(self.cleaned_data["rule"])

    def values(self) -> dict[str, Any]:
        return {"check": self.cleaned_data["rule"]}


class EmailForm(forms.Form):
    """Which template is sent."""

    template = forms.ChoiceField(label=gettext_lazy("Template"))

    def __init__(self, data: Any = None, *, step: Tree) -> None:
        super().__init__(data, initial={"template": step["email"]})
        choices = [(found.key, found.title) for found in Template.objects.order_by("name")]
        self.fields["template"].choices = [("", _("Choose …")), *choices]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        return {"email": self.cleaned_data["template"]}


class BranchForm(forms.Form):
    """The ways of a branch, each with a condition and a name; a way without steps goes when its condition does."""

    MOST = 6

    def __init__(self, data: Any = None, *, step: Tree) -> None:
        super().__init__(data)
        self.step = step
        self.arms = list(step["branch"])
        for number in range(min(len(self.arms) + 1, self.MOST)):
            arm = self.arms[number] if number < len(self.arms) else {}
            title = arm.get("title") or {}
            self.fields[f"when_{number}"] = forms.CharField(
                label=_("Way %(n)d: if") % {"n": number + 1},
                widget=forms.Textarea({"rows": 2, "spellcheck": "false", "class": "rule"}),
                required=number == 0,
                initial=arm.get("when", ""),
            )
            self.fields[f"zh_{number}"] = forms.CharField(
                label=_("Name in Chinese"), required=False, max_length=60, initial=title.get("zh", "")
            )
            self.fields[f"en_{number}"] = forms.CharField(
                label=_("Name in English"), required=False, max_length=60, initial=title.get("en", "")
            )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for number in range(self.MOST):
            text = found.get(f"when_{number}", "").strip()
            full = number < len(self.arms) and self.arms[number]["steps"]
            if full and not text and f"when_{number}" not in self.errors:
                self.add_error(f"when_{number}", _("This way has steps. Remove them first."))
            if text:
                try:
                    check_rule(text)
                except forms.ValidationError as error:
                    self.add_error(f"when_{number}", error)
        return found

    def values(self) -> dict[str, Any]:
        arms = []
        for number in range(self.MOST):
            when = self.cleaned_data.get(f"when_{number}", "").strip()
            if when:
                steps = self.arms[number]["steps"] if number < len(self.arms) else []
                title = {name: self.cleaned_data[f"{name}_{number}"] for name in ("en", "zh")}
                arms.append({"when": when, "title": title, "steps": steps})
        return {"branch": arms}


FORMS = {"wait": WaitForm, "check": CheckForm, "email": EmailForm, "branch": BranchForm}


def step_form(step: Tree, data: Any = None) -> Any:
    """The form for a step; it has `values()` for the tree once it is valid."""
    return FORMS[kind_of(step)](data, step=step)
