"""What lies ahead of one customer: what the next stage lacks, which deeds would change the stage, when time alone will.

Nothing is guessed. A deed is tried out: the customer's own events and one, two or three more of a kind that the rules
read (on neighbouring days, an order of the usual amount), taken through the same history as everybody's. The same deed
is tried on each of the coming days, so that "within 12 days" is the last day on which it would still do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import duckdb

from tenure.clock import AsOf, naive
from tenure.definitions import Definitions, Events, Feature, Lifecycle, Reason, Stage, Words
from tenure.features.companies import company_rows_sql
from tenure.features.compile import Scan, given_by_source
from tenure.stages.explain import LifecycleReason
from tenure.stages.history import compute_history

__all__ = ["Ahead", "Coming", "Deed", "ahead"]

MOST = 3  # deeds of one kind
WITHIN = 60  # days on which a deed is tried
ALONE = 400  # days for which time alone is followed
NAMES = {  # event: (once, several times, in Chinese)
    "Order Completed": ("order", "orders", "下单"),
    "Order Refunded": ("refund", "refunds", "退款"),
    "Product Added": ("product in the cart", "products in the cart", "加购"),
    "Email Opened": ("opened e-mail", "opened e-mails", "打开邮件"),
    "Subscription Cancelled": ("cancelled subscription", "cancelled subscriptions", "取消订阅"),
    "Invite Sent": ("recommendation", "recommendations", "推荐"),
    "Signed Up": ("sign-up", "sign-ups", "注册"),
    "page": ("visit", "visits", "到访"),
    "identify": ("profile update", "profile updates", "更新资料"),
}


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a customer could do: in words, the stage it would lead to, and the last day it would (None: any)."""

    words: Words
    stage: Stage
    within_days: int | None


@dataclass(frozen=True, slots=True)
class Coming:
    """The next move if nothing happens at all: its day, in how many days, and the stage."""

    day: date
    days: int
    stage: Stage


@dataclass(frozen=True, slots=True)
class Ahead:
    """Of one lifecycle: the next stage with the conditions it lacks, deeds that would change the stage, and time.

    `next` is the following stage that is no leaving one (out of a leaving stage the first with a rule); None at the
    end. `asked` are its conditions, met or not. `before` is the present stage, where the next one's rule holds as well
    but is tried later.
    """

    lifecycle: Lifecycle
    next: Stage | None
    asked: tuple[Reason, ...]
    before: Stage | None
    deeds: tuple[Deed, ...]
    coming: Coming | None


@dataclass(frozen=True, slots=True)
class _Trial:
    """A deed tried: which events, how many, how many days from now the first happens. Its number is a customer key."""

    events: Events
    count: int
    offset: int


def ahead(
    con: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    reasons: Sequence[LifecycleReason],
    row: Mapping[str, Any],
    customer_key: int,
    moment: AsOf,
) -> tuple[Ahead, ...]:
    """What lies ahead in every lifecycle of `reasons`; `row` holds the features they were read from.

    `con` needs the view `events` of (at least) this customer; afterwards it shows the deeds that were tried.
    """
    lifecycles = [reason.lifecycle for reason in reasons]
    con.execute(
        "CREATE OR REPLACE TEMP TABLE own_events AS SELECT * FROM events WHERE customer_key = ? AND ts < ?",
        [customer_key, naive(moment.instant)],
    ).fetchall()
    con.execute("CREATE OR REPLACE TEMP TABLE tried_events AS SELECT * FROM own_events WHERE false").fetchall()
    con.execute("CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM tried_events").fetchall()
    _give(con, definitions, customer_key, moment)
    alone = _stays(con, definitions, lifecycles, [], moment, ALONE)[0]
    kinds = _kinds(definitions, lifecycles)
    first = [_Trial(events, count, 0) for events in kinds for count in range(1, MOST + 1)]
    found = _reached(con, definitions, lifecycles, first, moment, alone)
    smallest: dict[tuple[str, Events], tuple[int, str]] = {}
    for trial, reached in zip(first, found, strict=True):
        for lifecycle in lifecycles:
            if lifecycle.key in reached:
                smallest.setdefault((lifecycle.key, trial.events), (trial.count, reached[lifecycle.key]))
    lasting = _lasting(con, definitions, lifecycles, smallest, moment, alone)
    return tuple(_told(definitions, reason, row, smallest, lasting, alone, moment) for reason in reasons)


