"""From numbers to words: a block of the simulated shop as rows of a staging table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import duckdb
import numpy as np

from tenure.samples.catalog import CATEGORIES, CHANNELS, CITIES, PRODUCTS
from tenure.samples.columns import NAMES, What
from tenure.samples.people import Person, external_id, people
from tenure.samples.shop import Block

__all__ = ["TICKETS", "anonymous_id", "say"]

TICKETS = ("inquiry", "complaint", "after-sales")
_MONEY = (What.ORDERED, What.REFUNDED, What.SUBSCRIBED, What.RENEWED)
_PRODUCT = (What.VIEWED, What.ADDED)
_QUERY = files("tenure.samples").joinpath("words.sql").read_text("utf-8")


def anonymous_id(number: int) -> str:
    """The id a browser had before its person was known."""
    return f"browser-{number + 1:07d}"


def say(con: duckdb.DuckDBPyConnection, block: Block, table: str = "sample", personal: bool = True) -> None:
    """Make a temporary table of the block's events, oldest first, in staging columns (those of origin left out).

    Without `personal` the names and addresses are not made: for benchmarks.
    """
    shop = block.shop
    con.register("sample_events", _events(block))
    con.register("sample_lines", _lines(block))
    _keep(con, "sample_names", _names())
    _keep(con, "sample_products", _products(shop.language))
    _keep(con, "sample_things", _things())
    _keep(con, "sample_people", _people(block, personal))
    query = _QUERY.replace("{order}", f"S{block.index}-").replace("{currency}", shop.currency)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}")
    con.unregister("sample_events")
    con.unregister("sample_lines")


def _events(block: Block) -> dict[str, Any]:
    events, opened = block.events, np.datetime64(block.shop.opened.replace(tzinfo=None), "us")
    return {
        "seq": np.arange(len(events)),
        "person": events.person,
        "anonymous": block.anonymous,
        "what": events.what,
        "ts": opened + (events.at * 86_400_000).astype(np.int64) * np.timedelta64(1000, "us"),
        "thing": events.thing,
        "order": events.order,
        "amount": events.amount,
    }


def _lines(block: Block) -> dict[str, Any]:
    lines = block.lines
    return {
        "line": np.arange(len(lines.order)),
        "order": lines.order,
        "what": lines.what,
        "product": lines.product,
        "quantity": lines.quantity,
        "price": lines.price,
    }


def _keep(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A small temporary table from rows."""
    columns = {name: "BIGINT" if isinstance(value, int) else "VARCHAR" for name, value in rows[0].items()}
    columns |= {name: "BOOLEAN" for name, value in rows[0].items() if isinstance(value, bool)}
    shape = json.dumps([columns])
    text = json.dumps(rows, ensure_ascii=False)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT unnest(from_json(?, '{shape}'), max_depth := 2)", [text]
    )


def _names() -> list[dict[str, Any]]:
    return [
        {"id": int(what), "kind": kind, "name": name, "money": what in _MONEY, "product": what in _PRODUCT}
        for what, (kind, name) in NAMES.items()
    ]


def _products(language: str) -> list[dict[str, Any]]:
    chinese = language.startswith("zh")
    return [
        {
            "id": number,
            "key": product.key,
            "title": product.zh if chinese else product.en,
            "category": CATEGORIES[product.category].key,
            "price": product.price,
        }
        for number, product in enumerate(PRODUCTS)
    ]


def _things() -> list[dict[str, Any]]:
    """The properties of every event that has any, by event and thing."""
    found: list[tuple[What, int, dict[str, Any]]] = [(What.HOME, -1, {"path": "/"})]
    found += [(What.HOME, n, {"path": "/", "channel": c.key}) for n, c in enumerate(CHANNELS)]
    found += [(What.SIGNED_UP, n, {"channel": c.key}) for n, c in enumerate(CHANNELS)]
    found += [(What.CATEGORY, n, {"path": f"/{c.key}", "category": c.key}) for n, c in enumerate(CATEGORIES)]
    found += [(What.TICKET, n, {"category": kind}) for n, kind in enumerate(TICKETS)]
    found += [(What.ORDERED, 1, {"coupon": "TEA10"})]
    found += [
        (what, -1, {"plan": "tea-box", "interval": "month"}) for what in (What.SUBSCRIBED, What.RENEWED, What.ENDED)
    ]
    for what in (What.DELIVERED, What.OPENED, What.CLICKED, What.UNSUBSCRIBED):
        found += [(what, n, {"campaign": f"newsletter-{n:02d}"}) for n in range(200)]
    return [
        {"what": int(what), "thing": thing, "properties": json.dumps(properties)} for what, thing, properties in found
    ]


def _people(block: Block, personal: bool) -> list[dict[str, Any]]:
    """Two rows a person who began anonymously, else one: the ids that events carry, and what `identify` says."""
    lives = block.lives
    told = people(lives) if personal else [Person("", "", "")] * len(lives.number)
    found = []
    for person, number in enumerate(lives.number.tolist()):
        channel, (country, city, _) = CHANNELS[lives.channel[person]].key, CITIES[lives.city[person]]
        language = "zh-hans" if lives.chinese[person] else "en"
        traits = {"channel": channel, "country": country, "city": city, "language": language}
        begun = bool(lives.anonymous[person])
        row = {
            "person": person,
            "anonymous": False,
            "external_id": external_id(number),
            "anonymous_id": anonymous_id(number) if begun else None,
            "email": told[person].email or None,
            "phone": told[person].phone or None,
            "traits": json.dumps(traits, ensure_ascii=False),
            "personal": _personal(told[person], bool(lives.consent[person])) if personal else None,
        }
        found.append(row)
        if begun:
            found.append(row | {"anonymous": True, "external_id": None})
    return found


def _personal(person: Person, consent: bool) -> str:
    fields: dict[str, Any] = {"name": person.name}
    if person.email:
        fields |= {"email": person.email}
        state, evidence = ("granted", "box ticked when signing up") if consent else ("denied", "box left empty")
        fields |= {"consent:email": {"state": state, "basis": "opt-in form", "evidence": evidence}}
    if person.phone:
        fields |= {"phone": person.phone}
    return json.dumps(fields, ensure_ascii=False)
