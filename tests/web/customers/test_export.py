"""Cells that no spreadsheet takes for a formula."""

from decimal import Decimal

import pytest

from tenure_web.customers.export import safe


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86 138",
        "-1",
        "@SUM(A1)",
        "\t=1",
        " =1",
        "\r=1",
        "\u3000=1",
        "\u00a0=1",
        "\u200b=1",
        "\ufeff=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "|x",
        "%x",
        "\n=1",
    ],
)
def test_what_looks_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe(text) == f"'{text}"


@pytest.mark.parametrize("text", ["王小明", "a=b", "", "1-2", "x@example.com", "'quoted"])
def test_plain_words_stay_as_they_are(text: str) -> None:
    assert safe(text) == text


def test_numbers_stay_numbers() -> None:
    assert safe(Decimal("-5.00")) == Decimal("-5.00")
    assert safe(None) == ""
