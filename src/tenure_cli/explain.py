"""`tenure explain`: why a customer is in its stages."""

import argparse
from typing import Any

from tenure_cli import options, speaking
from tenure_cli.speaking import tr

SIGNS = {True: "+", False: "-", None: "?"}
SHOWN = 4  # moves of a lifecycle; --json has them all


def add(groups: Any) -> None:
    """tenure explain CUSTOMER [--as-of T]."""
    made = options.command(groups, "explain", tr("why a customer is in its stages"), run)
    made.add_argument("customer", metavar="CUSTOMER", help=tr("your id of the customer, its e-mail address or phone"))
    options.as_of(made)
    options.known_at(made)


def run(chosen: argparse.Namespace) -> int:
    """Explain one customer in every lifecycle."""
    workspace = options.opened(chosen)
    found = workspace.explain(chosen.customer, chosen.as_of, known_at=chosen.known_at, tell_past=True)
    speaking.document(_document(found)) if chosen.json else _tell(workspace, found)
    return 0


def _document(found: Any) -> dict[str, Any]:
    recency, frequency, monetary = found.scores
    return {
        "customer": found.customer,
        "as_of": found.as_of.text,
        "segment": {"key": found.segment, "recency": recency, "frequency": frequency, "monetary": monetary},
        "lifecycles": [
            {
                "lifecycle": reason.lifecycle.key,
                "stage": reason.stage.key,
                "title": speaking.both(reason.stage.title),
                "since": found.since(reason.lifecycle.key),
                "rule": reason.stage.rule_text or None,
                "conditions": [{"en": each.en, "zh": each.zh, "met": each.met} for each in reason.met],
                "features": reason.evidence,
                "held": _held(reason.held),
                "ahead": _ahead(found.ahead, reason),
                "totals": [
                    {"stage": each.stage, "stays": each.stays, "days": each.days, "latest_days": each.latest_days}
                    for each in _totals(found, reason)
                ],
                "history": [_move(each) for each in found.past if each.stay.lifecycle == reason.lifecycle.key],
            }
            for reason in found.lifecycles
        ],
        "features": dict(found.features),
        "scored": dict(found.scored),
        "late": [
            {
                "event": late.name,
                "happened": late.happened.isoformat(),
                "received": late.received.isoformat(),
                "days": late.days,
            }
            for late in found.late
        ],
    }


def _move(each: Any) -> dict[str, Any]:
    """A stay with the move that began it: its way, the stages it skipped, the rule and the values of that moment."""
    return {
        "stage": each.stay.stage,
        "entered": each.stay.entered,
        "left": each.stay.left,
        "from": each.stay.previous,
        "direction": each.direction,
        "cause": each.stay.cause,
        "passed_through": [stage.key for stage in each.passed],
        "rule": each.reason.stage.rule_text or None,
        "features": each.reason.evidence,
    }


def _totals(found: Any, reason: Any) -> Any:
    from tenure.stages import totals

    return totals(found.stays, reason.lifecycle.key, found.as_of.day)


def _tell_totals(found: Any, reason: Any) -> None:
    """How long the customer has been in each stage: in all, and the latest time where there were several."""
    said = []
    for each in _totals(found, reason):
        words = {"stage": speaking.title(reason.lifecycle.stage(each.stage).title), "days": each.days}
        more = {"stays": each.stays, "latest": each.latest_days}
        said.append(
            tr("{stage} {days} ({stays} stays, the latest {latest})", **words, **more)
            if each.stays > 1
            else tr("{stage} {days}", **words)
        )
    print(f"  {tr('Days in all: {stages}', stages=tr(', ').join(said))}") if said else None


def _tell_past(found: Any, reason: Any) -> None:
    """The latest moves, newest first."""
    mine = [each for each in found.past if each.stay.lifecycle == reason.lifecycle.key][::-1]
    for each in mine[:SHOWN]:
        print(f"  {each.stay.entered} {_move_words(reason.lifecycle, each)}")
        values = ", ".join(f"{key} = {'-' if value is None else value}" for key, value in each.reason.evidence.items())
        print(f"    {values}") if values else None
    if len(mine) > SHOWN:
        print(f"  {tr('… and {n} moves before (--json lists them)', n=len(mine) - SHOWN)}")


def _move_words(lifecycle: Any, each: Any) -> str:
    start = speaking.title(lifecycle.stage(each.stay.previous).title) if each.stay.previous else tr("new")
    ways = {"first": tr("first"), "forward": tr("forward"), "backward": tr("backward"), "leaving": tr("leaving")}
    said = f"{start} → {speaking.title(lifecycle.stage(each.stay.stage).title)}"
    how = [ways[each.direction], *([tr("by time alone")] if each.stay.cause == "time" else [])]
    if each.passed:
        stages = tr(", ").join(speaking.title(stage.title) for stage in each.passed)
        how.append(tr("passed through {stages}", stages=stages))
    return f"{said} ({', '.join(how)})"


