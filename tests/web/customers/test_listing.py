"""The list of customers: who is found, in which order, by whom."""

import csv
import io
from typing import Any

import pytest
from django.db.models import Value
from django.db.models.functions import Concat

from tenure_web.audit.models import Entry
from tenure_web.customers.labels import label_id
from tenure_web.customers.models import Customer, Place, State, sign

pytestmark = pytest.mark.usefixtures("listed")


def names(response: Any) -> list[str]:
    return [row.person.title for row in response.context["rows"]]


def test_it_lists_everybody_by_the_last_order(sign_in: Any, lin: Any) -> None:
    response = sign_in(lin).get("/customers/")
    assert names(response) == ["王小明", "C3", "Anna Berg"]
    assert "¥430.00" in response.content.decode()


@pytest.mark.postgres
def test_lin_finds_a_customer_by_any_part_of_what_is_known(sign_in: Any, lin: Any) -> None:
    client = sign_in(lin)
    for text in ("小明", "王", "xiaoming", "13800138", "C1", "  小明  王 "):
        assert names(client.get("/customers/", {"q": text})) == ["王小明"], text


@pytest.mark.postgres(alone=True)
def test_filters_narrow_the_list_and_stand_as_chips(sign_in: Any, lin: Any) -> None:
    client = sign_in(lin)
    for filters, found, chips in (
        ({"recency": "30"}, ["王小明", "C3"], 1),
        ({"recency": "never"}, [], 1),
        ({"recency": "365"}, ["王小明", "C3", "Anna Berg"], 1),
        ({"least": "100"}, ["王小明"], 1),
        ({"most": "59.99"}, ["C3"], 1),
        ({"stage": ["growth/conversion", "growth/churn"]}, ["C3", "Anna Berg"], 2),
        ({"stage": ["growth/conversion"], "recency": "7"}, [], 2),
        ({"stage": ["growth/conversion", "purchase/first"]}, [], 2),
        ({"segment": "champion"}, ["王小明"], 1),
        ({"segment": "no-such"}, [], 1),
        ({"channel": ["offline", "search"], "least": "50"}, ["王小明", "Anna Berg"], 3),
        ({"least": "many", "recency": "soon"}, ["王小明", "C3", "Anna Berg"], 0),
    ):
        response = client.get("/customers/", filters)
        assert (names(response), len(response.context["chips"])) == (found, chips), filters


