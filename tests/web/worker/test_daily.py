"""The day's learning in the worker: apart from it, ended with it, written only by the one that writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tenure.learning import Asked, Learner, apart
from tenure.workspace import Workspace
from tenure_web.worker import daily, jobs, lease
from tenure_web.worker.models import Job, Lease


@pytest.fixture
def learners(monkeypatch: pytest.MonkeyPatch) -> list[Learner]:
    """The processes that were started to learn."""
    started = []

    @contextmanager
    def noted(shop: Workspace, asked: Asked) -> Iterator[Learner]:
        with apart(shop, asked) as learner:
            started.append(learner)
            yield learner

    monkeypatch.setattr(daily, "apart", noted)
    return started


@pytest.mark.thorough
def test_a_worker_that_is_told_to_stop_ends_the_learning_and_puts_the_job_back(
    db: None, learners: list[Learner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.stopping, "wait", lambda _seconds: True)
    job = jobs.do(jobs.enqueue("value"))
    assert (job.state, job.finished_at, job.message) == (Job.QUEUED, None, "")
    assert [learner.process.returncode for learner in learners] == [-9]


@pytest.mark.thorough
def test_a_learning_that_dies_is_a_failed_job_told_plainly(
    db: None, learners: list[Learner], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.stopping, "wait", lambda _seconds: bool(learners[0].process.kill()))
    job = jobs.do(jobs.enqueue("value"))
    assert job.state == Job.FAILED
    assert job.message.startswith("Learning value ended early (exit code -9); nothing was written.")


def test_a_worker_whose_lease_has_passed_to_another_writes_nothing(db: None) -> None:
    Lease.objects.create(name="writer", token=2)
    writer = lease.Writer()
    writer.token = 1
    lease.serving(writer)
    try:
        with pytest.raises(lease.Fenced):
            lease.still_ours()
        writer.token = 2
        lease.still_ours()
    finally:
        lease.serving(None)


def test_without_a_lease_nothing_is_asked_of_the_database() -> None:
    lease.still_ours()
