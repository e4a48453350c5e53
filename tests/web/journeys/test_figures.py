"""What a journey has done so far, counted by index alone and once more by looking at everybody."""

import itertools
from collections import Counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenure_web.journeys.figures import figures, summaries
from tenure_web.journeys.models import Enrolment, Version
from tenure_web.messages.models import Message, Reaction

pytestmark = pytest.mark.django_db

STATES = (
    ("active", "", "wait-1"),
    ("active", "", ""),
    ("done", "end", ""),
    ("done", "goal", ""),
    ("done", "goal", "x"),
)


@pytest.fixture
def filled(journey, now):
    """Two journeys with people in every state, and messages that were opened and clicked."""
    rows = [journey({"wait": {"days": 1}}, {"email": "a"}, key=key, goal={"event": "Order Completed"}) for key in "pq"]
    for number, row in enumerate(rows):
        versions = [Version.objects.create(journey=row, number=each, tree=row.draft) for each in (1, 2)]
        cases = list(itertools.product(versions, (False, True), STATES, (None, now)))
        for key, (version, held_out, (state, reason, step), goal_at) in enumerate(cases[number:] + cases[:9]):
            walk = {"state": state, "reason": reason, "step": step, "goal_at": goal_at, "held_out": held_out}
            times = {"since": now, "due_at": now, "entered_at": now}
            one = Enrolment.objects.create(
                journey=row, version=version, customer_key=key, entry=f"move:{key}", **walk, **times
            )
            _mail(one, "skipped" if held_out else ("sent", "sent", "failed", "unknown")[key % 4], now)
    return rows


def _mail(one, state, now):
    own = {"version": one.version_id, "step": "email-1"}
    whose = {"enrolment": one.pk, "customer_key": one.customer_key, "held_out": one.held_out}
    message = Message.objects.create(**own, **whose, state=state, token=f"t{one.pk}", planned_at=now, due_at=now)
    if state == "sent":
        Reaction.objects.create(message=message, kind="opened", at=now, **own)
        for number in range(one.pk % 3):
            Reaction.objects.create(message=message, kind="clicked", number=number, at=now, **own)


@pytest.mark.postgres
def test_the_figures_are_those_of_counting_everybody_one_by_one(filled):
    for row in filled:
        everybody = list(Enrolment.objects.filter(journey=row))
        walking = [one for one in everybody if not one.held_out]
        found = figures(row)
        assert (found.entries, found.held) == (len(walking), len(everybody) - len(walking))
        assert found.active == sum(one.state == "active" for one in walking)
        assert found.reached == sum(one.goal_at is not None for one in walking)
        assert found.reasons == Counter(one.reason for one in walking if one.state == "done")
        assert found.steps["wait-1"].waiting == sum(one.state == "active" and one.step == "wait-1" for one in walking)
        messages = list(Message.objects.filter(version__in=row.versions.all(), held_out=False))
        mail = found.steps["email-1"]
        assert mail.sent == sum(one.state == "sent" for one in messages)
        assert (mail.not_sent, mail.doubtful) == tuple(
            sum(one.state == s for one in messages) for s in ("failed", "unknown")
        )
        assert mail.opened == mail.sent
        assert mail.clicked == sum(one.state == "sent" and one.enrolment % 3 > 0 for one in messages), (
            "each letter once"
        )
        (short,) = summaries([row]).values()
        assert (short.entries, short.held, short.active, short.reached) == (
            found.entries,
            found.held,
            found.active,
            found.reached,
        )


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL plans by the size of its tables")
def test_people_messages_and_reactions_are_counted_by_index_alone(filled):
    with CaptureQueriesContext(connection) as asked:
        figures(filled[0])
        summaries(filled)
    many = ("journeys_enrolment", "messaging_message", "messaging_reaction")
    counts = [each["sql"] for each in asked if any(f'FROM "{table}"' in each["sql"] for table in many)]
    assert len(counts) == 6
    for sql in counts:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = [row[3] for row in cursor.fetchall()]
        for line in plan:
            assert "USING COVERING INDEX" in line or not line.startswith(("SCAN", "SEARCH")), (sql, plan)