def _give(con: duckdb.DuckDBPyConnection, definitions: Definitions, customer_key: int, moment: AsOf) -> None:
    """Let all copies be scored as the customer was, and be of the same company: no deed changes that."""
    con.execute("CREATE OR REPLACE TEMP TABLE copies (number BIGINT)").fetchall()
    for source, members in given_by_source(definitions.features.values()).items():
        if source == "company":
            instant = naive(moment.instant).isoformat(sep=" ")
            rows = company_rows_sql(members, instant, f"customer_key = {int(customer_key)}")
            con.execute(f"CREATE OR REPLACE TEMP TABLE own_company AS SELECT * FROM ({rows})").fetchall()
            continue
        own, table = f"own_{source}", f"{source}_history"
        mine = f"SELECT * FROM {table} WHERE customer_key = {int(customer_key)}"
        con.execute(f"CREATE OR REPLACE TEMP TABLE {own} AS {mine}").fetchall()
        copied = f"SELECT {own}.* REPLACE (number AS customer_key) FROM {own}, copies"
        con.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS {copied}").fetchall()


def _kinds(definitions: Definitions, lifecycles: Sequence[Lifecycle]) -> list[Events]:
    """The kinds of events that the rules read, named ones only."""
    keys = frozenset(key for lifecycle in lifecycles for key in lifecycle.features)
    features = Scan(definitions, keys).features()
    read = [feature.events for feature in features if feature.kind not in ("derived", "company")]
    named = [events for events in read if events and (events.names or events.kinds)]
    return list(dict.fromkeys(Events(each.names[:1], each.kinds[:1] * (not each.names), each.where) for each in named))


def _stays(
    con: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    lifecycles: Sequence[Lifecycle],
    trials: Sequence[_Trial],
    moment: AsOf,
    days: int,
) -> list[dict[str, list[tuple[date, str]]]]:
    """(entered, stage) by lifecycle: of the customer left alone, then of each trial."""
    con.execute(
        "CREATE OR REPLACE TEMP TABLE tried_events AS SELECT * REPLACE (t.number AS customer_key)"
        " FROM own_events, (SELECT unnest(range(?)) AS number) AS t",
        [len(trials) + 1],
    ).fetchall()
    con.execute(
        "CREATE OR REPLACE TEMP TABLE copies AS SELECT unnest(range(?)) AS number", [len(trials) + 1]
    ).fetchall()
    _add(con, trials, moment)
    until = AsOf(moment.instant + timedelta(days=days), moment.day + timedelta(days=days))
    compute_history(
        con,
        definitions,
        until,
        lifecycles=[lifecycle.key for lifecycle in lifecycles],
        customers=range(len(trials) + 1),
        table="ahead_stays",
        given={"company": "SELECT number AS customer_key, x, given_company FROM own_company, copies"},
    )
    found: list[dict[str, list[tuple[date, str]]]] = [{} for _ in range(len(trials) + 1)]
    for number, lifecycle, entered, stage in con.execute(
        "SELECT customer_key, lifecycle, entered, stage FROM ahead_stays ORDER BY 1, 2, entered, cause DESC"
    ).fetchall():
        found[number].setdefault(lifecycle, []).append((entered, stage))
    return found


def _add(con: duckdb.DuckDBPyConnection, trials: Sequence[_Trial], moment: AsOf) -> None:
    """Put the tried events beside the customer's own, an order with the amount of the usual one."""
    rows = [
        (number, trial.events, step + trial.offset)
        for number, trial in enumerate(trials, 1)
        for step in range(trial.count)
    ]
    if not rows:
        return
    values = {
        "instant": naive(moment.instant),
        "day": moment.day,
        "numbers": [number for number, _, _ in rows],
        "kinds": ["track" if events.names else events.kinds[0] for _, events, _ in rows],
        "names": [events.names[0] if events.names else None for _, events, _ in rows],
        "properties": [json.dumps({name: some[0] for name, some in events.where}) for _, events, _ in rows],
        "days": [offset for _, _, offset in rows],
        "places": list(range(len(rows))),
    }
    con.execute(files("tenure.stages").joinpath("tried.sql").read_text("utf-8"), values).fetchall()


def _at(stays: Sequence[tuple[date, str]], day: date) -> str | None:
    """The stage at the end of a day."""
    return next((stage for entered, stage in reversed(stays) if entered <= day), None)


