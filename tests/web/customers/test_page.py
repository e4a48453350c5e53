"""The page of one customer: who, where, why, and everything that happened."""

from typing import Any

import pytest
from django.utils import timezone

from tenure_web.audit.models import Entry
from tenure_web.customers.labels import label_id
from tenure_web.customers.models import Customer, Note, ObservedMove
from tenure_web.messages.models import Consent
from tenure_web.worker import jobs
from tenure_web.worker.models import Job
from tests.web.customers.conftest import company, order, person


def test_it_says_who_it_is_and_why_the_customer_is_where_it_is(sign_in: Any, bob: Any, key: Any) -> None:
    response = sign_in(bob).get(f"/customers/{key('C1')}/")
    page = response.content.decode()
    for words in ("王小明", "xiaoming@example.com", "¥430.00", "龙井", "O-C1-20", "Why this stage"):
        assert words in page
    assert {each.lifecycle.key for each in response.context["standings"]} == {
        "growth",
        "purchase",
        "adoption",
        "lifespan",
        "relationship",
    }
    first = response.context["standings"][0]
    assert first.lifecycle.key == "growth"
    assert first.spans[-1].until is None
    assert any(reason.met for reason in first.reasons)


def test_it_says_what_time_alone_will_change(sign_in: Any, bob: Any, key: Any) -> None:
    growth = sign_in(bob).get(f"/customers/{key('C1')}/").context["standings"][0]
    assert growth.coming is not None
    assert growth.coming.days > 0
    assert growth.coming.stage.leaving


