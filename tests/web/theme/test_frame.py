"""The frame: language, theme, what each person finds in the sidebar, progress of long work."""

from typing import Any

import pytest
from django.test import Client

from tenure_web.worker.models import Job

pytestmark = pytest.mark.django_db


def test_the_page_speaks_the_language_of_the_browser(sign_in: Any, lin: Any) -> None:
    page = sign_in(lin).get("/segments/", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).content.decode()
    assert 'lang="zh-Hans"' in page
    assert "看板" in page


def test_a_chosen_language_stays_with_the_person(sign_in: Any, lin: Any) -> None:
    sign_in(lin).post("/language/", {"language": "zh-hans", "next": "/segments/"})
    assert 'lang="zh-Hans"' in sign_in(lin).get("/segments/").content.decode()


def test_a_strangers_language_stays_in_the_browser() -> None:
    browser = Client()
    browser.post("/language/", {"language": "zh-hans", "next": "/sign-in/"})
    assert 'lang="zh-Hans"' in browser.get("/sign-in/").content.decode()


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_a_chosen_theme_stays_with_the_person(sign_in: Any, lin: Any, theme: str) -> None:
    assert sign_in(lin).post("/theme/", {"theme": theme, "next": "/segments/"}).url == "/segments/"
    assert f'data-theme="{theme}"' in sign_in(lin).get("/segments/").content.decode()


def test_an_unknown_theme_is_404(sign_in: Any, lin: Any) -> None:
    assert sign_in(lin).post("/theme/", {"theme": "pink"}).status_code == 404


def test_no_switch_leads_to_a_strange_site(sign_in: Any, lin: Any) -> None:
    browser = sign_in(lin)
    assert browser.post("/theme/", {"theme": "dark", "next": "https://evil.example/"}).url == "/"
    assert browser.post("/language/", {"language": "en", "next": "//evil.example/"}).url == "/"


def test_the_sidebar_shows_what_a_person_may_do(sign_in: Any, lin: Any, vera: Any) -> None:
    owner = sign_in(lin).get("/segments/").content.decode()
    viewer = sign_in(vera).get("/segments/").content.decode()
    assert 'href="/settings/"' in owner
    assert 'href="/settings/"' not in viewer
    assert viewer.count('aria-current="page"') == 2  # the sidebar's and the phone's


def test_every_page_forbids_foreign_scripts(sign_in: Any, lin: Any) -> None:
    policy = sign_in(lin).get("/segments/")["Content-Security-Policy"]
    assert "unsafe-eval" not in policy
    assert "script-src 'self'" in policy


def test_a_job_is_shown_to_who_started_it_and_to_who_leads(sign_in: Any, lin: Any, bob: Any, vera: Any) -> None:
    job = Job.objects.create(kind="x", created_by=bob, state=Job.RUNNING, progress=0.4, message="half way")
    assert "40%" in sign_in(bob).get(f"/jobs/{job.pk}/").content.decode()
    assert sign_in(lin).get(f"/jobs/{job.pk}/").status_code == 200
    assert sign_in(vera).get(f"/jobs/{job.pk}/").status_code == 404


def test_a_finished_job_leads_on_within_the_site_only(sign_in: Any, bob: Any) -> None:
    job = Job.objects.create(kind="x", created_by=bob, state=Job.DONE, progress=1)
    browser = sign_in(bob)
    assert browser.get(f"/jobs/{job.pk}/?then=/segments/")["HX-Redirect"] == "/segments/"
    assert not browser.get(f"/jobs/{job.pk}/?then=https://evil.example/").has_header("HX-Redirect")
