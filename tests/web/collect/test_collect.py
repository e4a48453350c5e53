"""The Collect pages: upload, look, try, take in, undo; keys; live; refused events."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from tenure.clock import Clock
from tenure_web.collect import uploads
from tenure_web.collect.models import Upload
from tenure_web.worker import jobs
from tenure_web.worker import workspace as current
from tenure_web.worker.models import Job

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[Any], Any]
ORDERS = "no,who,at,paid\n1,lin,2026-01-01 10:00,5\n2,bob,2026-01-01,12.50\n3,,2026-01-02,7\n"
CHOSEN = {
    "column_1": "order", "name_1": "no", "column_2": "customer", "name_2": "who", "column_3": "time", "name_3": "at",
    "column_4": "amount", "name_4": "paid", "source": "till",
}  # fmt: skip


def send(browser: Any, content: str | bytes = ORDERS, name: str = "orders.csv", kind: str = "orders") -> Upload:
    data = content if isinstance(content, bytes) else content.encode()
    answer = browser.post("/collect/upload/", {"kind": kind, "file": SimpleUploadedFile(name, data)})
    assert answer.status_code == 302, answer.content
    return Upload.objects.get(token=answer.url.rstrip("/").rsplit("/", 1)[1])


def work(workspace: Any) -> None:
    """What the worker does: every waiting job."""
    with workspace.writing(wait=True):
        while jobs.work(timezone.now()):
            pass


@pytest.mark.postgres(alone=True)
def test_a_file_is_looked_at_tried_out_taken_in_and_undone(workspace: Any, bob: Any, sign_in: SignIn) -> None:
    browser = sign_in(bob)
    upload = send(browser)
    look = browser.get(f"/collect/upload/{upload.token}/").content.decode()
    assert re.search(r'name="column_3".*?value="time" selected', look, re.S)
    assert "2026-01-01 10:00" in look
    browser.post(f"/collect/upload/{upload.token}/try/", CHOSEN)
    work(workspace)
    assert "Nothing was changed" in browser.get(f"/collect/upload/{upload.token}/").content.decode()
    assert workspace.collect.files.log.list() == []
    browser.post(f"/collect/upload/{upload.token}/import/", CHOSEN)
    work(workspace)
    answer = browser.get(f"/collect/upload/{upload.token}/", follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == "/collect/imports/1/"
    assert "No customer is named." in page
    assert "¥17.50" in page
    assert not upload.path.exists()
    csv = b"".join(browser.get("/collect/imports/1/refused.csv").streaming_content).decode()
    assert csv.splitlines()[1] == "4,No customer is named.,3,,2026-01-02,7"
    browser.post("/collect/imports/1/undo/")
    work(workspace)
    assert "was undone" in browser.get("/collect/imports/1/").content.decode()
    con = workspace.store.snapshot().connect()
    assert con.execute("SELECT count(*) FROM events").fetchall() == [(0,)]


def test_the_file_lies_under_a_random_name_and_goes_when_discarded(workspace: Any, bob: Any, sign_in: SignIn) -> None:
    browser = sign_in(bob)
    upload = send(browser, name="../../etc/passwd")
    assert upload.name == "passwd"
    assert upload.path.parent.parent == workspace.folder / "tmp" / "uploads"
    assert len(upload.token) >= 20
    browser.post(f"/collect/upload/{upload.token}/discard/")
    assert not upload.path.exists()
    assert browser.get(f"/collect/upload/{upload.token}/").status_code == 404


def test_somebody_elses_upload_is_not_there(bob: Any, lin: Any, sign_in: SignIn) -> None:
    upload = send(sign_in(bob))
    assert sign_in(lin).get(f"/collect/upload/{upload.token}/").status_code == 404


def test_a_file_beyond_the_limit_is_not_kept(
    workspace: Any, bob: Any, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LIMIT", 1000)
    answer = sign_in(bob).post("/collect/upload/", {"kind": "orders", "file": SimpleUploadedFile("a", b"x" * 200_000)})
    assert answer.status_code == 200
    assert Upload.objects.count() == 0
    assert list((workspace.folder / "tmp" / "uploads").iterdir()) == []


def test_an_upload_needs_the_csrf_token(bob: Any) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    assert client.post("/collect/upload/", {"file": SimpleUploadedFile("a", b"x")}).status_code == 403


def test_what_cannot_be_read_is_told(bob: Any, sign_in: SignIn) -> None:
    browser = sign_in(bob)
    upload = send(browser, b"PK\x03\x04 not an archive", "a.zip")
    assert "damaged archive" in browser.get(f"/collect/upload/{upload.token}/").content.decode()


def test_a_failed_job_tells_why(workspace: Any, bob: Any, sign_in: SignIn) -> None:
    browser = sign_in(bob)
    upload = send(browser)
    browser.post(f"/collect/upload/{upload.token}/import/", {**CHOSEN, "column_3": ""})
    work(workspace)
    assert "Say which column is the time" in browser.get(f"/collect/upload/{upload.token}/").content.decode()
    assert upload.path.exists()


def test_a_file_beyond_memory_tells_what_to_do(workspace: Any, bob: Any, sign_in: SignIn) -> None:
    browser = sign_in(bob)
    rows = (f"{n},c{n},2026-01-01 10:{n // 60 % 60:02}:{n % 60:02},{n}\n" for n in range(40_000))
    upload = send(browser, "no,who,at,paid\n" + "".join(rows))
    browser.post(f"/collect/upload/{upload.token}/import/", CHOSEN)
    before = workspace.settings
    workspace.save_settings(before.changed(memory_limit="10MB"))
    current.forget()
    try:
        work(current.current())
    finally:
        workspace.save_settings(before)
        current.forget()
    page = browser.get(f"/collect/upload/{upload.token}/").content.decode()
    assert "Raise memory_limit in tenure.yml, now 10MB" in page
    assert "Memory Error" not in page
    page = browser.get(f"/collect/upload/{upload.token}/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "请调高 tenure.yml 中的 memory_limit（现为 10MB）" in page
    assert workspace.store.snapshot().connect().execute("SELECT count(*) FROM events").fetchall() == [(0,)]
    assert upload.path.exists()


@pytest.mark.thorough
def test_parquet_is_looked_at_in_a_child_process_too(bob: Any, sign_in: SignIn, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.sql("SELECT 'lin' AS customer, TIMESTAMP '2026-01-01' AS order_date").write_parquet(str(path))
    browser = sign_in(bob)
    upload = send(browser, path.read_bytes(), "a.parquet")
    assert "2026-01-01 00:00:00" in browser.get(f"/collect/upload/{upload.token}/").content.decode()
    path.write_bytes(b"PAR1" + b"0" * 50 + b"PAR1")
    upload = send(browser, path.read_bytes(), "b.parquet")
    assert "damaged Parquet" in browser.get(f"/collect/upload/{upload.token}/").content.decode()


@pytest.mark.thorough
def test_a_workbook_is_looked_at_in_a_child_process(bob: Any, sign_in: SignIn, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["客户编号", "下单时间", "实付金额"])
    book.active.append(["王小明", "2026-01-01", 12.5])
    book.save(tmp_path / "a.xlsx")
    browser = sign_in(bob)
    upload = send(browser, (tmp_path / "a.xlsx").read_bytes(), "a.xlsx")
    page = browser.get(f"/collect/upload/{upload.token}/").content.decode()
    assert "王小明" in page
    assert re.search(r'name="column_3".*?value="amount" selected', page, re.S)


@pytest.mark.thorough
def test_consent_for_a_customer_file_is_asked_for(workspace: Any, bob: Any, sign_in: SignIn) -> None:
    browser = sign_in(bob)
    said = {"column_1": "customer", "name_1": "id", "column_2": "email", "name_2": "mail", "source": "list"}
    for ground in ("", "fair 2025"):
        upload = send(browser, f"id,mail\n{ground or 1},x@example.com\n", "a.csv", "customers")
        browser.post(f"/collect/upload/{upload.token}/import/", {**said, "consent_email": ground})
    work(workspace)
    first, second = Job.objects.filter(kind="import.file").order_by("id")
    assert "No consent was recorded" in first.result["notes"][0]
    assert second.result["notes"] == []


def test_the_file_can_be_read_anew_as_said(bob: Any, sign_in: SignIn) -> None:
    browser = sign_in(bob)
    upload = send(browser, "客户,时间\n王小明,2026-01-01\n".encode("gb18030"), "a.csv")
    browser.post(f"/collect/upload/{upload.token}/", {"encoding": "latin-1", "header": "no", "source": "x"})
    assert "¿Í»§" in browser.get(f"/collect/upload/{upload.token}/").content.decode()
    browser.post(f"/collect/upload/{upload.token}/", {"encoding": "gb18030", "source": "x"})
    assert "王小明" in browser.get(f"/collect/upload/{upload.token}/").content.decode()


def test_a_key_is_shown_once_lets_events_in_and_can_be_revoked(
    workspace: Any, lin: Any, bob: Any, sign_in: SignIn
) -> None:
    browser = sign_in(lin)
    assert sign_in(bob).post("/collect/keys/make/", {"name": "Web"}).status_code == 403
    page = browser.post("/collect/keys/make/", {"name": "Web"}).content.decode()
    found = re.search(r'id="fresh-key">([^<]+)<', page)
    assert found
    key = found[1]
    assert page.count(key) > 3  # in the snippets too
    assert key not in browser.get("/collect/keys/").content.decode()
    [known] = workspace.collect.sources.keys()
    assert workspace.collect.sources.of_key(key) == known.source_id
    browser.post(f"/collect/keys/{known.id}/revoke/")
    assert workspace.collect.sources.of_key(key) is None


def arrive(workspace: Any, *calls: dict[str, Any]) -> None:
    key = workspace.collect.sources.create_key("site", Clock("UTC").now())
    with workspace.writing():
        workspace.collect.accept("batch", json.dumps({"batch": calls}).encode(), [key], Clock("UTC").now())
        workspace.collect.drain_all()


def test_the_live_view_shows_what_came_and_is_silent_while_nothing_comes(
    workspace: Any, bob: Any, sign_in: SignIn
) -> None:
    arrive(workspace, {"type": "track", "event": "Product Viewed", "userId": "lin"})
    browser = sign_in(bob)
    page = browser.get("/collect/live/").content.decode()
    assert "Product Viewed" in page
    found = re.search(r'hx-get="([^"]+)"', page[page.index('id="arrivals"') :])
    assert found
    poll = found[1].replace("&amp;", "&")
    fragment = {"headers": {"HX-Request": "true"}}
    assert browser.get(poll, **fragment).status_code == 204
    arrive(workspace, {"type": "track", "event": "Cart Viewed", "userId": "lin"})
    answer = browser.get(poll, **fragment).content.decode()
    assert "Cart Viewed" in answer
    assert answer.count('class="fresh"') == 1


BAD = {"type": "track", "userId": "lin", "properties": {"email": "lin@example.com", "note": "call bob@example.com"}}


@pytest.mark.postgres(alone=True)
def test_refused_events_are_shown_sent_in_again_corrected_or_dropped(workspace: Any, bob: Any, sign_in: SignIn) -> None:
    arrive(workspace, BAD, {**BAD, "userId": "bob"})
    browser = sign_in(bob)
    page = browser.get("/collect/refused-events/").content.decode()
    assert "A track call needs the name of the event." in page
    assert "lin@example.com" in page
    second, first = workspace.collect.dead_letters.list()
    browser.post(f"/collect/refused-events/{first.id}/again/", {"body": json.dumps({**BAD, "event": "Said Hello"})})
    browser.post(f"/collect/refused-events/{second.id}/drop/")
    with workspace.writing():
        workspace.collect.drain_all()
    con = workspace.store.snapshot().connect()
    assert con.execute("SELECT name FROM events").fetchall() == [("Said Hello",)]
    assert "Nothing here" in browser.get("/collect/refused-events/").content.decode()


@pytest.mark.postgres(alone=True)
def test_no_refused_event_can_take_the_page_away_from_the_others(workspace: Any, bob: Any, sign_in: SignIn) -> None:
    deep: Any = []
    for _ in range(800):
        deep = [deep]
    arrive(workspace, BAD, {**BAD, "event": "Half \ud83d", "userId": "bob"}, {**BAD, "properties": {"deep": deep}})
    answer = sign_in(bob).get("/collect/refused-events/")
    page = answer.content.decode()
    assert page.count('class="letter"') == 3
    assert "Half \\ud83d" in page
    assert len(page) < 60_000


def test_personal_data_in_refused_events_can_be_masked() -> None:
    from tenure_web.collect.letters import masked

    assert masked(json.dumps(BAD)).count("example.com") == 0
    assert masked("not json lin@example.com") == "•••"


@pytest.mark.parametrize(
    "path",
    ["upload/", *(pytest.param(each, marks=pytest.mark.thorough)
                  for each in ("", "imports/", "live/", "keys/", "refused-events/"))],
)  # fmt: skip
def test_every_page_stands_in_both_languages_and_only_for_those_who_may(
    path: str, bob: Any, vera: Any, sign_in: SignIn
) -> None:
    for language in ("en", "zh-hans"):
        bob.language = language
        bob.save()
        assert sign_in(bob).get(f"/collect/{path}").status_code == 200
    assert sign_in(vera).get(f"/collect/{path}").status_code == 403


def test_old_uploads_are_forgotten(bob: Any, sign_in: SignIn) -> None:
    upload = send(sign_in(bob))
    Upload.objects.update(created_at=timezone.now() - uploads.KEPT * 2)
    uploads.forget_old(timezone.now())
    assert not upload.path.exists()
    assert Upload.objects.count() == 0


def test_a_refund_without_its_order_is_listed_with_the_reason(workspace: Any, bob: Any, sign_in: SignIn) -> None:
    collect, now = workspace.collect, timezone.now()
    call = {"type": "track", "userId": "lin", "event": "Order Refunded", "properties": {"order_id": "A-77"}}
    collect.accept("batch", json.dumps({"batch": [call]}).encode(), [collect.sources.create_key("site", now)], now)
    with workspace.writing(wait=True):
        collect.drain_all()
    page = sign_in(bob).get("/collect/").content.decode()
    assert "A-77" in page
    assert "The order it names is not known yet." in page
