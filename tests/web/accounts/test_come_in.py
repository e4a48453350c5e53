"""The link printed at the server's keyboard signs one person in, once."""

from typing import Any

import pytest
from django.test import Client

from tenure.errors import NotFound
from tenure_web.accounts import first_start

pytestmark = pytest.mark.django_db


def test_the_link_signs_in_once(client: Any, lin: Any) -> None:
    link = first_start.sign_in_link("Lin@example.com", "http://testserver").removeprefix("http://testserver")
    answer = client.get(link)
    assert (answer.status_code, answer.url) == (302, "/")
    assert client.session["_auth_user_id"] == str(lin.pk)
    assert Client().get(link).status_code == 410


def test_a_disabled_person_does_not_come_in(client: Any, bob: Any) -> None:
    link = first_start.sign_in_link(bob.email, "http://testserver").removeprefix("http://testserver")
    bob.is_active = False
    bob.save()
    assert client.get(link).status_code == 410


def test_there_is_no_link_for_strangers() -> None:
    with pytest.raises(NotFound, match=r"charlie@example\.com"):
        first_start.sign_in_link("charlie@example.com", "http://testserver")
