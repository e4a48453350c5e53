import pytest

from checks import outbound
from tests.checks.test_lengths import repository


@pytest.mark.parametrize(
    "line",
    [
        "import httpx",
        "from httpx import Client",
        "import urllib.request",
        "from urllib import request",
        "import requests",
    ],
)
def test_it_finds_every_way_to_import_a_client(tmp_path, line):
    [problem, *_] = outbound.problems(repository(tmp_path, src__room__page_dot_py=line))
    assert "page.py:1 imports" in problem


def test_it_allows_the_outbound_module_and_harmless_imports(tmp_path):
    root = repository(
        tmp_path,
        src__room__outbound_dot_py="import httpx",
        src__room__links_dot_py="from urllib.parse import urlsplit",
        tests__test_page_dot_py="import requests",
    )
    assert outbound.problems(root) == []