def _reached(
    con: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    lifecycles: Sequence[Lifecycle],
    trials: Sequence[_Trial],
    moment: AsOf,
    alone: dict[str, list[tuple[date, str]]],
) -> list[dict[str, str]]:
    """For each trial the stage on the day of its last deed, where a lifecycle's differs from being left alone."""
    if not trials:
        return []
    days = max(trial.offset + trial.count for trial in trials)
    found = _stays(con, definitions, lifecycles, trials, moment, days + 1)[1:]
    reached = []
    for trial, stays in zip(trials, found, strict=True):
        day = moment.day + timedelta(days=trial.offset + trial.count - 1)
        places = {key: (_at(mine, day), _at(alone.get(key, []), day)) for key, mine in stays.items()}
        reached.append({key: stage for key, (stage, otherwise) in places.items() if stage and stage != otherwise})
    return reached


def _lasting(
    con: duckdb.DuckDBPyConnection,
    definitions: Definitions,
    lifecycles: Sequence[Lifecycle],
    smallest: dict[tuple[str, Events], tuple[int, str]],
    moment: AsOf,
    alone: dict[str, list[tuple[date, str]]],
) -> dict[tuple[str, Events], int | None]:
    """The last offset in days on which each deed still leads to its stage; None where it does on every day tried."""
    wanted = dict.fromkeys((events, count) for (_, events), (count, _) in smallest.items())
    trials = [_Trial(events, count, offset) for events, count in wanted for offset in range(1, WITHIN + 1)]
    if not trials:
        return {}
    found = _stays(con, definitions, lifecycles, trials, moment, WITHIN + MOST + 1)[1:]
    by_trial = dict(zip(trials, found, strict=True))
    lasting: dict[tuple[str, Events], int | None] = {}
    for (key, events), (count, stage) in smallest.items():
        lasting[key, events] = None
        for offset in range(1, WITHIN + 1):
            day = moment.day + timedelta(days=offset + count - 1)
            if _at(by_trial[_Trial(events, count, offset)].get(key, []), day) != stage:
                lasting[key, events] = offset - 1
                break
    return lasting


def _told(
    definitions: Definitions,
    reason: LifecycleReason,
    row: Mapping[str, Any],
    smallest: dict[tuple[str, Events], tuple[int, str]],
    lasting: dict[tuple[str, Events], int | None],
    alone: dict[str, list[tuple[date, str]]],
    moment: AsOf,
) -> Ahead:
    lifecycle = reason.lifecycle
    deeds = [
        Deed(_words(definitions, events, count), lifecycle.stage(stage), _days(lasting[key, events], count))
        for (key, events), (count, stage) in smallest.items()
        if key == lifecycle.key and stage != reason.stage.key
    ]
    following = next(((day, stage) for day, stage in alone.get(lifecycle.key, []) if day > moment.day), None)
    coming = (
        Coming(following[0], (following[0] - moment.day).days, lifecycle.stage(following[1])) if following else None
    )
    wanted = _next(lifecycle, reason.stage)
    asked = tuple(wanted.rule.why(row)) if wanted and wanted.rule else ()
    met = wanted is not None and wanted.rule is not None and wanted.rule.evaluate(row) is True
    return Ahead(lifecycle, wanted, asked, reason.stage if met else None, tuple(deeds), coming)


def _days(offset: int | None, count: int) -> int | None:
    return None if offset is None else offset + count - 1


def _next(lifecycle: Lifecycle, stage: Stage) -> Stage | None:
    staying = [each for each in lifecycle.stages if not each.leaving]
    if stage.leaving:
        return next((each for each in staying if each.rule), None)
    place = staying.index(stage) + 1
    return staying[place] if place < len(staying) else None


def _words(definitions: Definitions, events: Events, count: int) -> Words:
    """“2 more orders”, 「再下单 2 次」: from a feature that counts these events; else by the event's name."""
    name = events.names[0] if events.names else events.kinds[0]
    if name in NAMES and not events.where:
        one, many, zh = NAMES[name]
        return Words(f"{count} more {one if count == 1 else many}", f"再{zh} {count} 次")
    counting = [f for f in definitions.features.values() if f.kind == "count" and f.events == events and f.counter.en]
    if not counting:
        return Words(f"{count} more “{name}”", f"再发生 {count} 次「{name}」")
    feature: Feature = min(counting, key=lambda each: (each.within_days is not None, each.within_days or 0))
    one, _, many = feature.counter.en.partition("/")
    phrase = re.sub(r"^近\s?[\d一半]+\s?[天年]内?", "", feature.phrase.zh) or "{value}"
    zh = phrase.replace("{value}", f"{count} {feature.counter.zh}").strip()
    return Words(f"{count} more {one if count == 1 else many or one}", f"再{zh}")
