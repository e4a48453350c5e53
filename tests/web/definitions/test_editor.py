"""The editor of definitions: form ⇄ YAML, counts while typing, saving."""

from datetime import timedelta
from typing import Any

import pytest

from tenure.basis import keep_basis, present_basis
from tenure.definitions import find, plain
from tenure_web.definitions.forms import cards, patched

GROWTH = "/definitions/lifecycles/growth/"


@pytest.fixture
def shop(prepared: Any, request: pytest.FixtureRequest) -> Any:
    """Six customers: three have ordered (one of them twice), three only looked."""
    return prepared("editor", customers, changing="changing" in request.fixturenames)


def customers(workspace: Any) -> None:
    from tenure_web.customers.models import Customer

    for key in range(1, 7):
        Customer.objects.create(customer_key=key, name=f"客户{key}", created_at=workspace.clock.now())
    now = workspace.clock.now()
    events: list[dict[str, Any]] = []
    for number in range(1, 7):
        who = {"userId": f"c{number}", "timestamp": (now - timedelta(days=20)).isoformat()}
        events.append({"type": "track", "event": "Product Viewed", "messageId": f"v{number}", **who})
        for order in range({1: 1, 2: 1, 3: 2}.get(number, 0)):
            when = (now - timedelta(days=10 - 5 * order)).isoformat()
            properties = {"order_id": f"o{number}-{order}", "total": 100, "currency": "CNY"}
            call = {"type": "track", "event": "Order Completed", "messageId": f"o{number}{order}"}
            events.append({**call, "properties": properties, **who, "timestamp": when})
    accept(workspace, events)
    keep_basis(workspace)


def accept(workspace: Any, events: list[dict[str, Any]]) -> None:
    import json

    key = workspace.collect.sources.create_key("test", workspace.clock.now())
    body = json.dumps({"batch": events}).encode()
    workspace.collect.accept("batch", body, [key], workspace.clock.now())
    workspace.collect.drain_all()


def text_of(shop: Any, sort: Any = "lifecycles", key: str = "growth") -> str:
    return find(shop.folder / "definitions", sort, key).text


def test_it_lists_what_is_defined(sign_in: Any, vera: Any, shop: Any) -> None:
    page = sign_in(vera).get("/definitions/").content.decode()
    for words in ("Growth", "Net revenue", "5 stages", "built in"):
        assert words in page
    assert "New feature" not in page


def test_it_shows_the_form_and_the_yaml_of_the_same_text(sign_in: Any, lin: Any, shop: Any) -> None:
    form = sign_in(lin).get(GROWTH).content.decode()
    assert 'name="stages.churn.title.zh" value="流失"' in form
    yaml = sign_in(lin).get(f"{GROWTH}?as=yaml").content.decode()
    assert "rule_order: [churn, retention" in yaml


@pytest.mark.parametrize(
    "address",
    [
        GROWTH,
        pytest.param("/definitions/features/revenue_90d/", marks=pytest.mark.thorough),
        pytest.param("/definitions/features/pace_ratio/", marks=pytest.mark.thorough),
    ],
)
def test_every_sort_can_be_opened_and_tried(sign_in: Any, lin: Any, shop: Any, address: str) -> None:
    client = sign_in(lin)
    assert client.get(address).status_code == 200
    sort, key = address.split("/")[2:4]
    pane = client.post(f"{address}try/", {"view": "yaml", "text": text_of(shop, sort, key)})
    assert pane.status_code == 200
    assert pane.context["tried"].customers == 6


def test_it_counts_a_draft_beside_today_with_names(sign_in: Any, lin: Any, shop: Any) -> None:
    text = text_of(shop).replace("rule: orders >= 1 OR subscriptions_started >= 1", "rule: orders >= 2")
    assert text != text_of(shop)
    tried = sign_in(lin).post(f"{GROWTH}try/", {"view": "yaml", "text": text}).context["tried"]
    before = {line.title: line.before for line in tried.lines}
    after = {line.title: line.after for line in tried.lines}
    assert sum(before.values()) == sum(after.values()) == 6
    assert before["Conversion"] == 2
    assert after["Conversion"] == 0
    assert tried.shifted == 2
    assert {name for moved in tried.moved for _key, name in moved.people} <= {f"客户{key}" for key in range(1, 50)}


