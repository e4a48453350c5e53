"""The gate's pure answer: consent, suppression, budget, quiet hours."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.errors import UsageError
from tenure.messages import Budget, Delay, Entry, Go, Question, QuietHours, Skip, current, entry, judge

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NEVER = QuietHours(time(0), time(0))
NIGHT = QuietHours(time(21), time(8))
BUDGET = Budget(3, 7)


def ask(now=NOW, quiet=NEVER, budget=BUDGET, **changes):
    asked = {
        "marketing": True,
        "address": "a@b.example",
        "consent": "granted",
        "suppressed": "",
        "sent": (),
        "zone": SHANGHAI,
        "planned_at": now,
        **changes,
    }
    return judge(Question(**asked), budget, quiet, now)


def test_a_granted_message_goes():
    assert ask() == Go()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"held_out": True}, "holdout"),
        ({"address": ""}, "no_address"),
        ({"consent": ""}, "no_consent"),
        ({"consent": "withdrawn"}, "withdrawn"),
        ({"suppressed": "complaint"}, "suppressed"),
        ({"suppressed": "bounce", "marketing": False}, "suppressed"),
    ],
)
def test_a_message_is_skipped_with_its_reason(changes, reason):
    assert ask(**changes) == Skip(reason)


def test_what_the_person_asked_for_needs_no_consent():
    assert ask(marketing=False, consent="", suppressed="complaint", sent=[NOW] * 9, quiet=NIGHT) == Go()


def test_the_budget_delays_until_the_window_moves_on():
    sent = [NOW - timedelta(days=days) for days in (6, 2, 1)]
    assert ask(sent=sent) == Delay("budget", NOW + timedelta(days=1))
    assert ask(sent=sent[1:]) == Go()


def test_a_message_that_would_wait_too_long_for_the_budget_is_skipped():
    sent = [NOW - timedelta(hours=hours) for hours in (1, 2, 3)]
    assert ask(sent=sent) == Skip("budget")


def test_no_budget_means_no_limit():
    assert ask(sent=[NOW] * 50, budget=Budget(0, 7)) == Go()


def test_quiet_hours_delay_to_the_customers_morning():
    late = datetime(2026, 5, 4, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
    assert ask(late, NIGHT) == Delay("quiet_hours", datetime(2026, 5, 5, 0, 0, tzinfo=UTC))
    early = datetime(2026, 5, 4, 20, 0, tzinfo=UTC)  # 04:00 in Shanghai
    assert ask(early, NIGHT) == Delay("quiet_hours", datetime(2026, 5, 5, 0, 0, tzinfo=UTC))
    assert ask(NOW, NIGHT) == Go()


ZONES = st.sampled_from(
    ["Europe/London", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "America/St_Johns"]
)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, st.times(), st.times(), ZONES)
def test_whatever_the_clock_does_quiet_hours_end_outside_themselves(moment, start, end, zone):
    quiet, place = QuietHours(start, end), ZoneInfo(zone)
    over = quiet.over(moment, place)
    assert over >= moment
    assert not quiet.holds(over, place)
    assert over - moment <= timedelta(hours=26)


@given(st.lists(st.integers(0, 24 * 30), max_size=60), st.integers(1, 4), st.integers(1, 9))
def test_no_schedule_ever_breaks_the_budget(hours, messages, days):
    """Offer messages at any hours; the window of `days` behind each one sent holds at most `messages`."""
    budget, sent = Budget(messages, days), []
    waiting = sorted((NOW + timedelta(hours=hour), NOW + timedelta(hours=hour)) for hour in hours)
    while waiting:
        now, planned = waiting.pop(0)
        answer = ask(now, budget=budget, sent=sent, planned_at=planned)
        if answer == Go():
            sent.append(now)
        elif isinstance(answer, Delay):
            assert answer.until > now
            waiting = sorted([*waiting, (answer.until, planned)])
    for last in sent:
        assert sum(last - timedelta(days=days) < one <= last for one in sent) <= messages


def test_the_latest_word_on_consent_counts_and_withdrawal_wins_a_tie():
    yes, no = Entry("granted", "form", "", NOW), Entry("withdrawn", "", "", NOW)
    later = Entry("granted", "form", "", NOW + timedelta(seconds=1))
    assert current([]) == ""
    assert current([yes, no]) == current([no, yes]) == "withdrawn"
    assert current([later, no, yes]) == "granted"


def test_consent_is_never_granted_without_its_basis():
    assert entry({"state": "granted", "basis": "checkout box"}, NOW).state == "granted"
    assert entry("no", NOW).state == "withdrawn"
    for value in ({"state": "granted"}, "yes", {"state": "perhaps", "basis": "x"}, None):
        with pytest.raises(UsageError):
            entry(value, NOW)
