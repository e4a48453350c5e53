"""How people come in, and how nobody else does."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tenure_web.accounts import attempts, first_start, links
from tenure_web.accounts.claims import sweep
from tenure_web.accounts.models import Attempt, Link, User
from tenure_web.audit.models import Entry
from tenure_web.worker import jobs
from tenure_web.worker.models import Job

pytestmark = pytest.mark.django_db
BASE = "http://testserver"
PASSWORD = "green tea in the morning"


def path_of(link: str | None) -> str:
    assert link
    return link.removeprefix(BASE)


@pytest.fixture
def lin_with_password(lin: Any) -> Any:
    lin.set_password(PASSWORD)
    lin.save()
    return lin


def without_tokens(answer: Any) -> str:
    return re.sub(r'"[A-Za-z0-9]{64}"|value="[^"]*"', "", answer.content.decode())


def knock(client: Any, email: str = "lin@example.com", password: str = PASSWORD, **extra: Any) -> Any:
    return client.post("/sign-in/", {"email": email, "password": password}, **extra)


def test_a_stranger_is_led_to_the_sign_in_page_and_back(client: Any, lin_with_password: Any) -> None:
    answer = client.get("/settings/?x=1")
    assert answer.status_code == 302
    assert answer.url == "/sign-in/?next=/settings/%3Fx%3D1"
    answer = client.post("/sign-in/", {"email": "LIN@example.com ", "password": PASSWORD, "next": "/settings/?x=1"})
    assert answer.url == "/settings/?x=1"
    assert Entry.objects.get().verb == "account.sign_in"


def test_the_way_back_never_leads_to_another_site(client: Any, lin_with_password: Any) -> None:
    for elsewhere in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"):
        client.logout()
        answer = client.post("/sign-in/", {"email": "lin@example.com", "password": PASSWORD, "next": elsewhere})
        assert answer.url == "/", elsewhere


def test_a_fragment_asked_for_by_a_stranger_moves_the_whole_page(client: Any) -> None:
    answer = client.get("/settings/", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/sign-in/"
    assert answer.content == b""


def test_the_first_owner_comes_in_once_by_the_printed_link(client: Any) -> None:
    first, second = first_start.link(BASE), first_start.link(BASE)
    assert client.get(path_of(first)).status_code == 410
    assert client.get(path_of(second)).status_code == 200
    assert client.get(path_of(second)).status_code == 200, "looking at the link does not use it up"
    answer = client.post(
        path_of(second), {"name": "Lin", "email": "Lin@Example.com", "password": PASSWORD, "again": PASSWORD}
    )
    assert answer.url == "/checklist/"
    lin = User.objects.get()
    assert (lin.email, lin.role) == ("lin@example.com", "owner")
    assert first_start.link(BASE) is None
    assert Client().get(path_of(second)).status_code == 410
    assert Client().post(path_of(second), {"name": "Eve", "email": "e@example.com"}).status_code == 410


def test_a_start_link_opens_nothing_once_there_is_an_owner(client: Any, db: None) -> None:
    link = first_start.link(BASE)
    User.objects.create_user("max@example.com", name="Max", role="owner")
    assert client.get(path_of(link)).status_code == 410


def test_tokens_are_long_and_kept_only_as_hashes(db: None) -> None:
    token = path_of(first_start.link(BASE)).split("/")[2]
    assert len(token) >= 43
    assert token not in str(list(Link.objects.values_list("token_hash", flat=True)))


def test_a_link_runs_out(client: Any, lin: Any) -> None:
    link = path_of(first_start.reset_link("Lin@example.com", BASE))
    assert client.get(link).status_code == 200
    Link.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(link).status_code == 410


def test_a_link_of_one_kind_opens_no_other_door(client: Any, lin: Any) -> None:
    reset = path_of(first_start.reset_link("lin@example.com", BASE))
    for kind in ("start", "invitation"):
        assert client.get(reset.replace("/reset/", f"/{kind}/")).status_code == 410


def test_too_many_failures_close_the_account_for_a_while(client: Any, lin_with_password: Any) -> None:
    for _turn in range(8):
        assert knock(client, password="wrong").status_code == 403
    refused = knock(client)
    assert refused.status_code == 429
    assert "quarter of an hour" in refused.content.decode()
    assert [(entry.verb, entry.target) for entry in Entry.objects.all()] == [("account.locked", "lin@example.com")]
    Attempt.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert knock(client).status_code == 302


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many failures an address may have: fewer than else, since each takes a while."""
    monkeypatch.setattr(attempts, "PER_ADDRESS", 6)
    return attempts.PER_ADDRESS


def test_failures_are_counted_by_address_too_whatever_a_header_says(
    client: Any, lin_with_password: Any, few: int
) -> None:
    for turn in range(few):
        far = {"headers": {"X-Forwarded-For": f"10.0.0.{turn}"}, "REMOTE_ADDR": "203.0.113.5"}
        assert knock(client, f"u{turn}@example.com", "wrong", **far).status_code == 403
    assert knock(client, headers={"X-Forwarded-For": "10.9.9.9"}, REMOTE_ADDR="203.0.113.5").status_code == 429
    assert knock(client, REMOTE_ADDR="10.1.1.1").status_code == 302