def test_a_new_lifecycle_is_counted_with_names_and_says_what_it_leaves_aside(sign_in: Any, lin: Any, shop: Any) -> None:
    text = text_of(shop).replace("lifecycle: growth", "lifecycle: mine", 1) + "forward_only: true\n"
    posted = {"view": "yaml", "text": text, "new": "yes"}
    pane = sign_in(lin).post("/definitions/lifecycles/new/try/", posted, headers={"Accept-Language": "zh-CN"})
    tried = pane.context["tried"]
    assert tried.problems == ()
    assert {line.after: len(line.people) for line in tried.lines if line.after} == {
        line.after: min(line.after, 3) for line in tried.lines if line.after
    }
    page = pane.content.decode()
    assert "仅按规则统计" in page
    assert "没有客户会变动" not in page


def test_a_viewer_sees_masked_names(sign_in: Any, vera: Any, shop: Any) -> None:
    text = text_of(shop).replace("rule: orders >= 1 OR subscriptions_started >= 1", "rule: orders >= 2")
    tried = sign_in(vera).post(f"{GROWTH}try/", {"view": "yaml", "text": text}).context["tried"]
    assert {name for moved in tried.moved for _key, name in moved.people} == {"客**"}


def test_it_tells_what_is_wrong_while_typing_and_keeps_nothing(sign_in: Any, lin: Any, shop: Any) -> None:
    page = sign_in(lin).post(
        f"{GROWTH}try/", {"view": "yaml", "text": text_of(shop).replace("orders >= 1", "ordrs >= 1")}
    )
    assert "Did you mean &quot;orders&quot;?" in page.content.decode()
    wrong = {"view": "yaml", "text": "lifecycle: growth\n"}
    saved = sign_in(lin).post(f"{GROWTH}save/", wrong, headers={"Accept-Language": "zh-CN"})
    assert saved.status_code == 422
    assert "growth.yml 第 1 行：一个生命周期至少要有两个阶段。" in saved.content.decode()
    assert find(shop.folder / "definitions", "lifecycles", "growth").built_in


@pytest.mark.thorough
def test_a_form_writes_only_what_was_changed(sign_in: Any, lin: Any, shop: Any, changing: None) -> None:
    before = text_of(shop)
    posted = {
        each.name: str(each.value)
        for card in cards("lifecycles", "growth", before)
        for each in (*card.inputs, *card.more)
    }
    posted |= {"view": "form", "text": before, "stages.churn.title.en": "Gone", "reason": "our word"}
    assert sign_in(lin).post(f"{GROWTH}save/", posted).status_code == 302
    assert text_of(shop) == before.replace("title: {en: Churn,", "title: {en: Gone,")
    assert shop.definitions.lifecycles["growth"].stage("churn").title.en == "Gone"


@pytest.mark.thorough
def test_a_button_of_the_form_adds_moves_or_takes_out_a_stage(workspace: Any) -> None:
    text = text_of(workspace)
    added = patched("lifecycles", "growth", text, {}, "add_stage")
    assert list(plain(added)["stages"])[-1] == "stage_1"
    assert plain(added)["rule_order"][0] == "stage_1"
    assert list(plain(patched("lifecycles", "growth", added, {}, "up:stage_1"))["stages"])[-2] == "stage_1"
    assert plain(patched("lifecycles", "growth", added, {}, "drop:stage_1")) == plain(text)


def test_the_traits_of_an_ideal_customer_are_added_changed_and_taken_out() -> None:
    text = "segments:\n  dear:\n    title: {en: Dear, zh: 高价值}\n    rule: orders >= 1\n"
    added = patched("segments", "dear", text, {}, "add_trait")
    assert plain(added)["segments"]["dear"]["traits"]["trait_1"]["rule"] == "orders >= 1"
    path = "segments.dear.traits.trait_1"
    said = {f"{path}.title.zh": "常买", f"{path}.rule": "orders >= 5", f"{path}.weight": "3", "segments.dear.fit": "70"}
    changed = plain(patched("segments", "dear", added, said))["segments"]["dear"]
    assert changed["fit"] == "70"
    assert changed["traits"]["trait_1"] == {
        "title": {"en": "Trait 1", "zh": "常买"},
        "rule": "orders >= 5",
        "weight": "3",
    }
    assert plain(patched("segments", "dear", added, {}, "drop:trait_1")) == plain(text)


@pytest.mark.thorough
def test_stages_can_be_added_moved_and_taken_out(sign_in: Any, lin: Any, shop: Any) -> None:
    client, text = sign_in(lin), text_of(shop)

    def do(what: str, text: str) -> str:
        page = client.post(f"{GROWTH}try/", {"view": "form", "text": text, "do": what})
        assert page.status_code == 200
        return page.context["edited"].text

    added = do("add_stage", text)
    assert list(plain(added)["stages"])[-1] == "stage_1"
    assert plain(added)["rule_order"][0] == "stage_1"
    assert client.post(f"{GROWTH}try/", {"view": "yaml", "text": added}).context["tried"].problems == ()
    assert list(plain(do("up:stage_1", added))["stages"])[-2] == "stage_1"
    assert plain(do("drop:stage_1", added)) == plain(text)


