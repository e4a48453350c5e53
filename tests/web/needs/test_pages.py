"""The needs page, its list of who is due, as a file and as a segment, and the card of one customer."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

CATEGORIES = {"tea": ("Green tea", "leaf", 40), "cup": ("Cup", "ware", 20), "pot": ("Tea pot", "ware", 60)}


def orders(now: Any) -> list[dict[str, Any]]:
    """Twelve customers who buy tea every thirty days, the last 10 to 43 days ago; half take a cup, half a pot later."""
    events = []
    for who in range(12):
        for back in range(4):
            day = now - timedelta(days=30 * back + 10 + who * 3)
            goods = ["tea", *(["cup"] if who % 2 else []), *(["pot"] if back == 0 and who < 6 else [])]
            lines = [
                {"product_id": key, "name": name, "category": category, "price": price, "quantity": 1}
                for key in goods
                for name, category, price in [CATEGORIES[key]]
            ]
            total = sum(CATEGORIES[key][2] for key in goods)
            properties = {"order_id": f"o{who}-{back}", "total": total, "currency": "CNY", "products": lines}
            said = {"userId": f"c{who}", "messageId": f"{who}-{back}", "timestamp": day.isoformat()}
            events.append({"type": "track", "event": "Order Completed", "properties": properties, **said})
    return events


def fill(shop: Any) -> None:
    from tenure_web.customers import sync

    now = shop.clock.now()
    key = shop.collect.sources.create_key("test", now)
    shop.collect.accept("batch", json.dumps({"batch": orders(now)}).encode(), [key], now)
    shop.collect.drain_all()
    shop.needs.renew()
    sync.everyone(shop, now, "time")


@pytest.fixture
def tea(prepared: Any, request: pytest.FixtureRequest) -> Any:
    """A shop with needs worked out."""
    return prepared("needs", fill, changing="changing" in request.fixturenames)


def test_the_page_shows_who_is_due_what_sells_and_what_belongs_together(sign_in: Any, lin: Any, tea: Any) -> None:
    page = sign_in(lin).get("/needs/?within=30")
    context, text = page.context, page.content.decode()
    today = tea.clock.as_of().day
    assert context["due"]
    for row, _who, _late in context["due"]:
        assert today <= row.due_day <= today + timedelta(days=30)
        assert row.due_day == row.last_day + timedelta(days=round(row.days))
        assert 25 <= row.days <= 35
    assert {each.title for each in context["best"]} == {"Green tea", "Cup", "Tea pot"}
    money = [each.revenue for each in context["best"]]
    assert money == sorted(money, reverse=True)
    assert context["states"] == {"sold": 3}
    assert "With less than two years of orders, a yearly pattern cannot be told apart from a trend." in text
    assert context["month_chart"]["series"][0]["values"]
    assert {each.title.en for each in context["leanings"]} <= {
        each.title.en for each in tea.definitions.value_segments.values()
    }
    assert context["judged_kinds"]
    for words in ("Green tea", "What is never offered", "How far this can be trusted"):
        assert words in text


@pytest.mark.thorough
def test_a_category_has_a_season_of_its_own(sign_in: Any, lin: Any, tea: Any) -> None:
    context = sign_in(lin).get("/needs/?category=ware").context
    assert context["sold_in"] == ["leaf", "ware"]
    whole = sign_in(lin).get("/needs/").context["month_chart"]["series"][0]["values"]
    part = context["month_chart"]["series"][0]["values"]
    assert sum(part) < sum(whole)
    assert sign_in(lin).get("/needs/?category=none").status_code == 200


def test_it_speaks_chinese(sign_in: Any, lin: Any, tea: Any) -> None:
    text = sign_in(lin).get("/needs/", headers={"Accept-Language": "zh-CN"}).content.decode()
    for words in ("畅销商品", "滞销商品", "待补货", "订单历史不足两年，无法区分季节规律与增长趋势", "常买"):
        assert words in text


def test_the_list_is_a_fragment_for_htmx_and_a_page_without(sign_in: Any, vera: Any, tea: Any) -> None:
    client = sign_in(vera)
    found = client.get("/needs/due/?within=overdue", headers={"HX-Request": "true"})
    assert "<html" not in found.content.decode()
    assert found.context["due"]
    assert all(late > 0 for _row, _who, late in found.context["due"])
    assert client.get("/needs/due/?within=overdue").headers["Location"] == "/needs/?within=overdue#due"
    one = client.get("/needs/due/?within=30&product=tea", headers={"HX-Request": "true"}).context["due"]
    assert {row.product for row, _who, _late in one} == {"tea"}


def test_the_list_is_exported_whole_and_written_down(sign_in: Any, lin: Any, tea: Any) -> None:
    from tenure_web.audit.models import Entry

    found = sign_in(lin).post("/needs/due/export/", {"within": "overdue", "product": "tea"})
    lines = b"".join(found.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Customer number,Name,Product,Title,Due")
    listed = [line.split(",") for line in lines[1:]]
    assert listed
    today = tea.clock.as_of().day
    for cells in listed:
        assert cells[2:4] == ["tea", "Green tea"]
        assert date.fromisoformat(cells[4]) < today
    assert Entry.objects.get(verb="export.due").detail == {"product": "tea", "rows": len(listed)}


def test_the_list_becomes_a_segment_of_these_customers(sign_in: Any, lin: Any, tea: Any, changing: None) -> None:
    before = {
        row.customer_key for row, _who, _late in sign_in(lin).get("/needs/?within=overdue&product=tea").context["due"]
    }
    found = sign_in(lin).post("/needs/due/segment/", {"within": "overdue", "product": "tea"})
    key = found.headers["Location"].strip("/").split("/")[-1]
    segment = tea.definitions.segments[key]
    ids = dict(tea.store.snapshot().connect().execute("SELECT external_id, customer_key FROM customers").fetchall())
    assert {ids[each] for each in segment.customers} == before
    assert segment.title.zh.startswith("tea：补货已逾期")
    nobody = sign_in(lin).post("/needs/due/segment/", {"within": "7", "product": "no-such"})
    assert nobody.headers["Location"] == "/needs/?within=7&product=no-such#due"


def test_the_card_says_when_what_and_why(sign_in: Any, vera: Any, tea: Any) -> None:
    key = tea.find("c7")
    card = sign_in(vera).get(f"/needs/customers/{key}/")
    text = card.content.decode()
    needs = card.context["needs"]
    assert needs.next_day == tea.needs.of(key).next_day
    assert "Likely basket" in text
    assert "bought 4 times, last 31 days ago" in text
    assert "of those who buy" in text or "of the baskets with" in text
    chinese = sign_in(vera).get(f"/needs/customers/{key}/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert "买过 4 次，上次在 31 天前" in chinese
    named = [offer.product for _title, lines in card.context["kinds"] for offer, _words in lines]
    assert len(named) == len(set(named))


def test_the_list_of_customers_filters_and_sorts_by_the_next_order(sign_in: Any, lin: Any, tea: Any) -> None:
    from tenure_web.customers import forecasts
    from tenure_web.customers.models import State

    assert forecasts.show(tea) == 12
    assert forecasts.show(tea) == 0
    today = tea.clock.as_of().day
    for choice, first, last in (
        ("overdue", date.min, today - timedelta(days=1)),
        ("30", today, today + timedelta(days=30)),
    ):
        page = sign_in(lin).get(f"/customers/?next={choice}&sort=next_order")
        days = [row.state.next_order_on for row in page.context["rows"]]
        assert days == sorted(days)
        assert days == sorted(
            State.objects.filter(next_order_on__range=(first, last)).values_list("next_order_on", flat=True)
        )
        assert page.context["chips"][0]["name"] == "Next order"
    assert sign_in(lin).get("/customers/?next=nonsense").context["chips"] == []


def test_the_export_of_customers_holds_value_risk_and_next_order(sign_in: Any, lin: Any, tea: Any) -> None:
    from tenure_web.customers import forecasts
    from tenure_web.customers.models import State

    forecasts.show(tea)
    State.objects.filter(customer_key=tea.find("c7")).update(value=1250, risk=0.25)
    client = sign_in(lin)
    client.post("/customers/columns/", {"column": ["value", "risk", "next_order"]})
    found = client.post("/customers/export/", {"only": "chosen", "key": str(tea.find("c7"))})
    line = b"".join(found.streaming_content).decode("utf-8-sig").splitlines()[1]
    assert line.split(",")[2:] == ["12.50", "0.25", tea.needs.of(tea.find("c7")).next_day.isoformat()]


def test_without_orders_the_page_teaches(sign_in: Any, vera: Any, workspace: Any, db: None) -> None:
    text = sign_in(vera).get("/needs/").content.decode()
    assert "Nothing worked out yet" in text
    assert 'href="/collect/"' in text


def test_wrong_limits_are_told_on_the_page(sign_in: Any, vera: Any, tea: Any, changing: None) -> None:
    (tea.folder / "definitions" / "needs.yml").write_text("gone_after_days: soon")
    text = sign_in(vera).get("/needs/").content.decode()
    assert "needs.yml line 1:" in text


def test_the_button_asks_the_worker(sign_in: Any, lin: Any, workspace: Any, db: None) -> None:
    from tenure_web.worker.models import Job

    assert sign_in(lin).post("/needs/renew/").headers["Location"] == "/needs/"
    assert Job.objects.get().kind == "needs"


@pytest.mark.thorough
def test_products_are_called_in_the_readers_language(changing: Any, sign_in: Any, lin: Any, tea: Any) -> None:
    (tea.folder / "definitions").mkdir(exist_ok=True)
    file = tea.folder / "definitions" / "titles.csv"
    file.write_text("name,en,zh\nGreen tea,Fine tea,好茶\nleaf,Leaf,叶\n")
    client, key = sign_in(lin), tea.find("c0")
    pages = (f"/needs/customers/{key}/", "/needs/", f"/customers/{key}/?tab=orders")
    english = [client.get(page).content.decode() for page in pages]
    assert all("Fine tea" in text and "Green tea" not in text for text in english)
    lin.language = "zh-hans"
    lin.save()
    assert all("好茶" in client.get(page).content.decode() for page in pages)
    file.write_text("product,title\ntea,Fine tea\n")
    assert "name,en,zh" in client.get("/needs/").content.decode()


def came(shop: Any, *events: dict[str, Any]) -> None:
    """Take events in and show them on the web."""
    from tenure_web.customers import sync

    now = shop.clock.now()
    key = shop.collect.sources.create_key("test", now)
    shop.collect.accept("batch", json.dumps({"batch": events}).encode(), [key], now)
    shop.collect.drain_all()
    sync.everyone(shop, now, "time")


def test_a_company_of_contracts_alone_is_told_so_and_asks_for_no_needs(sign_in: Any, lin: Any, workspace: Any) -> None:
    from django.utils import timezone

    from tenure_web.worker import daily
    from tenure_web.worker.models import Job

    def asked() -> int:
        daily._ask("needs", daily.SCORES["needs"][1], timezone.now())
        return Job.objects.filter(kind="needs", state=Job.QUEUED).count()

    price = {"subscription_id": "s1", "amount": 9, "currency": "CNY"}
    paid = {"type": "track", "event": "Subscription Started", "userId": "c1", "messageId": "s1", "properties": price}
    paid["timestamp"] = "2024-05-01T10:00:00Z"
    came(workspace, paid)
    assert asked() == 0
    Job.objects.create(kind="needs", state=Job.FAILED, message="There are no orders before 2026-11-25.")  # by hand
    text = sign_in(lin).get("/needs/").content.decode()
    assert "Contracts alone do not tell what is bought next" in text
    assert "could not be worked out" not in text

    Job.objects.all().delete()
    came(workspace, *orders(workspace.clock.now())[:1])
    assert asked() == 1
    assert "Contracts alone" not in sign_in(lin).get("/needs/").content.decode()
