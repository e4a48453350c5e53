"""`--customers NUMBER`: who stands behind one number of a report, named by the words the web's addresses use too."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from tenure_cli.speaking import tr

__all__ = ["WORDS", "customers", "named", "one"]

WORDS: dict[str, dict[str, str]] = {  # report: the words that name a number of it, with examples
    "moves": {"from": "conversion", "to": "retention"},
    "survival": {"stage": "conversion", "outcome": "ended", "low": "0", "high": "30"},
    "cohorts": {"cohort": "2026-01", "period": "2026-03"},
    "flow": {"period": "2026-01", "kind": "new"},
    "funnel": {"step": "retention", "outcome": "reached"},
}
CHOICES = {
    "survival": ("all", "ended", "lasting"),
    "flow": ("new", "returning", "resurrected", "dormant"),
    "funnel": ("reached", "skipped", "lost"),
    "events": ("reached", "lost"),
}
LONGEST = 1_000_000


def named(report: str, text: str) -> dict[str, str]:
    """The words of a number, such as {"from": "conversion", "to": "retention"}. Raises UsageError."""
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        word, sign, value = (each.strip() for each in part.partition("="))
        if not sign or not value or word not in WORDS[report]:
            raise _unknown(report, part)
        found[word] = value
    return found


def _unknown(report: str, part: str) -> Exception:
    from tenure.errors import UsageError

    example = ",".join(f"{word}={value}" for word, value in WORDS[report].items())
    return UsageError(tr('--customers: "{part}" names no number here. Such as: {example}', part=part, example=example))


def customers(asked: Any, report: str, number: Mapping[str, str]) -> list[str]:
    """The ids of the customers behind the number, by the conditions it was counted by. Raises UsageError."""
    from tenure.reports import customer_ids

    ways = {"moves": _moves, "survival": _survival, "cohorts": _cohorts, "flow": _flow, "funnel": _funnel}
    try:
        found = ways[report](asked, number)
    except (KeyError, ValueError) as error:  # a word is missing, a day or a number of days is none
        raise _unknown(report, ",".join(f"{word}={value}" for word, value in number.items())) from error
    return list(customer_ids(asked.con, found.keys))


def one(value: str, known: Sequence[str]) -> str:
    """The value, one of those known. Raises UsageError with them."""
    from tenure.errors import UsageError

    if value not in known:
        text = '--customers: "{value}" is none of: {listed}.'
        raise UsageError(tr(text, value=value, listed=", ".join(known)))
    return value


def _stage(asked: Any, value: str) -> str:
    return one(value, [stage.key for stage in asked.lifecycle.stages])


def _days(number: Mapping[str, str], word: str, usual: int) -> int:
    return min(int(number.get(word, usual)), LONGEST)


def _period(asked: Any, text: str) -> date:
    """The first day of the period that a day, or a month such as 2026-01, lies in. Raises ValueError."""
    from tenure.reports import period_of

    return period_of(date.fromisoformat(f"{text}-01" if len(text) == 7 else text), asked.chosen.step)


def _moves(asked: Any, number: Mapping[str, str]) -> Any:
    """Without `to`: all who were in the stage; without `from`: who came new."""
    from tenure.reports import move_customers, open_customers

    start = _stage(asked, number["from"]) if "from" in number else None
    if start is not None and "to" not in number:
        return open_customers(asked.con, asked.lifecycle.key, start, asked.start, asked.end)
    end = _stage(asked, number["to"])
    return move_customers(asked.con, asked.lifecycle.key, start, end, asked.start, asked.end)


def _survival(asked: Any, number: Mapping[str, str]) -> Any:
    from tenure.reports import stay_customers

    outcome: Any = one(number.get("outcome", "all"), CHOICES["survival"])
    where = (asked.lifecycle.key, _stage(asked, number["stage"]), asked.start, asked.end, asked.day)
    return stay_customers(asked.con, *where, _days(number, "low", 0), _days(number, "high", LONGEST), outcome)


def _cohorts(asked: Any, number: Mapping[str, str]) -> Any:
    """Without a period: all of the cohort."""
    from tenure.reports import cohort_customers

    cohort = _period(asked, number["cohort"])
    period = _period(asked, number["period"]) if "period" in number else None
    return cohort_customers(asked.con, cohort, period, asked.end, asked.chosen.by, asked.chosen.step)


def _flow(asked: Any, number: Mapping[str, str]) -> Any:
    from tenure.reports import flow_customers

    kind: Any = one(number["kind"], CHOICES["flow"])
    end = asked.end + timedelta(days=1)
    return flow_customers(asked.con, _period(asked, number["period"]), kind, end, asked.chosen.step)


def _funnel(asked: Any, number: Mapping[str, str]) -> Any:
    """Without a step: all who began."""
    from tenure.reports import event_funnel_customers, stage_funnel_customers

    names, within = asked.funnel
    steps = names or [stage.key for stage in asked.lifecycle.stages if not stage.leaving]
    place = steps.index(one(number["step"], steps)) + 1 if "step" in number else 0
    outcome: Any = one(number.get("outcome", "reached"), CHOICES["events" if names else "funnel"])
    where = (outcome, asked.start, asked.end, asked.day, within)
    if names:
        return event_funnel_customers(asked.con, names, max(place, 1), *where)
    return stage_funnel_customers(asked.con, asked.lifecycle, place, *where)