def test_a_changed_feature_is_counted_from_the_events(sign_in: Any, lin: Any, shop: Any) -> None:
    address = "/definitions/features/orders_30d/"
    text = text_of(shop, "features", "orders_30d").replace("within_days: 30", "within_days: 7")
    found = sign_in(lin).post(f"{address}try/", {"view": "yaml", "text": text}).context["tried"].feature
    assert dict(found.frequent) == {"0": 5, "1": 1}


def test_a_new_segment_is_counted_and_saved(sign_in: Any, lin: Any, shop: Any, changing: None) -> None:
    client = sign_in(lin)
    page = client.get("/definitions/segments/new/")
    text = page.context["edited"].text.replace("segment_1:", "two_orders:")
    data = {"view": "yaml", "new": "yes", "text": text}
    assert client.post("/definitions/segments/new/try/", data).context["tried"].segment.customers == 1
    saved = client.post("/definitions/segments/new/save/", data)
    assert saved.url == "/definitions/segments/two_orders/"
    assert "two_orders" in shop.definitions.segments


def test_a_fixed_list_is_counted(sign_in: Any, lin: Any, shop: Any) -> None:
    text = (
        "segments:\n  guests:\n    title: {en: Guests, zh: 贵宾}\n    meaning: {en: By hand., zh: 手工名单。}\n"
        "    customers: [c1, c5, nobody]\n    exclude: orders >= 1\n"
    )
    pane = sign_in(lin).post("/definitions/segments/new/try/", {"view": "yaml", "new": "yes", "text": text})
    assert pane.context["tried"].problems == ()
    assert pane.context["tried"].segment.customers == 1


@pytest.mark.thorough
def test_taking_an_own_definition_away_is_refused_while_another_reads_it(
    sign_in: Any, lin: Any, shop: Any, changing: None
) -> None:
    client = sign_in(lin)
    feature = client.get("/definitions/features/new/").context["edited"].text
    client.post("/definitions/features/new/save/", {"view": "yaml", "new": "yes", "text": feature})
    segment = client.get("/definitions/segments/new/").context["edited"].text.replace("orders >= 2", "feature_1 >= 2")
    client.post("/definitions/segments/new/save/", {"view": "yaml", "new": "yes", "text": segment})
    refused = client.post("/definitions/features/feature_1/remove/", follow=True)
    assert "segment_1" in refused.content.decode()
    assert "feature_1" in shop.definitions.features
    client.post("/definitions/segments/segment_1/remove/")
    client.post("/definitions/features/feature_1/remove/")
    assert "feature_1" not in shop.definitions.features


def test_a_key_cannot_leave_its_folder(sign_in: Any, lin: Any, shop: Any) -> None:
    text = "segments:\n  ../../x:\n    title: a\n    meaning: a\n    rule: orders >= 1\n"
    saved = sign_in(lin).post("/definitions/segments/new/save/", {"view": "yaml", "new": "yes", "text": text})
    assert saved.status_code == 422


@pytest.mark.thorough
def test_the_editor_reads_in_chinese(sign_in: Any, lin: Any, shop: Any) -> None:
    page = sign_in(lin).get(GROWTH, headers={"Accept-Language": "zh-CN"}).content.decode()
    for words in ("定义", "改动后会怎样", "保存", "哪些客户在此"):
        assert words in page


def test_every_save_is_a_version_with_author_reason_and_difference(
    sign_in: Any, lin: Any, shop: Any, changing: None
) -> None:
    client, text = sign_in(lin), text_of(shop)
    for name in ("Gone", "Left"):
        changed = text.replace("title: {en: Churn,", f"title: {{en: {name},")
        client.post(f"{GROWTH}save/", {"view": "yaml", "text": changed, "reason": f"called {name}"})
    page = client.get(f"{GROWTH}versions/")
    newest, first = page.context["rows"]
    assert (newest.version.author, newest.version.reason, newest.present) == ("Lin", "called Left", True)
    assert {"-    title: {en: Gone, zh: 流失}", "+    title: {en: Left, zh: 流失}"} <= set(newest.lines)
    client.post(f"{GROWTH}restore/", {"number": first.version.number})
    assert shop.definitions.lifecycles["growth"].stage("churn").title.en == "Gone"
    assert len(client.get(f"{GROWTH}versions/").context["rows"]) == 3