@pytest.mark.thorough
def test_it_says_what_the_next_stage_asks_and_what_would_change_it(sign_in: Any, bob: Any, key: Any) -> None:
    response = sign_in(bob).get(f"/customers/{key('C3')}/ahead/")
    growth = response.context["ways"][0]
    assert (growth.ahead.lifecycle.key, growth.ahead.next.key) == ("growth", "retention")
    assert any(each.met is False and ("Days with an order", "1") in each.values for each in growth.asked)
    assert ("1 more order", "retention") in {(deed.words.en, deed.stage.key) for deed, _ in growth.deeds}
    chinese = sign_in(bob).get(f"/customers/{key('C3')}/ahead/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "再下单 1 次" in chinese
    assert "怎样才会变" in chinese


@pytest.mark.parametrize(("days", "told"), [(None, ""), (0, " today"), (1, " within 1 day"), (11, " within 11 days")])
def test_a_deed_with_days_left_says_how_many(workspace: Any, days: int | None, told: str) -> None:
    from django.template.loader import render_to_string

    from tenure.definitions import Words
    from tenure.stages import Ahead
    from tenure.stages.ahead import Deed
    from tenure_web.customers.ahead import Way

    growth = workspace.definitions.lifecycles["growth"]
    deed = Deed(Words("1 more order", "再下单 1 次"), growth.stages[2], days)
    ahead = Ahead(growth, growth.stages[2], (), None, (deed,), None)
    way = Way(ahead, {stage.key: "1" for stage in growth.stages}, (), ((deed, "1"),))
    text = render_to_string("customers/_ahead.html", {"ways": [way]})
    assert f"1 more order{told} <" in " ".join(text.split())


def test_the_page_reads_in_chinese(sign_in: Any, bob: Any, key: Any) -> None:
    page = sign_in(bob).get(f"/customers/{key('C1')}/", headers={"Accept-Language": "zh-CN"}).content.decode()
    for words in ("为什么在此阶段", "价值分群", "时间线", "各生命周期中的历程", 'lang="zh-Hans"'):
        assert words in page


@pytest.mark.parametrize(
    "tab", ["timeline", "orders", *(pytest.param(tab, marks=pytest.mark.thorough) for tab in ("features", "notes"))]
)
def test_every_tab_answers_as_a_page_and_as_a_fragment(sign_in: Any, bob: Any, key: Any, tab: str) -> None:
    browser, address = sign_in(bob), f"/customers/{key('C1')}/?tab={tab}"
    whole = browser.get(address).content.decode()
    part = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" in whole
    assert "<html" not in part
    assert 'id="tab"' in part


def test_every_move_is_told_with_its_rule_and_values_and_what_it_passed_through(
    sign_in: Any, bob: Any, key: Any
) -> None:
    response = sign_in(bob).get(f"/customers/{key('C1')}/?tab=moves", headers={"HX-Request": "true"})
    growth = response.context["moves"][0]
    first = growth.rows[-1]
    assert growth.lifecycle.key == "growth"
    assert first.start is None
    assert any(reason.met and reason.values for reason in growth.rows[0].reasons)
    assert "passed through" in response.content.decode()


def test_an_event_that_came_late_is_shown_as_such(sign_in: Any, bob: Any, key: Any) -> None:
    chinese = {"Accept-Language": "zh-CN"}
    page = sign_in(bob).get(f"/customers/{key('C1')}/?kind=order", headers=chinese).content.decode()
    assert "迟到的事件" in page  # the cast's orders are of past days and reached us just now


def test_the_timeline_shows_one_kind_when_asked(sign_in: Any, bob: Any, key: Any) -> None:
    browser = sign_in(bob)
    assert "龙井" in browser.get(f"/customers/{key('C1')}/?kind=order").content.decode()
    assert "龙井" not in browser.get(f"/customers/{key('C1')}/?kind=note").content.decode()


def test_vera_sees_a_masked_person(sign_in: Any, vera: Any, key: Any) -> None:
    page = sign_in(vera).get(f"/customers/{key('C1')}/").content.decode()
    for secret in ("王小明", "xiaoming", "13800138000", "上海"):
        assert secret not in page
    assert "王**" in page


def test_a_customer_that_is_not_there_is_404(sign_in: Any, lin: Any, db: None) -> None:
    assert sign_in(lin).get("/customers/4711/").status_code == 404


def test_bob_writes_a_note_and_deletes_it(sign_in: Any, bob: Any, key: Any) -> None:
    browser, number = sign_in(bob), key("C1")
    browser.post(f"/customers/{number}/notes/", {"text": "喜欢明前茶 <b>", "tab": "notes"})
    note = Note.objects.get()
    assert "喜欢明前茶 &lt;b&gt;" in browser.get(f"/customers/{number}/?tab=notes").content.decode()
    browser.post(f"/customers/{number}/notes/{note.pk}/delete/")
    assert not Note.objects.exists()


def test_another_colleagues_note_is_left_alone(sign_in: Any, bob: Any, lin: Any, key: Any) -> None:
    note = Note.objects.create(customer_key=key("C1"), author=lin, text="mine")
    assert sign_in(bob).post(f"/customers/{key('C1')}/notes/{note.pk}/delete/").status_code == 404
    assert Note.objects.exists()


def test_vera_may_not_write(sign_in: Any, vera: Any, key: Any) -> None:
    assert sign_in(vera).post(f"/customers/{key('C1')}/notes/", {"text": "x"}).status_code == 403


@pytest.mark.thorough
def test_an_edited_profile_shows_at_once_and_survives_the_ring(sign_in: Any, bob: Any, key: Any, happened: Any) -> None:
    number = key("C2")
    held = {"name": "Anna Berg", "email": "anna@example.com", "phone": "", "language": ""}
    sign_in(bob).post(f"/customers/{number}/edit/", {**held, "name": "Anna Bergmann", "phone": "+4915112345678"})
    assert Customer.objects.get(pk=number).name == "Anna Bergmann"
    happened(person("C2", 50, name="Anna Old"))
    found = Customer.objects.get(external_id="C2")
    assert (found.name, found.phone) == ("Anna Bergmann", "+4915112345678")
    assert Entry.objects.order_by("-number").first().detail == {"fields": ["name", "phone"]}


@pytest.mark.thorough
def test_a_customer_added_by_hand_arrives(
    sign_in: Any, bob: Any, tea: None, happened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenure_web.customers.editing.WAIT", 0)
    sign_in(bob).post("/customers/new/", {"name": "李雷", "email": "lilei@example.com", "external_id": "H7"})
    happened(order("C9", 1, 5))
    found = Customer.objects.get(external_id="H7")
    assert (found.name, found.email) == ("李雷", "lilei@example.com")


def test_a_customer_without_anything_is_refused(sign_in: Any, bob: Any) -> None:
    assert "Give a name" in sign_in(bob).post("/customers/new/", {}).content.decode()


@pytest.mark.thorough
def test_two_records_of_one_person_merge_and_come_apart_again(sign_in: Any, bob: Any, key: Any, changing: None) -> None:
    browser, one, two = sign_in(bob), key("C1"), key("C2")
    assert "Anna Berg" in browser.get(f"/customers/{one}/merge/", {"q": "anna"}).content.decode()
    browser.post(f"/customers/{one}/merge/", {"other": two})
    assert jobs.do(Job.objects.latest("id")).state == Job.DONE
    kept = Customer.objects.get(pk=min(one, two))
    assert not Customer.objects.filter(pk=max(one, two)).exists()
    assert browser.get(f"/customers/{max(one, two)}/").url == f"/customers/{kept.pk}/"
    browser.post(f"/customers/{kept.pk}/unmerge/", {"source": max(one, two)})
    assert jobs.do(Job.objects.latest("id")).state == Job.DONE
    assert Customer.objects.get(pk=two).name == "Anna Berg"
    assert Customer.objects.get(pk=one).name == "王小明"


def test_consent_is_written_down_only_with_its_basis(sign_in: Any, bob: Any, key: Any) -> None:
    browser, number = sign_in(bob), key("C1")
    browser.post(f"/customers/{number}/consent/", {"state": "granted", "basis": ""})
    assert not Consent.objects.exists()
    browser.post(f"/customers/{number}/consent/", {"state": "granted", "basis": "at the till", "evidence": "form 3"})
    assert Consent.objects.get().by == bob
    assert "May be written to" in browser.get(f"/customers/{number}/").content.decode()


@pytest.mark.thorough
def test_a_move_the_system_saw_stands_on_the_timeline(sign_in: Any, bob: Any, key: Any) -> None:
    number = key("C2")
    stages = {name: label_id("stage", "growth", name) for name in ("churn", "retention")}
    move = {"from_stage": stages["churn"], "to_stage": stages["retention"], "at": timezone.now(), "cause": "event"}
    ObservedMove.objects.create(customer_key=number, lifecycle=label_id("lifecycle", "growth"), **move)
    assert "arrow-narrow-right" in sign_in(bob).get(f"/customers/{number}/?kind=move").content.decode()


def test_the_palette_finds_customers_and_pages(sign_in: Any, lin: Any, key: Any) -> None:
    browser = sign_in(lin)
    assert f"/customers/{key('C1')}/" in browser.get("/find/", {"q": "小明"}).content.decode()
    assert 'href="/segments/"' in browser.get("/find/", {"q": "segm"}).content.decode()


def test_a_long_timeline_comes_in_pages(sign_in: Any, bob: Any, key: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenure_web.customers.page.LINES", 2)
    browser, seen, address = sign_in(bob), [], f"/customers/{key('C1')}/"
    while address:
        response = browser.get(address)
        seen += [item.at for _day, items in response.context["days"] for item in items if item.kind != "move"]
        address = response.context["older"]
    assert len(seen) == 4
    assert seen == sorted(seen, reverse=True)


@pytest.mark.thorough
def test_it_names_the_company_and_what_its_members_said_of_it(happened: Any, sign_in: Any, bob: Any) -> None:
    happened(
        person("C1", name="王小明"),
        company("C1", 30, "xinghuo", name="星火科技", plan="专业版", seats=20, email="it@xinghuo.example"),
        company("C2", 3, "xinghuo", seats=35),
    )
    key = Customer.objects.get(external_id="C1").pk
    page = sign_in(bob).get(f"/customers/{key}/", headers={"Accept-Language": "zh-CN"}).content.decode()
    card = page[page.index('id="company"') :].split("</section>")[0]
    for words in ("所属企业", "星火科技", "xinghuo", "专业版", "35"):
        assert words in card
    assert "it@xinghuo.example" not in page
