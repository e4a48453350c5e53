"""What ships: five lifecycles, features, value segments; complete in both languages, total over all customers."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure import definitions
from tenure.definitions import Definitions, Words

BUILT_IN = definitions.built_in()
TITLES = {
    "relationship": "初识 试探 合作 友情 尊重",
    "adoption": "感知 考虑 行动/购买 维持 忠诚 拥护",
    "purchase": "潜在客户 初次购买 重复购买 忠诚客户",
    "lifespan": "获取 发展 成熟 衰退 离网",
    "growth": "获取 激活 转化 留存 流失",
}
CAMPAIGNS = {
    "recent": 4,
    "loyal": 5,
    "champion": 3,
    "nurture": 3,
    "high_potential": 4,
    "at_risk": 3,
    "cant_lose": 4,
    "about_to_lose": 3,
    "prospect": 0,
}
NOBODY: dict[str, Any] = {
    key: 0 if each.default == 0 else False if each.type == "boolean" else None
    for key, each in BUILT_IN.features.items()
}
SQL_TYPES = {
    "integer": "BIGINT",
    "float": "DOUBLE",
    "text": "VARCHAR",
    "date": "DATE",
    "boolean": "BOOLEAN",
    "time": "TIMESTAMP",
}


def all_words(thing: Any) -> list[Words]:
    """Every pair of texts inside an object."""
    if isinstance(thing, Words):
        return [thing]
    if isinstance(thing, tuple | list):
        return [words for each in thing for words in all_words(each)]
    if is_dataclass(thing) and type(thing).__name__ not in ("Rule", "Expression"):
        return [words for each in fields(thing) for words in all_words(getattr(thing, each.name))]
    return []


def test_the_lifecycles_have_the_stages_of_the_mission() -> None:
    assert {key: " ".join(s.title.zh for s in each.stages) for key, each in BUILT_IN.lifecycles.items()} == TITLES
    assert next(iter(BUILT_IN.lifecycles)) == "growth"


def test_each_value_segment_has_its_campaigns() -> None:
    assert {key: len(each.advice) for key, each in BUILT_IN.value_segments.items()} == CAMPAIGNS
    assert len(BUILT_IN.campaigns) == 29
    assert set(BUILT_IN.value_segments) == {*definitions.VALUE_SEGMENTS, definitions.PROSPECT}


def test_every_text_is_there_in_both_languages_and_in_its_own_script() -> None:
    everything = [*BUILT_IN.features.values(), *BUILT_IN.lifecycles.values(), *BUILT_IN.value_segments.values()]
    found = [words for thing in everything for words in all_words(thing) if words != Words("", "")]
    assert len(found) > 400
    for words in found:
        assert words.en, words
        assert re.search("[\u4e00-\u9fff]", words.zh), words
        assert not re.search("[\u4e00-\u9fff]", words.en), words
        assert not re.search(r"[,;:!?]", words.zh), words
        assert "—" not in words.en + words.zh


def test_every_stage_says_what_it_means_needs_and_aims_at() -> None:
    for lifecycle in BUILT_IN.lifecycles.values():
        for stage in lifecycle.stages:
            assert len(stage.needs) >= 2, stage.key
            assert len(stage.strategies) >= 2, stage.key
            assert stage.owner.zh.endswith("团队")
            for goal in (stage.task_target, stage.outcome_target):
                assert goal.metric, stage.key
                assert goal.target, stage.key


def test_every_rule_can_be_said_in_both_languages_without_a_key_showing() -> None:
    keys = re.compile(r"[a-z]+_[a-z0-9_]+")
    for lifecycle in BUILT_IN.lifecycles.values():
        for stage in lifecycle.stages:
            if stage.rule:
                assert not keys.search(stage.rule.words("en"))
                assert not re.search("[a-z_]", stage.rule.words("zh"))


def assigned(**known: Any) -> dict[str, str]:
    """The stage in every lifecycle of a customer of whom only this is known."""
    row = NOBODY | known
    return {key: each.assign(row).key for key, each in BUILT_IN.lifecycles.items()}


def ordered(days: int, times: int, **more: Any) -> dict[str, Any]:
    """A customer who ordered `times` times, last `days` ago, in the last year."""
    seen = {
        "orders": times,
        "order_days": times,
        "orders_365d": times if days <= 365 else 0,
        "days_since_last_order": days,
    }
    return seen | {"days_since_first_order": days + 30 * (times - 1)} | more


def test_who_has_done_nothing_is_in_every_first_stage() -> None:
    assert assigned() == {key: each.stages[0].key for key, each in BUILT_IN.lifecycles.items()}


@pytest.mark.parametrize(
    ("known", "stages"),
    [
        ({"days_since_signup": 20}, "activation probing consideration prospect acquisition"),
        (ordered(5, 1), "conversion probing action first_purchase development"),
        (ordered(5, 2), "retention cooperation maintenance repeat_purchase development"),
        (ordered(5, 6), "retention friendship loyalty loyal maturity"),
        (ordered(20, 12), "retention friendship advocacy loyal maturity"),
        (ordered(20, 15, days_since_first_order=500), "retention respect advocacy loyal maturity"),
        (ordered(130, 1), "conversion probing action first_purchase decline"),
        (ordered(200, 1), "churn probing action first_purchase decline"),
        (ordered(300, 6), "churn respect maintenance repeat_purchase departure"),
        (ordered(400, 6), "churn respect consideration repeat_purchase departure"),
        (ordered(20, 6, referrals=1), "retention friendship advocacy loyal maturity"),
        (ordered(60, 6, median_gap_days=12.0, gap_ratio=5.0), "retention friendship loyalty loyal decline"),
        (ordered(160, 6, median_gap_days=12.0, gap_ratio=13.3), "retention friendship maintenance loyal departure"),
        (ordered(10, 8, pace_ratio=0.3), "retention friendship loyalty loyal decline"),
        (ordered(10, 8, pace_ratio=1.3, spend_ratio=0.3), "retention friendship loyalty loyal decline"),
        (ordered(200, 3, visits_30d=4), "retention cooperation maintenance repeat_purchase decline"),
        (
            {"subscriptions_started": 1, "subscription_active": True},
            "retention cooperation maintenance prospect development",
        ),
        ({"subscriptions_started": 1, "subscriptions_cancelled": 1}, "churn respect action prospect departure"),
    ],
)
def test_people_stand_where_one_would_put_them(known: dict[str, Any], stages: str) -> None:
    assert " ".join(assigned(**known).values()) == stages


def values(key: str) -> st.SearchStrategy[Any]:
    feature = BUILT_IN.features[key]
    by_type: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.one_of(st.integers(-5, 500), st.sampled_from([10**9, -(10**9)])),
        "float": st.one_of(st.floats(-5, 500, allow_nan=False), st.sampled_from([0.0, 0.5, 2.0, 6.0])),
        "boolean": st.booleans(),
        "text": st.sampled_from(["微信", "search"]),
    }
    return st.one_of(st.none(), by_type.get(feature.type, st.none()))


rows = st.fixed_dictionaries({key: values(key) for key in BUILT_IN.features})


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(row=rows)
def test_any_row_has_one_stage_in_each_lifecycle_the_same_from_sql(row: dict[str, Any]) -> None:
    params: list[Any] = [row[key] for key in BUILT_IN.features]
    columns = ", ".join(f'CAST(? AS {SQL_TYPES[each.type]}) AS "{key}"' for key, each in BUILT_IN.features.items())
    cases, asked = [], []
    for lifecycle in BUILT_IN.lifecycles.values():
        case = "".join(f" WHEN {stage.rule.sql(asked)} THEN '{stage.key}'" for stage in lifecycle.tried if stage.rule)
        cases.append(f"CASE{case} ELSE '{lifecycle.tried[-1].key}' END")
    found = duckdb.execute(f"SELECT {', '.join(cases)} FROM (SELECT {columns})", [*asked, *params]).fetchall()[0]
    assert found == tuple(lifecycle.assign(row).key for lifecycle in BUILT_IN.lifecycles.values())


def test_nothing_heavy_is_imported_until_a_rule_is_read() -> None:
    import subprocess
    import sys

    asked = "import sys, tenure.definitions; print(*(name in sys.modules for name in ('sqlglot', 'duckdb', 'yaml')))"
    environment = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, env=environment)
    assert done.stdout.split() == ["False", "False", "False"]


def test_definitions_are_frozen() -> None:
    assert isinstance(BUILT_IN, Definitions)
    with pytest.raises(TypeError):
        BUILT_IN.features["mine"] = BUILT_IN.features["orders"]  # type: ignore[index]
    with pytest.raises(AttributeError):
        BUILT_IN.features["orders"].key = "mine"  # type: ignore[misc]
