"""The set-up guide reads the real state, and leads to the next step."""

from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from tenure_web.customers.models import Customer, ObservedMove
from tenure_web.settings.checklist import guide
from tenure_web.settings.models import Confirmed, MailServer

pytestmark = pytest.mark.django_db


def done(user: Any) -> set[str]:
    return {step.key for step in guide(user).steps if step.done}


def test_each_step_is_done_when_its_work_is(lin: Any, workspace: Any, django_user_model: Any) -> None:
    assert done(lin) == {"company"}
    assert guide(lin).next.key == "lifecycle"
    Confirmed.objects.create(step="lifecycle")
    django_user_model.objects.create_user("bob@example.com", name="Bob", role="member")
    Customer.objects.create(customer_key=1, created_at="2026-01-01T00:00Z")
    workspace.save_settings(workspace.settings.changed(sender_email="a@b.example", postal_address="1 Tea Road"))
    MailServer.objects.create(host="smtp.example.com")
    assert done(lin) == {"company", "lifecycle", "team", "data", "sender", "mail"}
    assert guide(lin).next.key == "stages"


def test_customers_move_only_when_they_go_from_one_stage_to_another(lin: Any, workspace: Any) -> None:
    now = workspace.clock.now()

    def seen(before: int | None, cause: str) -> bool:
        ObservedMove.objects.create(customer_key=1, lifecycle=1, from_stage=before, to_stage=2, at=now, cause=cause)
        return "moves" in done(lin)

    assert not seen(None, "import")
    assert not seen(1, "import")
    assert not seen(None, "event")
    assert seen(1, "event")


def test_only_what_a_person_must_judge_can_be_ticked_off(lin: Any, sign_in: Any) -> None:
    browser = sign_in(lin)
    for step in ("lifecycle", "data", "nonsense"):
        browser.post(f"/checklist/{step}/")
    assert set(Confirmed.objects.values_list("step", flat=True)) == {"lifecycle"}


def test_a_step_leads_only_where_the_person_may_go(bob: Any, lin: Any) -> None:
    urls = {step.key: step.url for step in guide(bob).steps}
    assert (urls["data"], urls["sender"], urls["team"]) == ("/collect/", "", "")
    assert all(step.url for step in guide(lin).steps)


def test_the_board_s_line_names_the_next_step_and_goes_when_all_is_done(lin: Any, vera: Any, monkeypatch: Any) -> None:
    def shown(user: Any) -> str:
        request = RequestFactory().get("/")
        request.user = user
        return str(Template("{% load checklist %}{% checklist_widget %}").render(Context({"request": request})))

    assert "Look at your lifecycles" in shown(lin)
    assert shown(vera).strip() == ""
    from tenure_web.settings import checklist

    monkeypatch.setattr(checklist, "_DONE", {key: lambda: True for key in checklist._DONE})
    assert shown(lin).strip() == ""