def _ahead(found: Any, reason: Any) -> dict[str, Any]:
    """What the next stage asks, what would change the stage, when time alone will."""
    each = next(each for each in found if each.lifecycle.key == reason.lifecycle.key)
    return {
        "next": each.next.key if each.next else None,
        "asks": [{"en": one.en, "zh": one.zh, "met": one.met, "values": dict(one.values)} for one in each.asked],
        "kept_by": each.before.key if each.before else None,
        "changes": [
            {"deed": speaking.both(deed.words), "within_days": deed.within_days, "stage": deed.stage.key}
            for deed in each.deeds
        ],
        "time_alone": {"day": each.coming.day, "days": each.coming.days, "stage": each.coming.stage.key}
        if each.coming
        else None,
    }


def _tell_ahead(found: Any, reason: Any) -> None:
    each = next(each for each in found if each.lifecycle.key == reason.lifecycle.key)
    if each.next and each.asked:
        print(f"  {tr('Why not {stage} yet:', stage=speaking.title(each.next.title))}")
        for one in each.asked:
            values = ", ".join(f"{key} = {'-' if value is None else value}" for key, value in one.values)
            print(f"    {SIGNS[one.met]} {one.text(speaking.language())} ({values})")
        if each.before:
            stage = speaking.title(each.before.title)
            print(f"    {tr('Its rule holds, but that of {stage} is tried first.', stage=stage)}")
    for deed in each.deeds:
        said = {"deed": speaking.title(deed.words), "stage": speaking.title(deed.stage.title), "days": deed.within_days}
        text = tr("{deed} → {stage}", **said)
        if deed.within_days == 0:
            text = tr("{deed} today → {stage}", **said)
        elif deed.within_days is not None:
            text = tr("{deed} within {days} days → {stage}", **said)
        print(f"  > {text}")
    if each.coming:
        said = {"day": each.coming.day, "days": each.coming.days, "stage": speaking.title(each.coming.stage.title)}
        print(f"  {tr('If nothing happens: {stage} on {day}, in {days} days', **said)}")
    else:
        print(f"  {tr('Time alone will not move this customer within {days} days.', days=400)}")


def _held(held: Any) -> dict[str, Any] | None:
    """What keeps the customer in its stage though the rules want another."""
    if held is None:
        return None
    waiting = [{"en": each.en, "zh": each.zh, "met": each.met} for each in held.waiting]
    return {"by": held.by, "wanted": held.wanted.key, "until": held.until, "waiting_for": waiting}


def _held_words(held: Any) -> str:
    wanted = speaking.title(held.wanted.title)
    if held.by == "minimum_stay":
        return tr("Kept by the minimum stay until {day}; the rules say {stage}.", day=held.until, stage=wanted)
    if held.by == "leave":
        return tr("Kept until its leave rule is true; the rules say {stage}.", stage=wanted)
    return tr("Kept because this lifecycle only goes forward; the rules say {stage}.", stage=wanted)


def _tell(workspace: Any, found: Any) -> None:
    day = speaking.moment(workspace.clock, found.as_of.instant)
    segment = workspace.definitions.value_segments[found.segment]
    print(
        tr("{customer} as of {day}: {segment}", customer=found.customer, day=day, segment=speaking.title(segment.title))
    )
    for late in found.late[:5]:
        said = {"event": late.name, "day": f"{late.happened:%Y-%m-%d}", "days": late.days}
        print("  " + tr("! {event} of {day} arrived {days} days later", **said))
    for source, since in found.scored.items():
        text = tr("Scores of {source}: none then", source=source)
        print("  " + (tr("Scores of {source}: of {day}", source=source, day=since) if since else text))
    for reason in found.lifecycles:
        since = found.since(reason.lifecycle.key)
        titles = {"lifecycle": speaking.title(reason.lifecycle.title), "stage": speaking.title(reason.stage.title)}
        print("\n" + tr("{lifecycle}: {stage}", **titles), end="")
        print(tr(" since {day}", day=since) if since else "")
        if reason.stage.rule_text:
            print(f"  {tr('Rule: {rule}', rule=reason.stage.rule_text)}")
        for condition in reason.met:
            print(f"  {SIGNS[condition.met]} {condition.text(speaking.language())}")
        if reason.held:
            print(f"  {_held_words(reason.held)}")
            for condition in reason.held.waiting:
                print(f"  {SIGNS[condition.met]} {condition.text(speaking.language())}")
        elif not reason.met:
            print(f"  {tr('No other stage of this lifecycle matched.')}")
        _tell_ahead(found.ahead, reason)
        _tell_totals(found, reason)
        _tell_past(found, reason)
