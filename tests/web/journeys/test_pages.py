"""The journeys' pages: the list, the drawn path, the panel, starting and changing."""

import re

import pytest

from tenure_web.journeys.models import Enrolment, Journey
from tenure_web.messages.models import Message, Template

pytestmark = pytest.mark.django_db


def test_the_empty_list_offers_ready_made_journeys_that_start_at_once(sign_in, mona, shop, turn, now):
    browser = sign_in(mona)
    page = browser.get("/journeys/").content.decode()
    assert "No journeys yet" in page
    assert "We miss you" in page
    for starter in ("thank_you", "miss_you"):
        answer = browser.post("/journeys/make/", {"starter": starter})
        assert browser.get(answer["location"]).status_code == 200
    assert Template.objects.exclude(body_zh="").exclude(body_en="").exclude(name_zh="").count() == 5
    for key in ("thank-you", "miss-you"):
        page = browser.post(f"/journeys/{key}/start/", {"everybody": "no"}, follow=True).content.decode()
        assert "Running" in page
    ann, wang = shop.customer(), shop.customer("王芳", segment="loyal", days_since_last_order=75)
    shop.move(ann, "first_purchase", orders=1)
    shop.resegment(wang, "at_risk")
    Enrolment.objects.update(held_out=False)
    turn(now)
    assert Message.objects.filter(customer_key=ann).values_list("state", "reason").first()[0] in ("sent", "skipped")
    assert Enrolment.objects.filter(customer_key=wang, step="wait-1").exists()


def test_every_ready_made_template_can_be_filled_in_with_much_and_with_little(sign_in, mona, shop):
    browser = sign_in(mona)
    for starter in ("thank_you", "miss_you"):
        browser.post("/journeys/make/", {"starter": starter})
    shop.customer("王芳", orders=5, days_since_last_order=75)
    shop.customer("", orders=0)
    for key in Template.objects.values_list("key", flat=True):
        for customer in (1, 2):
            for language in ("zh", "en"):
                page = browser.get(f"/messages/templates/{key}/shown/?customer={customer}&language={language}")
                assert "needs" not in page.content.decode()
                assert "<html" in page.content.decode()


def test_a_companys_own_file_is_offered_too_and_a_broken_one_says_why(sign_in, mona, workspace):
    folder = workspace.folder / "definitions" / "journeys"
    folder.mkdir(exist_ok=True)
    good = """
journey:
  key: care
  title: {en: Care, zh: 关怀}
  trigger: {segment: loyal}
  steps: [{wait: {days: 1}}, {email: care}]
templates:
  - {key: care, name: Care, subject_en: Hi, body_en: Hello}
"""
    (folder / "care.yml").write_text(good)
    (folder / "wrong.yml").write_text(good.replace("days: 1", "weeks: 1"))
    (folder / "broken.yml").write_text("journey: [")
    browser = sign_in(mona)
    page = browser.get("/journeys/").content.decode()
    assert "Care" in page
    assert "say how long to wait" in page
    assert "ParserError" in page
    browser.post("/journeys/make/", {"starter": "own-care"})
    assert Journey.objects.get(key="care").draft["steps"][1] == {"id": "email-1", "email": "care"}
    browser.post("/journeys/make/", {"starter": "own-broken"})
    assert set(Journey.objects.values_list("key", flat=True)) == {"care", "journey"}


def test_the_path_is_drawn_with_figures_and_a_plus_on_every_edge(sign_in, bob, lin, journey, shop, turn, now):
    from tenure_web.journeys import running

    row = journey(
        {"wait": {"days": 2}},
        {"branch": [{"when": "orders >= 4", "title": {"en": "Regulars", "zh": "老客户"}, "steps": [{"email": "a"}]}]},
        {"check": "segment = 'at_risk'", "otherwise": [{"email": "b"}]},
    )
    running.start(row, lin, now, everybody=False)
    shop.move(shop.customer(), "first_purchase")
    turn(now)
    page = sign_in(bob).get("/journeys/thanks/").content.decode()
    assert page.count("data-step") == 6, "the trigger and five steps"
    assert page.count('class="plus"') == 9, "one before each step and one at the end of each of four lists"
    for words in ("2 days", "Regulars", "Everybody else", "“At risk”", "Template a", "Leaves", "End"):
        assert words in page
    assert re.search(r'title="Waiting here"[^>]*>.*?</i>1<', page)


