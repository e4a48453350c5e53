"""What a company chooses lands in tenure.yml, and what a change means is said before it is made."""

from typing import Any

import pytest

from tenure.settings import Settings
from tenure_web.audit.models import Entry
from tenure_web.customers import sync
from tenure_web.settings.models import MailServer
from tenure_web.settings.smtp import server

pytestmark = pytest.mark.django_db
COMPANY = {"company": "Lin's tea", "company_zh": "林记", "zone": "Asia/Shanghai", "currency": "CNY", "language": "en"}
SENDING = {
    "sender_name": "",
    "sender_email": "hi@tea.example",
    "postal_address": "1 Tea Road",
    "address": "https://t.example/",
}
SERVER = {"host": "smtp.example.com", "port": "587", "security": "starttls", "user": "tea", "password": "pass word "}


def test_the_company_s_choices_are_kept_in_the_workspace(mona: Any, sign_in: Any, workspace: Any) -> None:
    browser = sign_in(mona)
    assert browser.post("/settings/", {**COMPANY, "currency": "EUR"}).status_code == 302
    kept = Settings.load(workspace.folder)
    assert (kept.currency, kept.company_in("zh-hans"), kept.company_in("en")) == ("EUR", "林记", "Lin's tea")
    assert Entry.objects.get().detail == {"entries": ["company_zh", "currency"]}
    assert "林记" in browser.get("/settings/", headers={"Accept-Language": "zh-CN"}).content.decode()


def test_a_new_time_zone_is_taken_only_by_who_read_what_it_means(mona: Any, sign_in: Any, workspace: Any) -> None:
    browser, moved = sign_in(mona), {**COMPANY, "zone": "Europe/London"}
    answer = browser.post("/settings/", moved)
    assert answer.status_code == 422
    assert "computed anew" in answer.content.decode()
    assert workspace.settings.zone == "Asia/Shanghai"
    assert browser.post("/settings/", {**moved, "zone_understood": "on"}).status_code == 302
    assert workspace.settings.zone == "Europe/London"


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Mars/Olympus"},
        *(pytest.param(each, marks=pytest.mark.thorough) for each in ({"currency": "tea"}, {"language": "fr"})),
        {"company": ""},
    ],
)
def test_what_cannot_be_is_refused_beside_the_field(
    mona: Any, sign_in: Any, workspace: Any, wrong: dict[str, str]
) -> None:
    before = (workspace.folder / "tenure.yml").read_text()
    answer = sign_in(mona).post("/settings/", {**COMPANY, "zone_understood": "on", **wrong})
    assert answer.status_code == 422
    assert b"invalid-feedback" in answer.content
    assert (workspace.folder / "tenure.yml").read_text() == before


def test_the_sender_and_the_address_are_kept(mona: Any, sign_in: Any, workspace: Any) -> None:
    sign_in(mona).post("/settings/sending/", SENDING)
    kept = workspace.settings
    assert (kept.sender_email, kept.postal_address, kept.address) == (
        "hi@tea.example",
        "1 Tea Road",
        "https://t.example",
    )


@pytest.mark.parametrize(
    "address",
    ["t.example", "javascript:alert(1)", "https://user:x@t.example", "https://t.example/?q=1", "ftp://t.example"],
)
def test_an_address_that_links_cannot_begin_with_is_refused(mona: Any, sign_in: Any, address: str) -> None:
    assert sign_in(mona).post("/settings/sending/", {**SENDING, "address": address}).status_code == 422


def test_the_mail_server_s_password_is_kept_and_never_shown(mona: Any, sign_in: Any) -> None:
    browser = sign_in(mona)
    browser.post("/settings/mail-server/", SERVER)
    found = server()
    assert found is not None
    assert found.password == "pass word "
    assert "pass word" not in repr(found)
    assert "pass word" not in browser.get("/settings/sending/").content.decode()
    browser.post("/settings/mail-server/", {**SERVER, "host": "mx.example.com", "password": ""})
    assert (MailServer.objects.get().host, MailServer.objects.get().password) == ("mx.example.com", "pass word ")
    assert all("pass word" not in str(entry.detail) + entry.target for entry in Entry.objects.all())


def test_an_empty_name_gives_the_mail_server_up(mona: Any, sign_in: Any) -> None:
    browser = sign_in(mona)
    browser.post("/settings/mail-server/", SERVER)
    browser.post("/settings/mail-server/", {**SERVER, "host": ""})
    assert server() is None


def test_a_test_message_arrives_or_its_failure_is_told(lin: Any, sign_in: Any, letters: Any, workspace: Any) -> None:
    browser = sign_in(lin)
    told = browser.post("/settings/mail-server/test/", follow=True).content.decode()
    assert "no sender address" in told
    workspace.save_settings(workspace.settings.changed(sender_email="tea@example.com"))
    told = browser.post("/settings/mail-server/test/", follow=True).content.decode()
    assert "on its way to lin@example.com" in told
    assert letters.got[0]["To"] == "lin@example.com"
    MailServer.objects.update(port=9)
    assert "did not take the message" in browser.post("/settings/mail-server/test/", follow=True).content.decode()


def test_a_new_time_zone_or_currency_restates_everyone_without_starting_journeys(workspace: Any, lin: Any) -> None:
    sync.everyone(workspace, workspace.clock.now(), "time")
    assert sync.why_stale(workspace) == ""
    before = workspace.settings
    workspace.save_settings(before.changed(currency="EUR"))
    assert sync.why_stale(workspace) == "definition"
    workspace.save_settings(before)
    assert sync.why_stale(workspace) == ""
    workspace.save_settings(before.changed(zone="Pacific/Auckland"))
    assert sync.why_stale(workspace) == "definition"
