"""Next orders and offers: each beside a slow, obvious second way, and judged on what happened last."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import date, timedelta
from importlib import import_module
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest

import tenure
from tenure.errors import UsageError
from tenure.needs import Report
from tenure.needs.offers import FADING, PULL, SUPPORT, TREND_DAYS
from tenure.needs.rhythm import learn, read
from tenure.workspace import Workspace
from tests.library.needs.conftest import END, Lines, bought


def days_of(lines: Lines) -> dict[str, dict[date, set[str]]]:
    found: dict[str, dict[date, set[str]]] = defaultdict(lambda: defaultdict(set))
    for who, day, product in lines:
        found[who][day].add(product)
    return found


@pytest.fixture(scope="module")
def report(shop: Workspace) -> Report:
    return shop.needs.report()


def test_the_next_order_is_the_geometric_mean_of_ones_own_gaps_and_the_shops(shop: Workspace) -> None:
    con = shop.store.snapshot().connect()
    rhythm = learn(read(con, shop.clock.as_of()))
    for who in ("c1", "c7", "c33"):
        days = sorted(days_of(bought())[who])
        gaps = [(b - a).days for a, b in pairwise(days)]
        total = rhythm.weight * math.log(rhythm.middle) + sum(map(math.log, gaps))
        expected = math.exp(total / (rhythm.weight + len(gaps)))
        found = shop.needs.of(shop.find(who))
        assert found is not None
        assert found.gap == pytest.approx(expected)
        assert found.next_day == days[-1] + timedelta(days=round(expected))


def test_what_one_buys_again_is_told_in_the_order_of_a_plain_count(shop: Workspace) -> None:
    days = days_of(bought())
    lately = Counter(
        product
        for baskets in days.values()
        for day, products in baskets.items()
        for product in products
        if day >= END - timedelta(days=TREND_DAYS)
    )
    most = max(lately.values())
    for who in ("c2", "c50"):
        scores: dict[str, float] = defaultdict(float)
        for ago, day in enumerate(sorted(days[who], reverse=True)):
            for product in days[who][day]:
                scores[product] += FADING**ago
        for product in scores:
            scores[product] = round(scores[product] * (1 + PULL * lately[product] / most), 9)
        slow = [name for name, _ in sorted(scores.items(), key=lambda each: (-each[1], each[0]))][:10]
        found = shop.needs.of(shop.find(who))
        assert found is not None
        assert [each.product for each in found.offers if each.kind == "again"] == slow


@pytest.mark.thorough
def test_what_goes_with_it_was_bought_by_others_and_never_by_oneself(shop: Workspace) -> None:
    days = days_of(bought())
    together: Counter[tuple[str, str]] = Counter()
    for baskets in days.values():
        for products in baskets.values():
            together.update(combinations(sorted(products), 2))
    told = 0
    for who, baskets in [*days.items()][:25]:
        own = set().union(*baskets.values())
        found = shop.needs.of(shop.find(who))
        assert found is not None
        for each in found.offers:
            if each.kind == "with":
                told += 1
                assert each.product not in own
                assert each.because in own
                pair = tuple(sorted((each.product, each.because or "")))
                assert together[pair] >= SUPPORT  # type: ignore[index]
    assert told > 10


def test_offers_and_dates_beat_their_baselines_on_what_happened_last(report: Report) -> None:
    recall = {row.method: row.recall for row in report.baskets}
    assert recall["used"] > recall["most bought by all"]
    error = {row.method: row.mean_error for row in report.gaps}
    assert error["used"] < error["the shop's middle gap"]
    assert error["used"] < 1.1 * error["one's own"]  # here everybody keeps a pace: one's own is nearly all there is


def test_nothing_of_the_last_day_reaches_what_is_judged_on_it(report: Report) -> None:
    """Recall counted by hand for one method: what lies on the last day, or after it, must not count."""
    days = days_of(bought())
    right, size = [], []
    for baskets in days.values():
        ordered = sorted(baskets)
        if len(ordered) < 3:
            continue
        counts = Counter(product for day in ordered[:-1] for product in baskets[day])
        offered = [name for name, _ in sorted(counts.items(), key=lambda each: (-each[1], each[0]))][:10]
        right.append(len(baskets[ordered[-1]] & set(offered)))
        size.append(len(baskets[ordered[-1]]))
    slow = float(np.mean(np.array(right) / np.array(size)))
    found = {row.method: row.recall for row in report.baskets}
    assert found["most bought by oneself"] == pytest.approx(slow)


@pytest.mark.thorough
def test_a_large_shop_is_judged_by_a_part_of_its_customers(
    shop: Workspace, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = report
    monkeypatch.setattr(import_module("tenure.needs.report"), "MOST", 40)
    part = shop.needs.report()
    assert 15 < part.customers < 60 < whole.customers
    assert {each.method for each in part.baskets} == {each.method for each in whole.baskets}
    assert all(each.customers <= part.customers for each in part.kinds)


def test_too_little_history_is_told_in_words(tmp_path: Path) -> None:
    made = tenure.init(tmp_path / "shop", zone="UTC", currency="USD")
    with made.writing(), pytest.raises(UsageError, match="There are no orders"):
        made.needs.renew()
    with pytest.raises(UsageError, match="Nobody bought on three days"):
        made.needs.report()
