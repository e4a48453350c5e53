"""The pane beside the form: what is wrong with a draft, and what it would do, counted over everybody."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import duckdb
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tenure.basis import Basis, attach
from tenure.definitions import Definitions, Draft, Lifecycle, Sort
from tenure.reports.trial import FeatureTrial, LifecycleTrial, SegmentTrial, try_feature, try_lifecycle, try_segment
from tenure.segments import needs_consent
from tenure_web.definitions import counting, value_trial
from tenure_web.definitions.places import Line, Moved, names
from tenure_web.messages import consent
from tenure_web.theme.colours import slots
from tenure_web.theme.templatetags.look import money, number, told
from tenure_web.worker import workspace

__all__ = ["Tried", "placed", "tried"]

log = logging.getLogger("tenure.definitions")


@dataclass(frozen=True)
class Tried:
    """All the pane shows. `waiting`: there is no basis to count on yet. `by_rules`: stays that hold are left aside."""

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    waiting: bool = False
    as_of: datetime | None = None
    lines: tuple[Line, ...] = ()
    moved: tuple[Moved, ...] = ()
    shifted: int = 0
    customers: int = 0
    segment: SegmentTrial | None = None
    feature: FeatureTrial | None = None
    people: tuple[tuple[int, str, str], ...] = ()
    spread: tuple[tuple[str, str], ...] = ()
    words: dict[str, str] = field(default_factory=dict)
    by_rules: bool = False
    scores: value_trial.Scores | None = None


def tried(sort: Sort, draft: Draft, user: Any) -> Tried:
    """Check and count a draft for somebody who may see these customers' names or masks of them."""
    if draft.definitions is None:
        return Tried(problems=draft.problems, warnings=draft.warnings)
    basis = counting.basis()
    if basis is None:
        return Tried(warnings=draft.warnings, waiting=True, words=_words(sort, draft, draft.definitions))
    return _counted(sort, draft, draft.definitions, basis, user)


def _counted(sort: Sort, draft: Draft, drafted: Definitions, basis: Basis, user: Any) -> Tried:
    shop = workspace.current()
    con = attach(shop, basis, drafted)
    shown: dict[str, Any] = {
        "warnings": (*draft.warnings, *_unscored(shop.unscored(drafted))),
        "as_of": basis.as_of,
        "words": _words(sort, draft, drafted),
    }
    try:
        if sort == "lifecycles":
            present = shop.definitions.lifecycles.get(draft.key)
            shown |= _stages(drafted.lifecycles[draft.key], present, con, user)
        elif sort == "segments":
            shown |= _segment(draft.key, drafted, con, user)
        elif sort == "rfm":
            shown |= value_trial.tried(con, drafted, shop.definitions, basis.learned, user)
        else:
            shown |= _feature(draft.key, drafted, con, user)
    except duckdb.Error as error:
        log.warning("a draft of %s could not be counted: %s", draft.key, type(error).__name__)
        shown["problems"] = (_("This cannot be counted: a value is too large or of another kind."),)
    finally:
        con.close()
    return Tried(**shown)


def _unscored(sources: tuple[str, ...]) -> list[str]:
    """That rules read scores which nobody has made yet."""
    words = {"value": _("value"), "risk": _("risk of loss"), "health": _("health score"), "needs": _("needs")}
    text = _("No scores of %(score)s yet: rules that read them hold for nobody. The worker makes them once a day.")
    return [text % {"score": words[source]} for source in sources]


def _stages(drafted: Lifecycle, present: Lifecycle | None, con: duckdb.DuckDBPyConnection, user: Any) -> dict[str, Any]:
    by_rules = drafted.looks_back or (present is not None and present.looks_back)
    return {**placed(drafted, present, try_lifecycle(con, drafted, present), user), "by_rules": by_rules}


def placed(drafted: Lifecycle, present: Lifecycle | None, found: LifecycleTrial, user: Any) -> dict[str, Any]:
    """Who would be in which stage, as lines and moves with names."""
    return {
        "customers": found.customers,
        "shifted": found.shifted,
        "lines": tuple(_lines(drafted, found, user)),
        "moved": tuple(_moved(drafted, present, found, user)) if present else (),
    }


def _lines(drafted: Lifecycle, found: LifecycleTrial, user: Any) -> list[Line]:
    colours = _slots(drafted)
    new = found.before is None
    people = names({key for keys in found.examples.values() for key in keys}, user) if new else {}
    return [
        Line(
            told(stage.title),
            colours[stage.key],
            found.after[stage.key],
            None if found.before is None else found.before.get(stage.key, 0),
            found.after[stage.key] / found.customers if found.customers else 0.0,
            tuple((key, people[key]) for key in found.examples.get(stage.key, ()) if key in people),
        )
        for stage in drafted.stages
    ]


def _slots(lifecycle: Lifecycle) -> dict[str, str]:
    stages = lifecycle.stages
    return slots([stage.key for stage in stages], {stage.key for stage in stages if stage.leaving})


def _moved(drafted: Lifecycle, present: Lifecycle, found: LifecycleTrial, user: Any) -> list[Moved]:
    after, before = _slots(drafted), _slots(present)
    people = names({key for shift in found.shifts for key in shift.examples}, user)
    return [
        Moved(
            told(present.stage(shift.before).title),
            before[shift.before],
            told(drafted.stage(shift.after).title),
            after[shift.after],
            shift.customers,
            tuple((key, people[key]) for key in shift.examples if key in people),
        )
        for shift in found.shifts
    ]


def _segment(key: str, drafted: Definitions, con: duckdb.DuckDBPyConnection, user: Any) -> dict[str, Any]:
    outside = consent.agreed() if needs_consent(drafted, drafted.segments[key]) else None
    found = try_segment(con, key, drafted, workspace.current().definitions, outside)
    people = names(set(found.examples), user)
    return {"segment": found, "customers": found.of, "people": tuple((k, people[k], "") for k in people)}


def _feature(key: str, drafted: Definitions, con: duckdb.DuckDBPyConnection, user: Any) -> dict[str, Any]:
    feature = drafted.features[key]
    found = try_feature(con, feature)
    people = names({each[0] for each in found.examples}, user)

    def shown(value: Any) -> str:
        if feature.unit == "money":
            return str(money(round(float(value))))
        if feature.unit == "share":
            return f"{float(value):.1%}"
        return number(float(value), 0 if float(value) == int(float(value)) else 2)

    numeric = feature.type in ("integer", "float")
    labels = (_("smallest"), _("a quarter below"), _("half below"), _("three quarters below"), _("largest"))
    return {
        "feature": found,
        "customers": found.of,
        "people": tuple((k, people[k], shown(v) if numeric else v) for k, v in found.examples if k in people),
        "spread": tuple(zip(labels, map(shown, found.quarters), strict=False)),
    }


def _words(sort: Sort, draft: Draft, drafted: Definitions) -> dict[str, str]:
    """Rules in words, by the name of their input."""
    language = get_language() or "en"
    if sort == "lifecycles":
        stages = drafted.lifecycles[draft.key].stages
        return {f"stages.{stage.key}.rule": stage.rule.words(language) for stage in stages if stage.rule}
    if sort == "segments":
        inside, outside = drafted.segments[draft.key].words(language)
        path = f"segments.{draft.key}"
        return {f"{path}.rule": inside, f"{path}.exclude": outside}
    return {}
