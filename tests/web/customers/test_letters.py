"""The letters beside a customer's figures say the same as its places, whoever wrote them."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from tenure_web.customers import sync
from tenure_web.customers.models import Place, State, sign

pytestmark = pytest.mark.usefixtures("tea", "changing")


def by_places() -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    for key, stage in Place.objects.values_list("customer_key", "stage"):
        found.setdefault(key, set()).add(sign(stage))
    return found


def by_letters() -> dict[int, set[str]]:
    return {key: set(letters) for key, letters in State.objects.values_list("customer_key", "stages")}


@pytest.mark.postgres
@pytest.mark.thorough
def test_letters_are_those_of_the_places_for_few_for_everybody_and_after_the_migration(workspace: Any) -> None:
    from tenure_web.worker import workspace as current

    shop = current.current()
    few = by_letters()
    assert few == by_places()
    assert {len(letters) for letters in few.values()} == {len(shop.definitions.lifecycles)}
    written = list(State.objects.order_by("pk").values_list("stages", flat=True))
    State.objects.update(stages="")
    sync.everyone(shop, shop.clock.now())
    assert list(State.objects.order_by("pk").values_list("stages", flat=True)) == written
    State.objects.update(stages="")
    with connection.cursor() as cursor:
        editor = SimpleNamespace(connection=connection, execute=cursor.execute)
        import_module("tenure_web.customers.migrations.0010_stages").fill(apps, editor)
    assert by_letters() == few
