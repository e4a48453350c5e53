"""Owners run the team; a change holds from the next click; the last owner stays."""

from typing import Any

import pytest
from django.test import Client

from tenure_web.accounts.models import Link, User
from tenure_web.audit.models import Entry

pytestmark = pytest.mark.django_db
PASSWORD = "green tea in the morning"


def invited(browser: Any, email: str, role: str = "member") -> str:
    answer = browser.post("/settings/team/invite/", {"email": email, "role": role})
    return str(answer.context["link"]).removeprefix("http://testserver")


def test_an_invited_person_joins_with_the_role_they_were_invited_for(lin: Any, sign_in: Any) -> None:
    link, guest = invited(sign_in(lin), "Wei@Example.com", "viewer"), Client()
    assert "wei@example.com" in guest.get(link).content.decode()
    answer = guest.post(link, {"name": "魏伟", "password": PASSWORD, "again": PASSWORD, "role": "owner"})
    assert answer.status_code == 302
    wei = User.objects.get(email="wei@example.com")
    assert (wei.name, wei.role, wei.initials) == ("魏伟", "viewer", "魏伟")
    assert guest.get("/account/").status_code == 200
    assert Client().get(link).status_code == 410
    assert [entry.verb for entry in Entry.objects.order_by("number")] == ["team.invite", "team.join"]


def test_behind_a_server_that_speaks_https_links_begin_with_the_installation_s_address(
    lin: Any, sign_in: Any, workspace: Any
) -> None:
    workspace.save_settings(workspace.settings.changed(address="https://testserver"))
    answer = sign_in(lin).post("/settings/team/invite/", {"email": "wei@example.com", "role": "member"})
    assert str(answer.context["link"]).startswith("https://testserver/invitation/")


def test_an_invitation_taken_back_opens_nothing(lin: Any, sign_in: Any) -> None:
    browser = sign_in(lin)
    link = invited(browser, "wei@example.com")
    browser.post(f"/settings/team/invitations/{Link.objects.get().pk}/withdraw/")
    assert Client().get(link).status_code == 410


def test_a_second_invitation_replaces_the_first(lin: Any, sign_in: Any) -> None:
    browser = sign_in(lin)
    first, second = invited(browser, "wei@example.com"), invited(browser, "wei@example.com")
    assert [Client().get(link).status_code for link in (first, second)] == [410, 200]


def test_someone_who_is_here_already_is_not_invited(lin: Any, bob: Any, sign_in: Any) -> None:
    answer = sign_in(lin).post("/settings/team/invite/", {"email": "BOB@example.com", "role": "owner"})
    assert answer.status_code == 422
    assert Link.objects.count() == 0


def test_a_change_of_role_holds_from_the_next_click(lin: Any, bob: Any, sign_in: Any) -> None:
    his, hers = sign_in(bob), sign_in(lin)
    assert his.get("/settings/").status_code == 403
    hers.post(f"/settings/team/{bob.pk}/", {"role": "manager"})
    assert his.get("/settings/").status_code == 200
    hers.post(f"/settings/team/{bob.pk}/", {"role": "viewer"})
    assert his.get("/settings/").status_code == 403


@pytest.mark.postgres
@pytest.mark.parametrize("change", [{"role": "manager"}, {"active": "no"}])
def test_the_last_owner_stays(lin: Any, bob: Any, sign_in: Any, change: dict[str, str]) -> None:
    answer = sign_in(lin).post(f"/settings/team/{lin.pk}/", change, follow=True)
    lin.refresh_from_db()
    assert (lin.role, lin.is_active) == ("owner", True)
    assert "last owner" in answer.content.decode()


def test_with_two_owners_one_may_go(lin: Any, bob: Any, sign_in: Any) -> None:
    browser = sign_in(lin)
    browser.post(f"/settings/team/{bob.pk}/", {"role": "owner"})
    browser.post(f"/settings/team/{lin.pk}/", {"role": "member"})
    assert User.objects.get(pk=lin.pk).role == "member"


def test_an_unknown_role_is_refused(lin: Any, bob: Any, sign_in: Any) -> None:
    sign_in(lin).post(f"/settings/team/{bob.pk}/", {"role": "god"})
    bob.refresh_from_db()
    assert bob.role == "member"


def test_nobody_else_runs_the_team(lin: Any, mona: Any, bob: Any, vera: Any, sign_in: Any) -> None:
    for person in (mona, bob, vera):
        browser = sign_in(person)
        for path in (f"{person.pk}/", f"{lin.pk}/", f"{lin.pk}/reset/", "invite/"):
            answer = browser.post(f"/settings/team/{path}", {"role": "owner", "email": "x@example.com"})
            assert answer.status_code == 403, (person.role, path)
    assert User.objects.get(pk=bob.pk).role == "member"
    assert Link.objects.count() == 0


def test_an_unknown_colleague_is_not_found(lin: Any, sign_in: Any) -> None:
    assert sign_in(lin).post("/settings/team/999/", {"role": "viewer"}).status_code == 404
    assert sign_in(lin).post("/settings/team/999/reset/").status_code == 404


def test_the_page_of_a_missing_right_says_who_has_it(bob: Any, sign_in: Any) -> None:
    answer = sign_in(bob).get("/settings/team/")
    assert answer.status_code == 403
    shown = answer.content.decode()
    assert "See the team" in shown
    assert "Manager" in shown