def test_what_counts_stand_on_is_made_anew_when_a_feature_was_changed(
    sign_in: Any, lin: Any, shop: Any, changing: None
) -> None:
    found = present_basis(shop)
    assert found is not None
    assert found.is_fresh(shop)
    address = "/definitions/features/orders_30d/"
    text = text_of(shop, "features", "orders_30d").replace("within_days: 30", "within_days: 7")
    sign_in(lin).post(f"{address}save/", {"view": "yaml", "text": text})
    assert not found.is_fresh(shop)
    assert keep_basis(shop).is_fresh(shop)


def test_values_that_cannot_be_worked_with_are_counted_and_named_on_the_page(
    sign_in: Any, lin: Any, shop: Any, changing: None
) -> None:
    client = sign_in(lin)
    assert client.get("/definitions/").context["odd"] == []
    text = text_of(shop).replace("orders >= 1 OR subscriptions_started >= 1", "orders / refunds > 1")
    assert client.post(f"{GROWTH}save/", {"view": "yaml", "text": text}).status_code == 302
    keep_basis(shop)
    (line,) = client.get("/definitions/").context["odd"]
    assert (line.customers, line.reason, line.href) == (6, "divided by zero", GROWTH)
    chinese = client.get("/definitions/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "无法使用的数值" in chinese


def test_what_was_taken_away_can_be_brought_back(sign_in: Any, lin: Any, shop: Any, changing: None) -> None:
    client = sign_in(lin)
    text = client.get("/definitions/segments/new/").context["edited"].text
    client.post("/definitions/segments/new/save/", {"view": "yaml", "new": "yes", "text": text})
    client.post("/definitions/segments/segment_1/remove/")
    assert "segment_1" not in shop.definitions.segments
    number = client.get("/definitions/segments/segment_1/versions/").context["rows"][-1].version.number
    client.post("/definitions/segments/segment_1/restore/", {"number": number})
    assert "segment_1" in shop.definitions.segments


def test_a_new_key_that_is_taken_is_refused(sign_in: Any, lin: Any, shop: Any) -> None:
    text = text_of(shop, "features", "orders_30d")
    saved = sign_in(lin).post("/definitions/features/new/save/", {"view": "yaml", "new": "yes", "text": text})
    assert saved.status_code == 422
    assert "exists already" in saved.content.decode()


def test_a_feature_that_stands_in_a_segment_opens_that_segment(
    sign_in: Any, lin: Any, shop: Any, changing: None
) -> None:
    text = (
        "segments:\n  dear:\n    title: {en: Dear, zh: 高价值}\n    meaning: {en: Dear., zh: 高价值。}\n"
        "    traits:\n      often: {title: {en: buys often, zh: 常买}, rule: orders_7d >= 1}\n"
        "    features:\n      orders_7d:\n        title: {en: Orders in a week, zh: 近 7 天订单数}\n"
        "        meaning: {en: Orders in a week., zh: 近 7 天订单数。}\n        kind: count\n"
        "        events: Order Completed\n        within_days: 7\n"
    )
    client = sign_in(lin)
    client.post("/definitions/segments/new/save/", {"view": "yaml", "new": "yes", "text": text})
    for key in ("orders_7d", "fit_dear", "fit_dear_often"):
        assert f"/definitions/features/{key}/" in client.get("/definitions/").content.decode()
        assert client.get(f"/definitions/features/{key}/").url == "/definitions/segments/dear/"


def test_going_back_brings_the_list_of_a_segment_back_too(sign_in: Any, lin: Any, shop: Any, changing: None) -> None:
    client, address = sign_in(lin), "/definitions/segments/guests/"
    file = shop.folder / "definitions" / "segments" / "guests.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    text = (
        "segments:\n  guests:\n    title: {en: Guests, zh: 贵宾}\n    meaning: {en: By hand., zh: 手工名单。}\n"
        "    file: guests.csv\n"
    )
    for name, ids in (("Guests", "c1\nc2\n"), ("Friends", "c3\n")):
        file.write_text(ids, "utf-8")
        said = {"view": "yaml", "new": "yes" if name == "Guests" else "", "text": text.replace("Guests", name)}
        client.post(f"{address}save/" if name == "Friends" else "/definitions/segments/new/save/", said)
    newest, _by_hand, first = client.get(f"{address}versions/").context["rows"]
    assert (newest.present, first.present) == (True, False)
    file.unlink()
    client.post(f"{address}restore/", {"number": first.version.number})
    assert file.read_text("utf-8") == "c1\nc2\n"
    assert shop.definitions.segments["guests"].customers == ("c1", "c2")
