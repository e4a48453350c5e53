"""The cost ledger: three kinds, days and periods, once only, undoable."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tenure.errors import UsageError

Write = Callable[..., Path]
Ask = Callable[[str], list[tuple[Any, ...]]]
COLUMNS = {"channel": "channel", "from": "start", "to": "end", "amount": "spend", "kind": "type"}
LEDGER = (
    "start,end,channel,type,spend\n"
    "2026-01-01,2026-01-31,search,advertising,310.00\n"
    "2026-01,2026-02,social,广告费用,590\n"
    '2026-01-05,2026-01-05,,市场研究费用,"1,000.00"\n'
    "2026-01-05,2026-01-04,search,ads,10\n"
    "2026-01-05,2026-01-06,,ads,10\n"
    "2026-01-05,2026-01-06,search,rent,10\n"
    "soon,2026-01-06,search,ads,10\n"
)


def test_a_file_of_costs_is_read_with_periods_months_and_kinds_in_both_languages(
    collect: Any, write: Write, ask: Ask
) -> None:
    result = collect.load_costs(write("costs.csv", LEDGER), COLUMNS)
    assert (result.accepted, result.refused, result.costs) == (3, 4, {"CNY": 190_000})
    assert result.reasons == {"cost_kind": 1, "no_channel": 1, "period": 1, "time": 1}
    assert ask('SELECT "from", "until", channel, kind, amount FROM costs ORDER BY amount') == [
        (date(2026, 1, 1), date(2026, 1, 31), "search", "advertising", 31_000),
        (date(2026, 1, 1), date(2026, 2, 28), "social", "advertising", 59_000),
        (date(2026, 1, 5), date(2026, 1, 5), None, "research", 100_000),
    ]


@pytest.mark.thorough
def test_the_same_file_again_adds_nothing_but_two_equal_lines_are_two(collect: Any, write: Write, ask: Ask) -> None:
    path = write("costs.csv", "day,channel,cost\n2026-01-05,search,5\n2026-01-05,search,5\n")
    columns = {"time": "day", "channel": "channel", "amount": "cost"}
    assert collect.load_costs(path, columns, kind="sales").accepted == 2
    again = collect.load_costs(path, columns, kind="sales")
    assert (again.accepted, again.duplicates) == (0, 2)
    assert ask("SELECT kind, sum(amount) FROM costs GROUP BY 1") == [("sales", 1000)]


def test_an_undone_import_counts_no_more_and_may_come_again(collect: Any, write: Write, ask: Ask) -> None:
    path = write("costs.csv", "day,channel,cost\n2026-01-05,search,5\n")
    columns = {"time": "day", "channel": "channel", "amount": "cost"}
    first = collect.load_costs(path, columns)
    collect.undo(first.import_id)
    assert collect.load_costs(path, columns, source="other").accepted == 1
    assert collect.load_costs(path, columns).accepted == 1


def test_a_dry_run_changes_nothing(collect: Any, write: Write, ask: Ask) -> None:
    path = write("costs.csv", "day,channel,cost\n2026-01-05,search,5\n")
    result = collect.load_costs(path, {"time": "day", "channel": "channel", "amount": "cost"}, dry_run=True)
    assert (result.accepted, result.costs, ask("SELECT * FROM costs")) == (1, {"CNY": 500}, [])


def test_an_import_that_died_after_its_costs_were_written_is_taken_up_without_doubling(
    collect: Any, write: Write, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("costs.csv", "day,channel,cost\n2026-01-05,search,5\n")
    columns = {"time": "day", "channel": "channel", "amount": "cost"}

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(collect.files.log, "finish", die)
    with pytest.raises(KeyboardInterrupt):
        collect.load_costs(path, columns)
    monkeypatch.undo()
    result = collect.load_costs(path, columns)
    assert (result.import_id, result.accepted) == (1, 1)
    assert ask("SELECT count(*) FROM costs") == [(1,)]


def test_an_unknown_kind_is_told(collect: Any, write: Write) -> None:
    with pytest.raises(UsageError, match="advertising, research, sales"):
        collect.load_costs(write("c.csv", "day,cost\n2026-01-05,5\n"), {"time": "day", "amount": "cost"}, kind="rent")
