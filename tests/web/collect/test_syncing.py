"""The worker pulls the sources whose time has come, each once at a time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.utils import timezone

from tenure_web.audit.models import Entry
from tenure_web.collect import syncing
from tenure_web.worker import jobs
from tenure_web.worker.models import Job

pytestmark = pytest.mark.django_db(transaction=True)
SOURCE = """
key: visits
title: { en: Visits, zh: 访问 }
kind: parquet
path: ../visits.parquet
what: events
cursor: at
columns: { name: what, time: at, customer: who }
every: 1h
"""


def test_a_due_source_is_pulled_by_a_job(workspace: Any, tmp_path: Path) -> None:
    duckdb.sql("SELECT 'Page Viewed' AS what, 'lin' AS who, TIMESTAMP '2026-02-01' AS at").write_parquet(
        str(workspace.folder.parent / "visits.parquet")
    )
    folder = workspace.folder / "definitions" / "sources"
    folder.mkdir(parents=True)
    (folder / "visits.yml").write_text(SOURCE, "utf-8")
    now = timezone.now()
    assert [syncing.ask(now), syncing.ask(now)] == [1, 0]
    with workspace.writing():
        assert jobs.work(now) == 1
    job = Job.objects.get()
    assert (job.state, job.result["result"]["accepted"]) == (Job.DONE, 1), job.message
    assert Entry.objects.get(verb="sync.source").detail == {
        "source": "visits", "accepted": 1, "duplicates": 0, "refused": 0
    }  # fmt: skip
    assert syncing.ask(job.created_at + timedelta(minutes=59)) == 0
    assert syncing.ask(job.created_at + timedelta(minutes=61)) == 1


def test_broken_files_of_sources_do_not_stop_the_worker(workspace: Any) -> None:
    folder = workspace.folder / "definitions" / "sources"
    folder.mkdir(parents=True)
    (folder / "visits.yml").write_text("key: 1\n", "utf-8")
    assert syncing.ask(timezone.now()) == 0
