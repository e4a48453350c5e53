"""The mailbox, the outbox, templates and sending rules as colleagues use them."""

import pytest

from tenure_web.messages import handoff
from tenure_web.messages.gate import governing
from tenure_web.messages.models import Copy, Message, Template

pytestmark = pytest.mark.django_db

WORDS = {
    "name": "News",
    "name_zh": "新品",
    "form": "text",
    "subject_en": "Hi {{ customer.first_name }}",
    "body_en": "Hello",
    "subject_zh": "",
    "body_zh": "",
}


def test_the_mailbox_teaches_while_it_is_empty(sign_in, bob):
    page = sign_in(bob).get("/messages/").content.decode()
    assert "No messages yet" in page
    assert "/journeys/" in page


def test_a_message_is_read_in_a_frame_that_can_do_nothing(sign_in, bob, customer, plan, now):
    message = plan(customer("<script>alert(1)</script>"))
    handoff.work(now)
    browser = sign_in(bob)
    page = browser.get(f"/messages/?message={message.pk}")
    assert 'sandbox=""' in page.content.decode()
    assert "<script>alert" not in page.content.decode()
    body = browser.get(f"/messages/{message.pk}/body/")
    rules = body["content-security-policy"]
    assert "default-src 'none'" in rules
    assert "img-src data:;" in rules
    assert "sandbox" in rules
    assert body["x-frame-options"] == "SAMEORIGIN"
    assert "/o/" not in body.content.decode(), "reading it here is not an open"
    assert "<script>alert" not in body.content.decode()
    assert "https:" in browser.get(f"/messages/{message.pk}/body/?images=1")["content-security-policy"]


def test_the_reading_pane_comes_alone_when_asked_for_as_a_fragment(sign_in, bob, customer, plan, now):
    message = plan(customer())
    handoff.work(now)
    pane = (
        sign_in(bob)
        .get(f"/messages/?message={message.pk}", headers={"hx-request": "true", "hx-target": "reading"})
        .content.decode()
    )
    assert "mail-head" in pane
    assert "<html" not in pane


def test_the_mailbox_is_searched_by_name_subject_and_address(sign_in, bob, customer, plan, now):
    plan(customer("王芳", search="王芳 c1@shop.example"))
    plan(customer("Ann Lee", search="ann lee c2@shop.example"))
    handoff.work(now)
    browser = sign_in(bob)
    for text, found in (("王芳", 1), ("c2@", 1), ("thank", 1), ("shop.example", 2), ("nobody", 0)):
        assert browser.get("/messages/", {"q": text}).content.decode().count("data-mail>") == found


def test_the_outbox_says_why(sign_in, bob, customer, plan, now):
    plan(customer(agreed=False))
    plan(customer())
    handoff.work(now)
    browser = sign_in(bob)
    assert "No consent" in browser.get("/messages/outbox/").content.decode()
    page = browser.get("/messages/outbox/?state=skipped&reason=no_consent").content.decode()
    assert page.count("fate_badge") == 0
    assert page.count("<tr>") == 2


def test_one_button_stops_all_sending_and_only_leads_allow_it_again(sign_in, bob, mona, customer, plan, now):
    message = plan(customer())
    assert sign_in(bob).post("/messages/sending/stop/").status_code == 302
    assert governing().stopped
    handoff.work(now)
    assert not Copy.objects.exists()
    assert "All sending is stopped" in sign_in(bob).get("/messages/sending/").content.decode()
    assert sign_in(bob).post("/messages/sending/resume/").status_code == 403
    assert sign_in(mona).post("/messages/sending/resume/").status_code == 302
    handoff.work(now)
    assert Copy.objects.get().message == message


def test_budget_and_quiet_hours_are_changed_and_checked(sign_in, mona):
    browser = sign_in(mona)
    rules = {"budget_messages": 1, "budget_days": 30, "quiet_start": "22:00", "quiet_end": "09:30"}
    assert browser.post("/messages/sending/", rules).status_code == 302
    assert (governing().budget_messages, str(governing().quiet_end)) == (1, "09:30:00")
    assert browser.post("/messages/sending/", {**rules, "budget_days": 0}).status_code == 422


def test_a_template_is_checked_before_it_is_saved(sign_in, mona):
    browser = sign_in(mona)
    answer = browser.post("/messages/templates/new/", {**WORDS, "body_en": "{{ customer.nmae }}"})
    assert answer.status_code == 422
    assert "customer.nmae" in answer.content.decode()
    assert browser.post("/messages/templates/new/", {**WORDS, "subject_en": "", "body_en": ""}).status_code == 422
    assert browser.post("/messages/templates/new/", WORDS).status_code == 302
    assert browser.post("/messages/templates/new/", WORDS).status_code == 302
    assert browser.post("/messages/templates/new/", {**WORDS, "name": "", "name_zh": ""}).status_code == 422
    assert browser.post("/messages/templates/new/", {**WORDS, "name": ""}).status_code == 302
    assert set(Template.objects.values_list("key", flat=True)) == {"news", "news-2", "template"}
    assert Template.objects.get(key="template").name == "新品"


def test_a_template_is_previewed_on_a_real_customer_without_being_saved(sign_in, bob, customer):
    someone = customer("王芳", search="王芳")
    for asked in (str(someone.customer_key), "王芳", ""):
        page = sign_in(bob).post("/messages/templates/preview/", {**WORDS, "customer": asked, "language": "en"})
        assert "Hi 芳" in page.content.decode()
        assert "default-src 'none'" in page["content-security-policy"]
    broken = {**WORDS, "body_en": "{{ features.none }}", "language": "en"}
    assert "features.none" in sign_in(bob).post("/messages/templates/preview/", broken).content.decode()
    assert not Template.objects.exists()


def test_a_test_message_goes_to_oneself(sign_in, bob, template, customer):
    customer("Ann Lee", agreed=False)
    answer = sign_in(bob).post("/messages/templates/hello/try/", {"language": "en", "customer": "1"}, follow=True)
    assert "bob@example.com" in answer.content.decode()
    assert Message.objects.get().kind == "test"
    assert Copy.objects.get().message.subject == "Thank you, Ann"
    governing()
    sign_in(bob).post("/messages/sending/stop/")
    answer = sign_in(bob).post("/messages/templates/hello/try/", {"language": "en", "customer": "1"}, follow=True)
    assert "Sending is stopped" in answer.content.decode()


@pytest.mark.parametrize("path", ["/messages/", "/messages/outbox/", "/messages/templates/", "/messages/sending/"])
def test_viewers_do_not_read_messages_and_strangers_sign_in(sign_in, vera, client, path):
    assert sign_in(vera).get(path).status_code == 403
    assert client.get(path).status_code == 302


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.thorough), "zh-hans"])
def test_every_page_stands_in_both_languages(sign_in, lin, customer, plan, now, language):
    lin.language = language
    lin.save()
    plan(customer())
    handoff.work(now)
    browser = sign_in(lin)
    for path in ("", "outbox/", "templates/", "templates/hello/", "templates/new/", "sending/"):
        page = browser.get(f"/messages/{path}")
        assert page.status_code == 200
        assert ("消息" in page.content.decode()) == (language == "zh-hans")
