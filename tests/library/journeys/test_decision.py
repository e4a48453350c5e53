"""journeys.decide: waits, checks, branches, goals and exits."""

from datetime import UTC, datetime, timedelta

from tenure import journeys
from tenure.journeys import Facts, Fail, Leave, Pass, Place, Send, Stay

NOW = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Rule:
    """Reads `name` or `not name`: enough to steer a test."""

    def __init__(self, text):
        self.text = text

    def evaluate(self, row):
        value = row.get(self.text.removeprefix("not "))
        return value if value is None else bool(value) != self.text.startswith("not ")


def journey(*steps, **entries):
    tree = {
        "key": "thanks",
        "title": {"en": "Thank you", "zh": "感谢"},
        "trigger": {"lifecycle": "growth", "stage": "conversion"},
        "steps": list(steps),
        **entries,
    }
    return journeys.read(tree, Rule)


def decide(found, step="", since=NOW, now=NOW, goal_at=None, still_there=True, **row):
    return journeys.decide(found, Place(step, since, goal_at), Facts(row, still_there), now)


def test_it_sends_the_first_mail_at_once_then_waits():
    found = journey({"email": "hello"}, {"wait": {"days": 3}}, {"email": "again"})
    assert decide(found) == (Send("email-1", "hello"), Pass("email-1"), Stay("wait-1", NOW + 3 * DAY))


def test_it_stays_until_the_wait_is_over_then_goes_on_to_the_end():
    found = journey({"wait": {"days": 1, "hours": 2}}, {"email": "hello"})
    until = NOW + timedelta(days=1, hours=2)
    assert decide(found, "wait-1", now=until - timedelta(seconds=1)) == (Stay("wait-1", until),)
    assert decide(found, "wait-1", now=until) == (
        Pass("wait-1"),
        Send("email-1", "hello"),
        Pass("email-1"),
        Leave("end", ""),
    )


def test_a_wait_after_a_late_wait_begins_now_so_that_two_mails_never_come_at_once():
    found = journey({"wait": {"days": 1}}, {"email": "a"}, {"wait": {"days": 1}}, {"email": "b"})
    late = NOW + 10 * DAY
    assert decide(found, "wait-1", now=late)[-1] == Stay("wait-2", late + DAY)


def test_a_check_that_fails_ends_the_journey():
    found = journey({"check": "not bought"}, {"email": "hello"})
    assert decide(found, bought=True) == (Fail("check-1"), Leave("check", "check-1"))
    assert Send("email-1", "hello") in decide(found, bought=False)


def test_a_check_that_cannot_be_answered_counts_as_not_met():
    assert decide(journey({"check": "bought"}))[0] == Fail("check-1")


def test_a_failed_check_can_take_other_steps_and_then_ends():
    found = journey({"check": "bought", "otherwise": [{"email": "please"}]}, {"email": "thanks"})
    assert decide(found, bought=False) == (
        Fail("check-1"),
        Send("email-1", "please"),
        Pass("email-1"),
        Leave("end", ""),
    )


def test_a_branch_takes_the_first_way_that_holds_and_the_ways_meet_again():
    found = journey(
        {
            "branch": [{"when": "vip", "steps": [{"email": "vip"}]}, {"when": "new", "steps": []}],
            "otherwise": [{"email": "plain"}],
        },
        {"email": "all"},
    )

    def sent(**row):
        return [intent.template for intent in decide(found, **row) if isinstance(intent, Send)]

    assert sent(vip=True, new=True) == ["vip", "all"]
    assert sent(vip=False, new=True) == ["all"]
    assert sent(vip=None, new=None) == ["plain", "all"]


def test_whoever_reached_the_goal_leaves_before_the_next_step():
    found = journey({"wait": {"days": 1}}, {"email": "hello"}, goal={"event": "Order Completed", "days": 14})
    assert decide(found, "wait-1", now=NOW + DAY, goal_at=NOW) == (Leave("goal", "wait-1"),)


def test_whoever_left_the_stage_leaves_if_the_journey_says_so():
    steps = ({"wait": {"days": 1}}, {"email": "hello"})
    assert decide(journey(*steps, exit={"leaves": True}), still_there=False) == (Leave("left", "wait-1"),)
    assert decide(journey(*steps), still_there=False)[-1] == Stay("wait-1", NOW + DAY)


def test_the_exit_rule_is_asked_before_every_step():
    found = journey({"email": "a"}, {"email": "b"}, exit={"when": "angry"})
    assert decide(found, angry=True) == (Leave("exit", "email-1"),)


def test_a_step_that_is_no_more_ends_the_journey():
    assert decide(journey({"email": "a"}), "email-9") == (Leave("gone", "email-9"),)


def test_an_empty_journey_ends_at_once():
    assert decide(journey()) == (Leave("end", ""),)