def test_behind_a_known_proxy_the_real_address_counts(
    client: Any, lin_with_password: Any, settings: Any, few: int
) -> None:
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    for turn in range(few):
        knock(client, f"u{turn}@example.com", "wrong", headers={"X-Forwarded-For": "9.9.9.9, 10.0.0.1"})
    assert knock(client, headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 429
    assert knock(client, headers={"X-Forwarded-For": "10.0.0.1, 10.0.0.2"}).status_code == 302


def test_an_unknown_address_and_a_wrong_password_sound_the_same(client: Any, lin_with_password: Any) -> None:
    answers = [knock(client, "nobody@example.com"), knock(client, password="wrong")]
    shown = [without_tokens(answer) for answer in answers]
    assert shown[0] == shown[1]


def test_a_new_session_begins_at_each_sign_in(client: Any, lin_with_password: Any) -> None:
    session = client.session
    session["seen"] = "before"
    session.save()
    before = client.session.session_key
    knock(client)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_signing_out_ends_the_session_and_needs_a_post(client: Any, lin: Any) -> None:
    client.force_login(lin)
    assert client.get("/sign-out/").status_code == 405
    kept = client.cookies["sessionid"].value
    client.post("/sign-out/")
    client.cookies["sessionid"] = kept
    assert client.get("/settings/").status_code == 302


def test_a_disabled_person_is_out_at_the_next_click(client: Any, bob: Any, lin: Any, sign_in: Any) -> None:
    client.force_login(bob)
    assert client.get("/account/").status_code == 200
    sign_in(lin).post(f"/settings/team/{bob.pk}/", {"active": "no"})
    assert client.get("/account/").status_code == 302


def test_a_new_password_by_link_ends_every_session(client: Any, lin_with_password: Any) -> None:
    client.force_login(lin_with_password)
    link = path_of(first_start.reset_link("lin@example.com", BASE))
    answer = Client().post(link, {"password": "oolong in the evening", "again": "oolong in the evening"})
    assert answer.url == "/sign-in/", "a reset does not sign in by itself"
    assert client.get("/account/").status_code == 302
    assert knock(Client(), password="oolong in the evening").status_code == 302
    assert Client().get(link).status_code == 410


@pytest.mark.parametrize("password", ["short", "password123", "lin@example.com"])
def test_a_weak_password_is_refused_with_advice(client: Any, lin: Any, password: str) -> None:
    link = path_of(first_start.reset_link("lin@example.com", BASE))
    answer = client.post(link, {"password": password, "again": password})
    assert answer.status_code == 200
    assert b"invalid-feedback" in answer.content
    assert Link.objects.get().used_at is None


def test_changing_one_s_password_keeps_this_session_and_ends_others(lin_with_password: Any) -> None:
    here, there = Client(), Client()
    knock(here)
    knock(there)
    new = {"password": "oolong in the evening", "again": "oolong in the evening"}
    assert here.post("/account/password/", {"present": "wrong", **new}).status_code == 422
    assert here.post("/account/password/", {"present": PASSWORD, **new}).status_code == 302
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302


def test_one_cannot_promote_oneself_through_one_s_account(bob: Any, sign_in: Any) -> None:
    sign_in(bob).post("/account/", {"name": "Bob", "theme": "dark", "role": "owner", "email": "x@y.cn"})
    bob.refresh_from_db()
    assert (bob.role, bob.is_active, bob.email, bob.theme) == ("member", True, "bob@example.com", "dark")


def test_forgetting_tells_nobody_who_is_known(client: Any, lin: Any) -> None:
    from tenure_web.settings.models import MailServer

    MailServer.objects.create(host="127.0.0.1", port=9)
    answers = [client.post("/forgot/", {"email": email}) for email in ("lin@example.com", "nobody@example.com")]
    assert [answer.status_code for answer in answers] == [200, 200]
    shown = [without_tokens(answer) for answer in answers]
    assert shown[0] == shown[1]
    assert Job.objects.filter(kind="reset_mail").count() == 2, "the work is the same, so the time tells nothing"


def test_a_forgotten_password_comes_back_by_mail(client: Any, lin: Any, letters: Any, workspace: Any) -> None:
    workspace.save_settings(workspace.settings.changed(sender_email="tea@example.com", address=BASE))
    client.post("/forgot/", {"email": "lin@example.com"})
    jobs.do(Job.objects.get())
    letter = letters.got[0]
    assert letter["To"] == "lin@example.com"
    link = re.search(r"http://testserver(/reset/\S+/)", letter.get_body(("plain",)).get_content())
    assert link
    assert client.get(link[1]).status_code == 200


def test_an_invitation_goes_out_by_mail(lin: Any, sign_in: Any, letters: Any, workspace: Any) -> None:
    workspace.save_settings(workspace.settings.changed(sender_email="tea@example.com", address=BASE))
    answer = sign_in(lin).post("/settings/team/invite/", {"email": "wei@example.com", "role": "member"})
    assert answer.context["sent"] is True
    assert answer.context["link"] in letters.got[0].get_body(("plain",)).get_content()


def test_without_a_mail_server_the_page_says_whom_to_ask(client: Any, lin: Any) -> None:
    assert b"tenure reset-link" in client.get("/forgot/").content


def test_what_a_signed_in_person_sees_stays_out_of_caches(lin: Any, sign_in: Any) -> None:
    assert "no-store" in sign_in(lin).get("/settings/")["Cache-Control"]
    assert "no-store" in Client().get("/sign-in/")["Cache-Control"]


def test_a_link_is_used_by_the_first_who_comes(db: None) -> None:
    token = links.make("start", BASE).split("/")[-2]
    link = links.find("start", token)
    assert link is not None
    assert [links.use(link), links.use(link)] == [True, False]


def test_what_has_run_out_is_swept_away(client: Any, lin: Any) -> None:
    client.force_login(lin)
    first_start.reset_link("lin@example.com", BASE)
    sweep(timezone.now())
    assert (Session.objects.count(), Link.objects.count()) == (1, 1)
    sweep(timezone.now() + timedelta(days=30))
    assert (Session.objects.count(), Link.objects.count()) == (0, 0)
