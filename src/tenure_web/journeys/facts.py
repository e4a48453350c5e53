"""What is known about customers when a journey decides: the row its rules read, and whether its trigger still holds."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from tenure.definitions import Feature as Definition
from tenure.journeys import IN, STAGE, Facts, Trigger
from tenure_web.customers.labels import label_ids, label_key
from tenure_web.customers.models import Feature, Membership, Place, State
from tenure_web.worker import workspace

__all__ = ["rows_of", "with_trigger"]


def rows_of(customer_keys: Iterable[int]) -> dict[int, dict[str, Any]]:
    """{customer_key: {feature: value, "segment": key, "stage_<lifecycle>": key}} from the current projections."""
    keys = list(set(customer_keys))
    own = {number: key for key, number in label_ids("own").items()}
    features = workspace.current().definitions.features
    nowhere = {IN + key: False for key in workspace.current().definitions.segments}
    rows: dict[int, dict[str, Any]] = {key: dict(nowhere) for key in keys}
    for start in range(0, len(keys), 1000):
        part = keys[start : start + 1000]
        for key, values in Feature.objects.filter(customer_key__in=part).values_list("customer_key", "values"):
            rows[key] |= {name: _typed(features.get(name), value) for name, value in values.items()}
        for key, stage in Place.objects.filter(customer_key__in=part).values_list("customer_key", "stage"):
            lifecycle, _slash, word = label_key(stage).partition("/")
            rows[key][STAGE + lifecycle] = word
        for key, segment in State.objects.filter(customer_key__in=part).values_list("customer_key", "segment"):
            if segment is not None:
                rows[key]["segment"] = label_key(segment)
        for key, number in Membership.objects.filter(customer_key__in=part).values_list("customer_key", "segment"):
            rows[key][IN + own[number]] = True
    return rows


def _typed(feature: Definition | None, value: Any) -> Any:
    """Days and times come out of JSON as text."""
    if feature is None or not isinstance(value, str):
        return value
    if feature.type == "date":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if feature.type == "time" else value


def with_trigger(row: dict[str, Any], trigger: Trigger) -> Facts:
    """The facts of one customer for a journey with this trigger."""
    if trigger.segment:
        own = row.get(IN + trigger.segment)
        inside = row.get("segment") == trigger.segment if own is None else bool(own)
        return Facts(row, inside != trigger.leaves)
    return Facts(row, row.get(STAGE + trigger.lifecycle) == trigger.stage)