def test_an_open_page_gets_its_figures_alone_and_nothing_while_nothing_happens(
    sign_in, bob, lin, journey, shop, work, now
):
    from tenure_web.journeys import running

    row, browser = journey({"wait": {"days": 2}}, {"check": "orders > 1"}, {"email": "a"}), sign_in(bob)
    assert 'id="live"' not in browser.get("/journeys/thanks/").content.decode(), "nothing happens in a draft"
    running.start(row, lin, now, everybody=False)
    page = browser.get("/journeys/thanks/").content.decode()

    def poll(page):
        return browser.get(re.search(r'hx-get="([^"]+)" hx-trigger="every 5s"', page)[1].replace("&amp;", "&"))

    work(now)
    page = poll(page).content.decode()
    assert poll(page).status_code == 204
    shop.move(shop.customer(), "first_purchase")
    work(now)
    fresh = poll(page).content.decode()
    assert re.search(r'title="Waiting here"[^>]*>.*?</i>1<', fresh)
    assert "step-card" not in fresh, "the path that somebody may be changing stays as it is"
    shown = browser.get("/journeys/thanks/").content.decode()
    ids = r'id="((?:figures|state)[^"]*)"'
    assert sorted(re.findall(ids, fresh)) == sorted(re.findall(ids, shown))
    assert len(re.findall(ids, fresh)) == 5, "the state, the figures above and those of three steps"
    assert poll(fresh).status_code == 204
    running.pause(row)
    assert "Paused" in poll(fresh).content.decode()


def test_a_running_journey_says_that_all_sending_is_stopped(sign_in, bob, lin, journey, now):
    from tenure_web.messages import outbox

    journey({"email": "a"})
    browser = sign_in(bob)
    for stopped in (True, False):
        outbox.stop(stopped, lin, now)
        for address in ("/journeys/", "/journeys/thanks/"):
            assert ("All sending is stopped" in browser.get(address).content.decode()) == stopped


def test_cards_never_lie_over_each_other(journey):
    from tenure_web.journeys.drawing import CARD_HEIGHT, CARD_WIDTH, draw

    inner = {"branch": [{"when": "orders > 1", "steps": [{"email": "a"}]}, {"when": "orders > 2", "steps": []}]}
    row = journey(
        {"check": "orders > 1", "otherwise": [inner, {"wait": {"days": 1}}]},
        {"branch": [{"when": "orders > 3", "steps": [inner, {"check": "orders > 1"}]}], "otherwise": [{"email": "b"}]},
        {"email": "a"},
    )
    drawing = draw(row.draft["steps"])
    cards = drawing.cards
    for number, one in enumerate(cards):
        assert 0 <= one.x <= drawing.width - CARD_WIDTH
        for other in cards[number + 1 :]:
            assert abs(one.x - other.x) >= CARD_WIDTH or abs(one.y - other.y) >= CARD_HEIGHT
    spots = [(plus.x, plus.y) for plus in drawing.pluses]
    assert len(set(spots)) == len(spots)


def test_steps_are_put_in_changed_and_removed_in_the_panel(sign_in, bob, journey):
    row, browser = journey(), sign_in(bob)
    answer = browser.post("/journeys/thanks/insert/", {"path": "steps", "position": "0", "kind": "check"})
    assert answer["location"].endswith("?step=check-1")
    panel = browser.get(answer["location"], headers={"hx-request": "true", "hx-target": "panel"}).content.decode()
    assert "Go on only if" in panel
    assert "<html" not in panel
    wrong = browser.post("/journeys/thanks/change/", {"step": "check-1", "rule": "ordrs > 1"})
    assert wrong.status_code == 422
    assert "orders" in wrong.content.decode()
    assert browser.post("/journeys/thanks/change/", {"step": "check-1", "rule": "orders > 1"}).status_code == 302
    browser.post("/journeys/thanks/insert/", {"path": "check-1.otherwise", "position": "0", "kind": "email"})
    browser.post("/journeys/thanks/change/", {"step": "email-1", "template": "a"})
    browser.post("/journeys/thanks/insert/", {"path": "steps", "position": "1", "kind": "branch"})
    ways = {
        "when_0": "orders > 5",
        "zh_0": "老客户",
        "en_0": "Regulars",
        "when_1": "orders > 2",
        "zh_1": "",
        "en_1": "",
    }
    browser.post("/journeys/thanks/change/", {"step": "branch-1", **ways})
    browser.post("/journeys/thanks/insert/", {"path": "branch-1.1", "position": "0", "kind": "wait"})
    row.refresh_from_db()
    check, branch = row.draft["steps"]
    assert check == {"id": "check-1", "check": "orders > 1", "otherwise": [{"id": "email-1", "email": "a"}]}
    assert [arm["when"] for arm in branch["branch"]] == ["orders > 5", "orders > 2"]
    assert branch["branch"][1]["steps"] == [{"id": "wait-1", "wait": {"days": 1}}]
    kept = browser.post("/journeys/thanks/change/", {"step": "branch-1", **ways, "when_1": ""})
    assert kept.status_code == 422, "a way with steps does not vanish"
    browser.post("/journeys/thanks/remove/", {"step": "branch-1"})
    row.refresh_from_db()
    assert [step["id"] for step in row.draft["steps"]] == ["check-1"]


