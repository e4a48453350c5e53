"""People in a lifecycle, moves between its stages, and journeys that follow them."""

from datetime import UTC, datetime, timedelta

import pytest

NOW = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)  # 11:00 in Shanghai


@pytest.fixture
def now():
    return NOW


class Shop:
    """Puts customers where a test wants them, and moves them as the running system would."""

    def __init__(self):
        self.made = 0

    def customer(self, name="Ann Lee", stage="prospect", segment="prospect", agreed=True, **features):
        from tenure.messages import GRANTED
        from tenure_web.customers.labels import label_id
        from tenure_web.customers.models import Customer, Feature, Place, State
        from tenure_web.messages import consent

        self.made += 1
        key, email = self.made, f"c{self.made}@shop.example"
        Customer.objects.create(
            customer_key=key, name=name, email=email, created_at=NOW, search=f"{name} {email}".lower()
        )
        State.objects.create(customer_key=key, segment=label_id("segment", segment))
        Feature.objects.create(customer_key=key, values={"orders": 0, **features})
        Place.objects.create(
            customer_key=key,
            lifecycle=label_id("lifecycle", "purchase"),
            stage=label_id("stage", "purchase", stage),
            since=NOW.date(),
        )
        if agreed:
            consent.say(email, GRANTED, "checkout box", "", NOW, "test")
        return key

    def move(self, key, stage, at=NOW, **features):
        from tenure_web.customers.labels import label_id
        from tenure_web.customers.models import Feature, ObservedMove, Place

        place = Place.objects.get(customer_key=key)
        before, place.stage = place.stage, label_id("stage", "purchase", stage)
        place.save()
        row = Feature.objects.get(customer_key=key)
        row.values.update(features)
        row.save()
        return ObservedMove.objects.create(
            customer_key=key, lifecycle=place.lifecycle, from_stage=before, to_stage=place.stage, at=at, cause="event"
        )

    def resegment(self, key, segment, at=NOW):
        from tenure_web.customers.labels import label_id
        from tenure_web.customers.models import SegmentMove, State

        state = State.objects.get(customer_key=key)
        before, state.segment = state.segment, label_id("segment", segment)
        state.save()
        return SegmentMove.objects.create(
            customer_key=key, from_segment=before, to_segment=state.segment, at=at, cause="time"
        )

    def order(self, key, at):
        from tenure_web.customers.models import State

        State.objects.filter(customer_key=key).update(last_order_at=at)


@pytest.fixture
def shop(db):
    from tenure_web.customers import labels

    labels.forget()
    yield Shop()
    labels.forget()


@pytest.fixture
def templates(db):
    from tenure_web.messages.models import Template

    for key in ("a", "b"):
        Template.objects.create(
            key=key,
            name=f"Template {key}",
            subject_en=f"Subject {key}",
            body_en=f"Hello {key}",
            body_zh="",
            subject_zh="",
        )


@pytest.fixture
def journey(templates, lin):
    """Make a journey on entering `first_purchase` with these steps and entries."""
    from tenure import journeys
    from tenure_web.journeys.models import Journey

    def make(*steps, key="thanks", **entries):
        tree = {
            "key": key,
            "title": {"en": "Thanks", "zh": "感谢"},
            "trigger": {"lifecycle": "purchase", "stage": "first_purchase"},
            "steps": list(steps),
            **entries,
        }
        return Journey.objects.create(key=key, draft=journeys.numbered(tree), created_by=lin)

    return make


@pytest.fixture
def turn():
    """One turn of the worker for journeys and messages."""
    from tenure_web.journeys import advance, enrol, goals
    from tenure_web.messages import handoff

    def work(now):
        enrol.enrol(now)
        goals.sweep(now)
        while advance.advance(now):
            pass
        handoff.work(now)

    return work


@pytest.fixture
def work():
    """One turn of the worker for journeys and messages, counted as the running worker counts it."""
    from tenure_web.journeys.pages import ACTING
    from tenure_web.worker.loop import claimers

    def once(now):
        for claimer in claimers():
            if claimer.name in ACTING:
                claimer.work(now)

    return once


@pytest.fixture
def day():
    return timedelta(days=1)