@pytest.mark.postgres
def test_a_large_stage_is_found_like_a_small_one(sign_in: Any, lin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenure_web.customers.selection.FEW", 0)
    response = sign_in(lin).get("/customers/", {"stage": "growth/conversion", "q": "c3"})
    assert names(response) == ["C3"]


def test_filters_mean_the_same_where_whom_they_mean_is_rare(
    sign_in: Any, lin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenure_web.customers.selection.FEW", 0)
    monkeypatch.setattr("tenure_web.customers.effort.STEPS", 1)
    for key in (2, 3):
        bought = {
            "lifecycle": label_id("lifecycle", "purchase"),
            "stage": label_id("stage", "purchase", "first_purchase"),
        }
        Place.objects.create(customer_key=key, since="2026-01-01", **bought)
        State.objects.filter(pk=key).update(stages=Concat("stages", Value(sign(bought["stage"]))))
    client = sign_in(lin)
    for filters, found in (
        ({"recency": "30"}, ["王小明", "C3"]),
        ({"recency": "never", "sort": "number"}, []),
        ({"least": "50", "most": "100"}, ["Anna Berg"]),
        ({"stage": ["growth/conversion", "growth/churn"]}, ["C3", "Anna Berg"]),
        ({"stage": ["growth/conversion", "purchase/first_purchase"]}, ["C3"]),
        ({"segment": "champion", "sort": "-value"}, ["王小明"]),
        ({"channel": ["offline", "search"], "least": "50", "sort": "revenue"}, ["Anna Berg", "王小明"]),
        ({"risk": ["low", "high"]}, []),
        ({"worth": "1", "next": "overdue"}, []),
    ):
        assert names(client.get("/customers/", filters)) == found, filters


@pytest.mark.parametrize(("sort", "first"), [("-revenue", "王小明"), ("revenue", "C3"), ("-orders", "王小明")])
def test_the_list_sorts_by_declared_names(sign_in: Any, lin: Any, sort: str, first: str) -> None:
    assert names(sign_in(lin).get("/customers/", {"sort": sort}))[0] == first


def test_a_name_that_is_not_declared_does_not_sort(sign_in: Any, lin: Any) -> None:
    response = sign_in(lin).get("/customers/", {"sort": "-search"})
    assert response.context["sort"] == "-last_order"


@pytest.mark.postgres
def test_pages_lead_forward_and_back_without_losing_anybody(
    sign_in: Any, lin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenure_web.customers.listing.SIZE", 1)
    browser, seen, address = sign_in(lin), [], "/customers/"
    while address:
        response = browser.get(address)
        seen += names(response)
        address, last = response.context["after"], response
    assert seen == ["王小明", "C3", "Anna Berg"]
    back = browser.get(last.context["before"])
    assert names(back) == ["C3"]
    assert names(browser.get(back.context["before"])) == ["王小明"]


def test_the_total_is_counted_apart(sign_in: Any, lin: Any) -> None:
    assert "2 customers" in sign_in(lin).get("/customers/count/", {"recency": "30"}).content.decode()


def test_vera_sees_masked_names_only(sign_in: Any, vera: Any) -> None:
    browser = sign_in(vera)
    page = browser.get("/customers/", {"sort": "-revenue"}).content.decode()
    assert "王**" in page
    for secret in ("王小明", "xiaoming", "13800138000", "Berg"):
        assert secret not in page


@pytest.mark.parametrize("text", ["王小明", "小明", "xiaoming@example.com", "anna", "13800138000", "C"])
def test_vera_cannot_find_out_by_searching_what_is_masked(sign_in: Any, vera: Any, text: str) -> None:
    browser = sign_in(vera)
    assert names(browser.get("/customers/", {"q": text})) == []
    assert "/customers/" not in browser.get("/find/", {"q": text}).content.decode().replace('href="/customers/"', "")


def test_vera_finds_a_customer_by_the_whole_number(sign_in: Any, vera: Any) -> None:
    assert names(sign_in(vera).get("/customers/", {"q": "C1"})) == ["王**"]


def test_a_number_that_is_an_address_in_disguise_stays_masked(sign_in: Any, vera: Any) -> None:
    Customer.objects.filter(external_id="C3").update(external_id="eve@example.com", search="eve@example.com")
    browser = sign_in(vera)
    assert "eve@example.com" not in browser.get("/customers/").content.decode()
    assert names(browser.get("/customers/", {"q": "eve@example.com"})) == []


def test_columns_are_remembered(sign_in: Any, lin: Any) -> None:
    browser = sign_in(lin)
    browser.post("/customers/columns/", {"column": ["email", "orders"], "query": "sort=-orders"})
    assert [column.name for column in browser.get("/customers/").context["columns"]] == ["email", "orders"]
    browser.post("/customers/columns/", {})
    assert len(browser.get("/customers/").context["columns"]) > 2


def read(response: Any) -> list[list[str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.postgres
def test_the_export_holds_what_the_filters_mean_and_is_audited(sign_in: Any, mona: Any) -> None:
    rows = read(sign_in(mona).post("/customers/export/", {"recency": "30"}))
    assert [row[:2] for row in rows[1:]] == [["C1", "王小明"], ["C3", ""]]
    entry = Entry.objects.order_by("-number").first()
    assert entry is not None
    assert (entry.verb, entry.detail["customers"]) == ("export.customers", 2)


def test_the_export_of_the_chosen_holds_only_them(sign_in: Any, lin: Any) -> None:
    rows = read(sign_in(lin).post("/customers/export/", {"only": "chosen", "key": ["2"]}))
    assert [row[1] for row in rows[1:]] == ["Anna Berg"]


def test_bob_may_not_export(sign_in: Any, bob: Any) -> None:
    assert sign_in(bob).post("/customers/export/").status_code == 403


def test_a_fragment_is_only_the_list(sign_in: Any, lin: Any) -> None:
    browser = sign_in(lin)
    part = browser.get("/customers/", headers={"HX-Request": "true"}).content.decode()
    back = browser.get("/customers/", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" not in part
    assert "<html" in back.content.decode()
