"""Orders added up in runs equal orders added up one by one."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from tenure.value.buying_days import buyers


@pytest.mark.parametrize("count", [0, 1, 500])
def test_orders_become_buying_days_and_buyers(count):
    random = np.random.default_rng(count)
    key, amount = random.integers(1, 60, count), random.integers(-400, 900, count)
    day = random.integers(-20, 40, count)  # before 1970 too
    found = buyers(key, day, amount)
    slowly: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for who, when, worth in zip(key.tolist(), day.tolist(), amount.tolist(), strict=True):
        slowly[who][when] += worth
    assert found.customer_key.tolist() == sorted(slowly)
    for row, who in enumerate(sorted(slowly)):
        days = sorted(slowly[who])
        paid = [slowly[who][each] for each in days[1:] if slowly[who][each] > 0]
        assert (found.days[row], found.first[row], found.last[row]) == (len(days), days[0], days[-1])
        assert found.first_amount[row] == max(slowly[who][days[0]], 0)
        assert found.repeat_priced[row] == len(paid)
        assert found.monetary[row] == pytest.approx(sum(paid) / len(paid) if paid else 0)


def test_a_customer_of_any_key_and_a_day_of_any_year_keep_theirs():
    found = buyers(np.array([2**40, 3, 2**40]), np.array([-700_000, 1_000_000, -700_001]), np.array([1, 2, 4]))
    assert found.customer_key.tolist() == [3, 2**40]
    assert found.first.tolist() == [1_000_000, -700_001]
    assert found.last.tolist() == [1_000_000, -700_000]
