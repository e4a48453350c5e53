"""A definition's text ⇄ the inputs of a form. The text is what counts: a form only shows it and writes into it.

An input's name is its place in the text, joined by dots: `stages.churn.title.en`. Keys hold no dots.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenure.definitions import Patch, Sort, plain
from tenure_web.definitions import cut_points, segment_form
from tenure_web.definitions.inputs import Card, Input, both, lines, listed, mapping, one_language
from tenure_web.definitions.words import feature_choices, feature_hint

__all__ = ["Card", "Input", "cards", "patched"]

METRICS = (
    ("", gettext_lazy("no figure")),
    ("forward_rate", gettext_lazy("share that moves forward")),
    ("leaving_rate", gettext_lazy("share that leaves")),
    ("stay_rate", gettext_lazy("share that stays")),
    ("return_rate", gettext_lazy("share that orders again")),
    ("contacted_rate", gettext_lazy("share that was contacted")),
    ("revenue", gettext_lazy("revenue")),
    ("average_order", gettext_lazy("average order")),
    ("customers", gettext_lazy("number of customers")),
)


def cards(sort: Sort, key: str, text: str, new: bool = False) -> list[Card]:
    """The form of a text, with its key as long as it is new. Raises DefinitionError when it is no YAML."""
    found = _cards(sort, key, text)
    if not new:
        return found
    hint = _("How files, rules and commands name it: small letters, digits and _.")
    return [replace(found[0], inputs=(Input("key", _("Identifier"), key, hint=hint), *found[0].inputs)), *found[1:]]


def _cards(sort: Sort, key: str, text: str) -> list[Card]:
    said = plain(text)
    if sort == "lifecycles":
        return _lifecycle(said)
    if sort == "rfm":
        return cut_points.cards(sort, mapping(said.get(sort)))
    inner = mapping(mapping(said.get(sort)).get(key))
    path = f"{sort}.{key}"
    return _feature(path, inner) if sort == "features" else segment_form.cards(path, inner)


def _lifecycle(said: dict[str, Any]) -> list[Card]:
    stages = mapping(said.get("stages"))
    order = said.get("rule_order") or list(stages)
    head = Card(
        _("The lifecycle"),
        (
            *both("title", said.get("title")),
            *both("meaning", said.get("meaning"), "area"),
            Input(
                "rule_order",
                _("Rules are tried in this order"),
                ", ".join(map(str, order)),
                "names",
                hint=_("The first rule that holds takes the customer; the stage without a rule takes the rest."),
            ),
            Input(
                "forward_only",
                _("Nobody falls back behind the furthest stage reached"),
                said.get("forward_only", ""),
                "flag",
            ),
        ),
    )
    keys = list(stages)
    return [head, *(_stage(key, mapping(stages[key]), key == keys[0], key == keys[-1]) for key in keys)]


def _stage(key: str, said: dict[str, Any], first: bool, last: bool) -> Card:
    path = f"stages.{key}"
    title = mapping(said.get("title"))
    return Card(
        " · ".join(filter(None, (title.get("zh"), title.get("en")))) or key,
        (
            *both(f"{path}.title", said.get("title")),
            *both(f"{path}.meaning", said.get("meaning"), "area"),
            Input(f"{path}.rule", _("Who is here"), said.get("rule", ""), "rule"),
        ),
        key,
        first,
        last,
        (
            *both(f"{path}.owner", said.get("owner")),
            *lines(f"{path}.needs", said.get("needs")),
            *_goal(f"{path}.task_target", said.get("task_target")),
            *_goal(f"{path}.outcome_target", said.get("outcome_target")),
            *lines(f"{path}.strategies", said.get("strategies")),
            Input(
                f"{path}.minimum_stay",
                _("Stay at least days"),
                said.get("minimum_stay", ""),
                "number",
                hint=_("For so many days after entering nothing moves a customer out."),
                half=True,
            ),
            Input(
                f"{path}.leave",
                _("Stay until"),
                said.get("leave", ""),
                hint=_("A condition; without it the rules of other stages decide at once."),
                half=True,
            ),
            Input(f"{path}.leaving", _("Customers here are gone or going"), said.get("leaving", ""), "flag"),
        ),
    )


def _goal(path: str, node: Any) -> tuple[Input, ...]:
    said = mapping(node)
    return (
        *both(path, node),
        Input(f"{path}.metric", _("measured by"), said.get("metric", ""), "select", METRICS, half=True),
        Input(f"{path}.days", _("within days"), said.get("days", ""), "number", half=True),
        Input(
            f"{path}.target",
            _("to reach"),
            said.get("target", ""),
            "number",
            hint=_("A share such as 0.3, or an amount."),
            half=True,
        ),
        Input(f"{path}.at_most", _("It must stay below"), said.get("at_most", ""), "flag", half=True),
    )


FEATURE_INPUTS = {  # the keys a form knows, in its order: (label, kind of input)
    "kind": (gettext_lazy("Computed as"), "select"),
    "events": (gettext_lazy("Of these events"), "names"),
    "of": (gettext_lazy("Value taken"), "text"),
    "where": (gettext_lazy("Only those where"), "condition"),
    "within_days": (gettext_lazy("Within the last days"), "number"),
    "period": (gettext_lazy("Within a calendar period"), "select"),
    "since_first": (gettext_lazy("Since the first"), "text"),
    "since_last": (gettext_lazy("Since the latest"), "text"),
    "part": (gettext_lazy("The part that counts"), "text"),
    "every": (gettext_lazy("In a row of"), "select"),
    "expression": (gettext_lazy("Calculation"), "area"),
    "type": (gettext_lazy("Type"), "select"),
    "unit": (gettext_lazy("Unit"), "select"),
}


def _feature(path: str, said: dict[str, Any]) -> list[Card]:
    inputs = tuple(
        Input(
            f"{path}.{key}",
            str(label),
            listed(said.get(key, "")),
            "text" if kind == "condition" else kind,
            feature_choices(key),
            feature_hint(key),
            half=kind != "area",
        )
        for key, (label, kind) in FEATURE_INPUTS.items()
        if _fits(key, said)
    )
    words = tuple(
        each for name in ("counter", "phrase", "some", "none") for each in both(f"{path}.{name}", said.get(name))
    )
    return [
        Card(
            _("The feature"),
            (
                *both(f"{path}.title", said.get("title")),
                *both(f"{path}.meaning", said.get("meaning"), "area"),
                *inputs,
            ),
            more=words,
        )
    ]


def _fits(key: str, said: dict[str, Any]) -> bool:
    """Whether an input goes with the kind, or stands there already; a mapping is only shown as YAML."""
    present = said.get(key)
    if isinstance(present, Mapping):
        return False
    only = {"part": "share", "every": "streak", "expression": "derived"}
    if key in only:
        return bool(present) or said.get("kind") == only[key]
    reads_events = said.get("kind") not in ("derived", "today", "company")
    of_company = key == "of" and said.get("kind") == "company"
    return bool(present) or reads_events or of_company or key in ("kind", "type", "unit")


# writing


def patched(sort: Sort, key: str, text: str, posted: Mapping[str, str], doing: str = "") -> str:
    """The text with what a form said, and with a stage or a trait added, moved or taken out where `doing` says so."""
    patch = Patch(text)
    if sort == "rfm":
        cut_points.write(patch, sort, posted, _number)
        return patch.text()
    for card in cards(sort, key, text):
        for each in (*card.inputs, *card.more):
            if (f"{each.name}.shown" if each.kind == "flag" else each.name) in posted:
                _write(patch, each, posted.get(each.name, ""))
    if doing and sort == "segments":
        segment_form.do(patch, (sort, key), doing)
    elif doing:
        _do(patch, doing)
    if "key" in posted:
        _name(patch, sort, key, posted["key"].strip())
    return patch.text()


def _name(patch: Patch, sort: Sort, key: str, wanted: str) -> None:
    if sort == "lifecycles":
        patch.set(("lifecycle",), wanted)
    else:
        patch.rename((sort, key), wanted)


def _write(patch: Patch, each: Input, value: str) -> None:
    value = value.replace("\r\n", "\n").strip("\n")
    path = tuple(each.name.split("."))
    if value.strip() == str(each.value).strip():
        return
    match each.kind:
        case "lines":
            _write_lines(patch, path, value)
        case "names":
            names = [name.strip() for name in value.split(",") if name.strip()]
            patch.set(path, names[0] if len(names) == 1 and path[-1] == "events" else names)
        case "flag":
            patch.set(path, True if value == "true" else None)
        case "number":
            patch.set(path, _number(value))
        case _:
            patch.set(path, " ".join(value.split()))


def _number(text: str) -> int | float | str:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text.strip()


def _write_lines(patch: Patch, path: tuple[str, ...], value: str) -> None:
    """Put the lines of one language into a list of {en, zh}; other entries of a line (a campaign) stay with it."""
    *where, language = path
    rows = _rows(patch, tuple(where))
    texts = [text.strip() for text in value.split("\n")]
    while len(rows) < len(texts):
        rows.append({})
    for index, row in enumerate(rows):
        row[language] = texts[index] if index < len(texts) else ""
    kept = [{name: said for name, said in row.items() if said} for row in rows]
    patch.set(tuple(where), [row for row in kept if row.get("en") or row.get("zh")])


def _rows(patch: Patch, path: tuple[str, ...]) -> list[dict[str, Any]]:
    node = patch.get(path)
    return [
        dict(each) if isinstance(each, Mapping) else one_language(each)
        for each in (node if isinstance(node, list) else [])
    ]


def _do(patch: Patch, doing: str) -> None:
    """add_stage, up:KEY, down:KEY, drop:KEY."""
    stages = list(mapping(patch.get(("stages",))))
    what, _colon, key = doing.partition(":")
    if what == "add_stage":
        _add_stage(patch, stages)
    elif key in stages and what == "drop" and len(stages) > 2:
        patch.set(("stages", key), None)
        patch.set(("rule_order",), [each for each in _order(patch, stages) if each != key])
    elif key in stages and what in ("up", "down"):
        at = stages.index(key)
        other = min(max(at + (1 if what == "down" else -1), 0), len(stages) - 1)
        stages[at], stages[other] = stages[other], stages[at]
        patch.order(("stages",), stages)


def _order(patch: Patch, stages: list[str]) -> list[str]:
    named = patch.get(("rule_order",))
    return [str(each) for each in named] if isinstance(named, list) else stages


def _add_stage(patch: Patch, stages: list[str]) -> None:
    number = next(n for n in range(1, 100) if f"stage_{n}" not in stages)
    key = f"stage_{number}"
    order = _order(patch, stages)
    patch.set(
        ("stages", key),
        {
            "title": {"en": f"Stage {number}", "zh": f"阶段 {number}"},
            "meaning": {"en": "Say in words who is here.", "zh": "用一句话说明这一阶段是哪些客户。"},
            "rule": "orders >= 1",
        },
    )
    patch.set(("rule_order",), [key, *order])
