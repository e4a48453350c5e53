"""The editor of cut points of value segments: learned, own and fall-back, counted while typing, kept as versions."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from tenure.basis import keep_basis
from tenure.definitions import Rfm
from tenure.segments import Learned
from tenure_web.definitions.cut_points import shown_learned
from tenure_web.definitions.forms import cards
from tests.web.definitions.test_editor import accept

ADDRESS = "/definitions/rfm/rfm/"
FEW = {f"rfm.few_days.{at}": str(days) for at, days in enumerate((5, 15, 25))}


@pytest.fixture
def shop(prepared: Any, request: pytest.FixtureRequest) -> Any:
    """Five customers who ordered 4, 10, 16, 22 and 28 days ago, the first two of them twice, for 100 to 500."""
    return prepared("cut points", customers, changing="changing" in request.fixturenames)


def customers(workspace: Any) -> None:
    from tenure_web.customers.models import Customer

    now = workspace.clock.now()
    events: list[dict[str, Any]] = []
    for number in range(1, 6):
        Customer.objects.create(customer_key=number, name=f"客户{number}", created_at=now)
        for order in range(2 if number < 3 else 1):
            when = (now - timedelta(days=6 * number - 2 + 40 * order)).isoformat()
            properties = {"order_id": f"o{number}-{order}", "total": 100 * number, "currency": "CNY"}
            call = {"type": "track", "event": "Order Completed", "messageId": f"o{number}{order}"}
            events.append({**call, "properties": properties, "userId": f"c{number}", "timestamp": when})
    accept(workspace, events)
    keep_basis(workspace)


def tried(client: Any, **fields: str) -> Any:
    text = client.get(ADDRESS).context["edited"].text
    return client.post(f"{ADDRESS}try/", {"view": "form", "text": text, **fields})


def placed(pane: Any, side: str = "after") -> dict[str, int]:
    """Customers by value segment, those that have none left out."""
    return {line.slot: getattr(line, side) for line in pane.context["tried"].lines if getattr(line, side)}


def test_it_shows_what_counts_until_a_company_sets_its_own(sign_in: Any, vera: Any, shop: Any) -> None:
    page = sign_in(vera).get(ADDRESS)
    found = page.content.decode()
    for words in ("Cut points of value segments", "with fewer than 100", "up to 39 days ago", 'value="90"'):
        assert words in found
    assert "Why this change" not in found
    assert [line.before for line in page.context["tried"].lines] == [line.after for line in page.context["tried"].lines]


def test_a_draft_is_counted_with_names_as_it_will_be_once_saved(
    sign_in: Any, lin: Any, shop: Any, changing: None
) -> None:
    client = sign_in(lin)
    before = Counter(row[-1] for row in shop.segments().rows)
    pane = tried(client, **FEW)
    assert placed(pane, "before") == before
    found = pane.context["tried"]
    assert found.shifted == sum(each.customers for each in found.moved) == 4
    assert all(name.startswith("客户") for each in found.moved for _key, name in each.people)
    text = client.get(ADDRESS).context["edited"].text
    client.post(f"{ADDRESS}save/", {"view": "form", "text": text, "reason": "weekly shop", **FEW})
    assert shop.definitions.rfm.few_days == (5, 15, 25)
    assert Counter(row[-1] for row in shop.segments().rows) == placed(pane)


def test_own_numbers_for_all_three_scores_decide_at_once_and_are_told_in_words(
    sign_in: Any, lin: Any, shop: Any
) -> None:
    numbers = {"days": (6, 12, 18, 24), "orders": (1, 1, 2, 3), "revenue": (150, 250, 350, 450)}
    fields = {f"rfm.{key}.{at}": str(n) for key, points in numbers.items() for at, n in enumerate(points)}
    pane = tried(sign_in(lin), **fields)
    five, four, *_others, one = pane.context["tried"].scores.rows
    assert five == (5, "up to 6 days ago", "4 or more", "over ¥450.00")
    assert four[1:3] == ("7–12 days ago", "3")
    assert one == (1, "25 days ago or longer", "1", "up to ¥150.00")
    assert pane.context["tried"].scores.own == (True, True, True)
    assert placed(pane) == {"loyal": 2, "nurture": 1, "cant_lose": 2}


def test_half_a_ladder_is_told_and_not_kept(sign_in: Any, lin: Any, shop: Any, changing: None) -> None:
    client = sign_in(lin)
    fields = {"rfm.days.0": "6", "rfm.days.1": "12", "rfm.days.2": "", "rfm.days.3": ""}
    (problem,) = tried(client, **fields).context["tried"].problems
    assert "needs 4 numbers" in problem
    text = client.get(ADDRESS).context["edited"].text
    assert client.post(f"{ADDRESS}save/", {"view": "form", "text": text, **fields}).status_code == 422
    assert shop.definitions.rfm == Rfm()


def test_every_save_is_a_version_and_the_first_state_can_be_brought_back(
    sign_in: Any, lin: Any, shop: Any, changing: None
) -> None:
    client, text = sign_in(lin), "rfm:\n  few_days: [7, 14, 28]\n"
    client.post(f"{ADDRESS}save/", {"view": "yaml", "text": text, "reason": "first"})
    client.post(f"{ADDRESS}save/", {"view": "yaml", "text": text.replace("28", "60"), "reason": "second"})
    newest, first = client.get(f"{ADDRESS}versions/").context["rows"]
    assert (newest.version.author, newest.version.reason, newest.present) == ("Lin", "second", True)
    assert {"-  few_days: [7, 14, 28]", "+  few_days: [7, 14, 60]"} <= set(newest.lines)
    client.post(f"{ADDRESS}restore/", {"number": first.version.number})
    assert shop.definitions.rfm.few_days == (7, 14, 28)
    client.post(f"{ADDRESS}remove/")
    assert shop.definitions.rfm == Rfm()


def test_empty_fields_show_the_months_learned_numbers(sign_in: Any, lin: Any, shop: Any) -> None:
    learned = Learned(date(2026, 3, 1), 500, (3, 9, 27, 81), (1, 2, 3, 4), (1050, 2000, 3000, 4000), 900.0, True)
    form = cards("rfm", "rfm", "rfm:\n  orders: [1, 2, 3, 9]\n")
    days, orders, revenue, few = shown_learned(form, learned, Rfm(orders=(1, 2, 3, 9)))
    assert [each.placeholder for each in days.inputs] == ["3", "9", "27", "81"]
    assert [each.placeholder for each in revenue.inputs] == ["10.5", "20", "30", "40"]
    assert [each.value for each in orders.inputs] == ["1", "2", "3", "9"]
    assert "Your own" in orders.note
    assert "Learned" in days.note
    assert [each.placeholder for each in few.inputs] == ["100", "1.5", "40", "90", "180"]


def test_the_list_and_the_segments_page_lead_to_them(sign_in: Any, lin: Any, shop: Any) -> None:
    client = sign_in(lin)
    for page in ("/definitions/", "/segments/"):
        assert f'href="{ADDRESS}"' in client.get(page).content.decode()
    assert client.get("/definitions/rfm/new/").status_code == 404
    assert client.get("/definitions/rfm/other/").status_code == 404
    assert client.get("/definitions/rfm/other/versions/").status_code == 404
