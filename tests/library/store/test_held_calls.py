"""Everybody's `group` calls in memory: as the store has them after whatever happened, and each read once."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tenure.settings import Settings
from tenure.store import Held, Store, colleagues
from tests.examples import examples

PEOPLE = 12


@pytest.fixture
def store(tmp_path: Path) -> Store:
    (tmp_path / "store").mkdir()
    return Store(tmp_path / "store", Settings(zone="Asia/Shanghai", currency="CNY"))


def call(store: Store, *said: tuple[int, str], import_id: int | None = None) -> None:
    """People name their companies, in one batch; somebody orders too."""
    rows = ", ".join(f"({n}, {who}, '{company}')" for n, (who, company) in enumerate(said))
    query = (
        "SELECT seq, source_key, kind, NULL AS name, TIMESTAMP '2026-01-01 20:00' + INTERVAL (seq) HOUR AS ts,"
        " NULL AS received_at, NULL AS sent_at, NULL AS original_at, NULL AS message_hash, 1 AS source_id,"
        f" {import_id or 'NULL'} AS import_id, NULL AS order_id, NULL AS amount, NULL AS currency, NULL AS products,"
        " '{\"group_id\":\"' || company || '\"}' AS properties FROM (SELECT *, 'group' AS kind FROM"
        f" (VALUES {rows}) AS v(seq, source_key, company) UNION ALL SELECT 99, 1, 'track', '')"
    )
    store.append_events(store.connect(), query)


def retract(store: Store, kind: str, number: int) -> None:
    query = f"SELECT '{kind}' AS kind, {number} AS id, 'x' AS cause, now() AS at"
    store.append("retractions", store.connect(), query)


def link(store: Store, source: int, customer: int) -> None:
    store.append_id_map(store.connect(), f"SELECT {source} AS source_key, {customer} AS customer_key")


def agree(store: Store, held: Held, dice: random.Random) -> None:
    """What is held is what a snapshot shows."""
    query = "SELECT * FROM company_calls ORDER BY ingest_id"
    assert held.of({1: 1}).execute(query).fetchall() == store.snapshot().connect().execute(query).fetchall()
    keys, after = {dice.randrange(PEOPLE) + 1, dice.randrange(PEOPLE) + 1}, dice.choice([0, store.last_ingest() - 3])
    assert held.colleagues(keys, after) == colleagues(store, keys, after)


def test_it_is_as_the_store_has_it_whatever_happens(store: Store) -> None:
    dice, held = random.Random(7), Held(store)

    def person() -> int:
        return dice.randrange(PEOPLE) + 1

    def several() -> list[tuple[int, str]]:
        return [(person(), dice.choice(["acme", "茶社", ""])) for _ in range(dice.randrange(1, 4))]

    happens: list[Callable[[], object]] = [
        lambda: call(store, *several()),
        lambda: call(store, *several(), import_id=dice.randrange(3) + 1),
        lambda: link(store, person(), person()),
        lambda: retract(store, "event", dice.randrange(store.last_ingest() + 1)),
        lambda: retract(store, "import", dice.randrange(3) + 1),
        lambda: store.tables["company_calls"].optimise(),
        store.compact,
        store._rewrite_id_map,
        lambda: store.tables["company_calls"].delete(f"source_key = {person()}"),
        lambda: store.tables["retractions"].delete("kind = 'import'"),
    ]
    call(store, (1, "acme"))
    for _ in range(examples(5, 120)):
        dice.choices(happens, weights=[4, 2, 3, 2, 1, 1, 1, 1, 1, 1])[0]()
        if dice.random() < 0.7:  # else several things happen before it is asked
            agree(store, held, dice)
    agree(store, held, dice)


def test_a_call_is_read_once(store: Store) -> None:
    held = Held(store)
    call(store, (1, "acme"), (2, "acme"))
    assert held.colleagues({1}) == {1, 2}
    for file in store.storage.local(store.pin("company_calls").files):
        Path(file.removeprefix("file://")).unlink()  # whoever read it again would fail
    call(store, (3, "acme"))
    link(store, 2, 1)
    con = held.of({1: 1})
    assert con.execute("SELECT customer_key, company FROM company_calls ORDER BY ingest_id").fetchall() == [
        (1, "acme"), (1, "acme"), (3, "acme"),
    ]  # fmt: skip
    assert held.colleagues({3}, after=store.last_ingest() - 2) == {1, 2, 3}
