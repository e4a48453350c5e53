"""What the library says is read in the reader's language, also what was stored by a worker that speaks none."""

import json

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation


def test_a_failed_job_is_read_by_each_in_their_language(db: None) -> None:
    from tenure_web.worker.models import Job

    job = Job(kind="import", state=Job.FAILED, message="tea.xlsx has no sheet with cells.", pk=1)
    assert "tea.xlsx has no sheet with cells." in render_to_string("theme/parts/job.html", {"job": job})
    with translation.override("zh-hans"):
        assert "tea.xlsx 中没有含内容的工作表。" in render_to_string("theme/parts/job.html", {"job": job})
        running = Job(kind="run", state=Job.RUNNING, message="segments", pk=2)
        assert "正在归入分群" in render_to_string("theme/parts/job.html", {"job": running})


def test_what_the_library_refuses_is_a_page_or_a_short_message_in_chinese() -> None:
    from tenure.errors import NotFound
    from tenure_web.theme.failures import PlainFailures

    request = RequestFactory().get("/")
    failures, missing = PlainFailures(lambda request: HttpResponse()), NotFound('There is no customer "林".')
    with translation.override("zh-hans"):
        page = failures.process_exception(request, missing)
        request.htmx = True  # type: ignore[attr-defined]
        toast = failures.process_exception(request, missing)
    assert page
    assert toast
    assert (page.status_code, toast.status_code) == (404, 404)
    assert "没有客户“林”。" in page.content.decode()
    assert json.loads(toast.headers["HX-Trigger"])["toast"]["text"] == "没有客户“林”。"