def test_the_journeys_own_settings_are_read_and_written(sign_in, bob, journey):
    row, browser = journey(), sign_in(bob)
    values = {
        "step": "journey",
        "title_zh": "老客户关怀",
        "title_en": "Care",
        "trigger": "segment:loyal",
        "goal": "stage:growth/retention",
        "goal_days": "14",
        "holdout": "20",
        "again": "days",
        "again_days": "60",
        "leaves": "on",
        "exit_rule": "orders > 9",
    }
    assert browser.post("/journeys/thanks/change/", values).status_code == 302
    row.refresh_from_db()
    assert row.draft["trigger"] == {"segment": "loyal"}
    assert row.draft["goal"] == {"lifecycle": "growth", "stage": "retention", "days": 14}
    assert (row.draft["holdout"], row.draft["again"]) == (20, {"days": 60})
    assert row.draft["exit"] == {"leaves": True, "when": "orders > 9"}
    panel = browser.get("/journeys/thanks/?step=journey").content.decode()
    for shown in ('value="老客户关怀"', '<option value="segment:loyal" selected>', 'value="20"', "orders &gt; 9"):
        assert shown in panel
    assert browser.post("/journeys/thanks/change/", {**values, "title_zh": "", "title_en": ""}).status_code == 422


def test_a_journey_that_is_not_ready_says_what_is_missing(sign_in, mona):
    browser = sign_in(mona)
    browser.post("/journeys/make/", {})
    browser.post("/journeys/journey/insert/", {"path": "steps", "position": "0", "kind": "email"})
    page = browser.get("/journeys/journey/").content.decode()
    assert "2 things to settle" in page
    answer = browser.post("/journeys/journey/start/", {"everybody": "no"}, follow=True).content.decode()
    assert "not ready" in answer
    assert Journey.objects.get().state == "draft"


def test_a_journey_without_a_step_is_not_started(sign_in, mona):
    browser = sign_in(mona)
    browser.post("/journeys/make/", {})
    row = Journey.objects.get()
    row.draft["trigger"] = {"segment": "loyal"}
    row.save()
    for act in ("start", "publish"):
        answer = browser.post(f"/journeys/journey/{act}/", {"everybody": "no"}, follow=True).content.decode()
        assert "there is no step in it yet" in answer
    row.refresh_from_db()
    assert (row.state, row.current) == ("draft", None)


def test_publishing_keeps_what_people_walk_and_new_steps_get_new_ids(sign_in, mona, journey):
    row, browser = journey({"email": "a"}), sign_in(mona)
    browser.post("/journeys/thanks/start/", {"everybody": "no"})
    browser.post("/journeys/thanks/remove/", {"step": "email-1"})
    browser.post("/journeys/thanks/insert/", {"path": "steps", "position": "0", "kind": "email"})
    browser.post("/journeys/thanks/change/", {"step": "email-2", "template": "b"})
    page = browser.get("/journeys/thanks/").content.decode()
    assert "Publish version 2" in page
    browser.post("/journeys/thanks/publish/")
    row.refresh_from_db()
    assert [version.number for version in row.versions.order_by("number")] == [1, 2]
    assert row.current.tree["steps"] == [{"id": "email-2", "email": "b"}]
    for what, state in (("pause", "paused"), ("resume", "running")):
        browser.post(f"/journeys/thanks/{what}/")
        row.refresh_from_db()
        assert row.state == state


def test_people_are_listed_with_where_they_are_and_masked_for_viewers(
    sign_in, bob, vera, lin, journey, shop, turn, now
):
    from tenure_web.journeys import running

    running.start(journey({"wait": {"days": 2}}), lin, now, everybody=False)
    shop.move(shop.customer("王小明"), "first_purchase")
    turn(now)
    seen = sign_in(bob).get("/journeys/thanks/?tab=people").content.decode()
    assert "王小明" in seen
    assert "Wait: 2 days" in seen
    masked = sign_in(vera).get("/journeys/thanks/?tab=people").content.decode()
    assert "王小明" not in masked
    assert "王**" in masked


def test_rights_hold(sign_in, bob, vera, journey):
    journey({"email": "a"})
    assert sign_in(vera).get("/journeys/thanks/").status_code == 200
    assert sign_in(vera).post("/journeys/thanks/remove/", {"step": "email-1"}).status_code == 403
    assert sign_in(bob).post("/journeys/thanks/start/").status_code == 403
    assert sign_in(bob).get("/journeys/none/").status_code == 404
    assert 'class="plus"' not in sign_in(vera).get("/journeys/thanks/").content.decode()


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.thorough), "zh-hans"])
def test_every_page_stands_in_both_languages(sign_in, lin, journey, language):
    lin.language = language
    lin.save()
    journey({"wait": {"days": 1}}, {"check": "orders > 1"}, {"email": "a"}, goal={"event": "Order Completed"})
    browser = sign_in(lin)
    for step in ("", "?step=journey", "?step=wait-1", "?step=check-1", "?step=email-1", "?tab=people"):
        page = browser.get(f"/journeys/thanks/{step}")
        assert page.status_code == 200
        assert ("旅程" in page.content.decode()) == (language == "zh-hans")
