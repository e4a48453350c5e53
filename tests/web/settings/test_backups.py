"""An owner makes, downloads and deletes backups; nobody names another file; damage is told."""

import io
import sqlite3
import zipfile
from contextlib import closing
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from tenure.store import backup
from tenure_web.accounts import links
from tenure_web.accounts.models import Link
from tenure_web.audit.models import Entry
from tenure_web.messages.models import Sending
from tenure_web.settings import backup_work
from tenure_web.worker import jobs
from tenure_web.worker.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(workspace: Any) -> Any:
    """The tests' database is elsewhere; a file stands for it in the workspace."""
    with closing(sqlite3.connect(workspace.folder / "app.sqlite3")) as app:
        app.execute("CREATE TABLE accounts_user (id INTEGER PRIMARY KEY)")
    return workspace


@pytest.fixture
def on_sqlite() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("tests/library/store/test_backup_postgresql.py has this on PostgreSQL")


def test_a_backup_is_made_downloaded_and_deleted(lin: Any, sign_in: Any, files: Any, on_sqlite: None) -> None:
    browser = sign_in(lin)
    browser.post("/settings/backups/make/", {"with_secret": "on"})
    browser.post("/settings/backups/make/")
    assert Job.objects.count() == 1, "one at a time"
    assert jobs.do(Job.objects.get()).state == "done"
    name = Job.objects.get().result["name"]
    assert name in browser.get("/settings/backups/").content.decode()
    answer = browser.post(f"/settings/backups/{name}/download/")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as packed:
        assert packed.read("secret").decode() == (files.folder / "secret").read_text()
    assert "attachment" in answer["Content-Disposition"]
    browser.post(f"/settings/backups/{name}/delete/")
    assert list(backup_work.kept().iterdir()) == []
    done = list(Entry.objects.order_by("number").values_list("verb", flat=True))
    assert done == ["backup.make", "backup.done", "backup.download", "backup.delete"]


@pytest.mark.parametrize("name", ["..", "secret", "tenure-20260101-000000.zip", "..%2Fsecret", "tenure.yml"])
def test_no_other_file_can_be_named(lin: Any, sign_in: Any, files: Any, name: str) -> None:
    (files.folder / "backups").mkdir()
    for act in ("download", "delete"):
        assert sign_in(lin).post(f"/settings/backups/{name}/{act}/").status_code == 404
    assert (files.folder / "secret").exists()


def test_a_backup_does_not_hold_former_backups(lin: Any, files: Any, on_sqlite: None) -> None:
    for number in range(2):
        job = jobs.do(jobs.enqueue("backup", {}, lin))
        path = backup_work.kept() / job.result["name"]
        path.rename(path.with_name(f"tenure-2026010{number + 1}-000000.zip"))
    with zipfile.ZipFile(backup_work.kept() / "tenure-20260102-000000.zip") as packed:
        assert not [name for name in packed.namelist() if "backups" in name]


def test_damage_is_told_on_the_page(lin: Any, sign_in: Any, files: Any, on_sqlite: None) -> None:
    (files.folder / "secret").chmod(0o644)
    browser = sign_in(lin)
    browser.post("/settings/backups/verify/")
    jobs.do(Job.objects.get())
    assert "other users of this machine" in browser.get("/settings/backups/").content.decode()


def test_verifying_finds_a_broken_audit(lin: Any, files: Any, sign_in: Any, on_sqlite: None) -> None:
    sign_in(lin).post("/settings/backups/verify/")
    Entry.objects.update(actor="someone@example.com")
    report = backup_work.verify()
    assert [finding.part for finding in report.findings] == ["audit"]


def test_a_restored_installation_starts_quiet_and_closed(lin: Any, sign_in: Any, files: Any) -> None:
    sign_in(lin)
    links.make("invitation", "http://x", email="wei@example.com", role="member")
    backup_work.settle("tenure-20260101-000000.zip")
    assert Session.objects.count() == Link.objects.count() == 0
    assert Sending.objects.get().stopped is True
    assert Entry.objects.get().verb == "backup.restore"


def test_the_archive_of_the_page_can_be_restored(lin: Any, files: Any, tmp_path: Any, on_sqlite: None) -> None:
    job = jobs.do(jobs.enqueue("backup", {"with_secret": True}, lin))
    backup.restore(backup_work.kept() / job.result["name"], tmp_path / "again")
    assert backup.verify(tmp_path / "again").findings == []
