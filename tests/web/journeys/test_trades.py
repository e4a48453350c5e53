"""The journeys of every trade can be read against what that trade defines, and find their templates."""

import yaml

from tenure import journeys
from tenure.definitions import load, parse, trades
from tests.library.definitions.test_trades import HOME


def test_the_journeys_of_every_trade_can_be_used() -> None:
    from tenure_web.journeys.catalogue import columns

    found = 0
    for trade in trades():
        definitions = load(HOME / trade.key)
        known = columns(definitions)
        for path in sorted((HOME / trade.key / "journeys").glob("*.yml")):
            read = yaml.safe_load(path.read_text("utf-8"))
            journey = journeys.read(journeys.numbered(read["journey"]), lambda text, seen=known: parse(text, seen))
            given = {template["key"]: template for template in read["templates"]}
            assert journey.templates == set(given), path.name
            assert all(
                each[name] for each in given.values() for name in ("subject_en", "subject_zh", "body_en", "body_zh")
            )
            places = [journey.trigger, *([journey.goal] if journey.goal else [])]
            for place in places:
                if place.lifecycle:
                    definitions.lifecycles[place.lifecycle].stage(place.stage)
            assert not journey.trigger.segment or journey.trigger.segment in definitions.segments
            found += 1
    assert found == len(trades())
