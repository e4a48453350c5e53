"""The exact count of a lifecycle that looks back: asked for in the editor, walked by the worker, shown with names."""

from typing import Any

import pytest
from django.utils import timezone

from tenure_web.worker import jobs
from tenure_web.worker.models import Job
from tests.web.definitions.test_editor import GROWTH, customers, text_of

HEADERS = {"HX-Request": "true"}


@pytest.fixture
def shop(prepared: Any) -> Any:
    """Six customers: two ordered once ten days ago, one twice, three only looked, twenty days ago."""
    return prepared("walking", customers, changing=True)


def held(shop: Any) -> dict[str, str]:
    """A draft in which everybody stays where they began, for a month."""
    text = text_of(shop)
    for key in ("acquisition", "activation"):
        text = text.replace(f"  {key}:\n", f"  {key}:\n    minimum_stay: 30\n")
    return {"view": "yaml", "text": text}


def test_the_exact_count_is_made_by_the_worker_and_differs_from_the_rules_alone(
    sign_in: Any, lin: Any, shop: Any
) -> None:
    client, draft = sign_in(lin), held(shop)
    pane = client.post(f"{GROWTH}try/", draft)
    assert "Counted by the rules alone" in pane.content.decode()
    assert "Nobody would be elsewhere" not in pane.content.decode()
    by_rules = {line.title: line.after for line in pane.context["tried"].lines}
    begun = client.post(f"{GROWTH}walk/", draft, headers=HEADERS)
    job = begun.context["walked"].job
    assert (job.state, f'value="{job.pk}"' in begun.content.decode()) == (Job.QUEUED, True)
    assert client.post(f"{GROWTH}walk/", draft, headers=HEADERS).context["walked"].job == job, (
        "asked twice, walked once"
    )
    assert jobs.work(timezone.now()) == 1
    page = client.post(f"{GROWTH}walk/", {**draft, "walk": job.pk}, headers=HEADERS)
    found = page.context["walked"].found
    exact = {line.title: line.after for line in found["lines"]}
    assert sum(exact.values()) == sum(by_rules.values()) == 6
    assert exact["Conversion"] + exact["Retention"] == 0 < by_rules["Conversion"] + by_rules["Retention"]
    assert found["shifted"] == 3
    assert "客户" in page.content.decode()
    assert "<!doctype html>" in client.post(f"{GROWTH}walk/", draft).content.decode(), "the page without scripts"


def test_a_count_of_another_draft_is_not_shown(sign_in: Any, lin: Any, shop: Any) -> None:
    client, draft = sign_in(lin), held(shop)
    job = client.post(f"{GROWTH}walk/", draft, headers=HEADERS).context["walked"].job
    jobs.work(timezone.now())
    other = {**draft, "text": draft["text"].replace("minimum_stay: 30", "minimum_stay: 3"), "walk": job.pk}
    assert client.post(f"{GROWTH}walk/", other, headers=HEADERS).context["walked"] is None
    client.post(f"{GROWTH}save/", draft)
    assert client.post(f"{GROWTH}walk/", {**draft, "walk": job.pk}, headers=HEADERS).context["walked"] is None


def test_what_is_wrong_with_a_draft_is_told(sign_in: Any, lin: Any, shop: Any) -> None:
    client = sign_in(lin)
    draft = {"view": "yaml", "text": held(shop)["text"].replace("orders >= 1", "ordrs >= 1")}
    job = client.post(f"{GROWTH}walk/", draft, headers=HEADERS).context["walked"].job
    jobs.work(timezone.now())
    page = client.post(f"{GROWTH}walk/", {**draft, "walk": job.pk}, headers=HEADERS).content.decode()
    assert "ordrs" in page
    assert "Count exactly" in page


def test_only_who_may_change_definitions_can_ask(sign_in: Any, lin: Any, vera: Any, shop: Any) -> None:
    assert sign_in(vera).post(f"{GROWTH}walk/", held(shop)).status_code == 403
    assert sign_in(lin).post("/definitions/features/orders/walk/", held(shop)).status_code == 404
