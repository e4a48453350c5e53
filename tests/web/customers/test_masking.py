"""What a viewer sees of a person."""

import pytest

from tenure_web.customers.masking import mask_email, mask_id, mask_name, mask_phone


@pytest.mark.parametrize(
    ("name", "masked"), [("王小明", "王**"), ("欧阳娜", "欧**"), ("Anna Berg", "A*** B***"), ("", ""), ("Ö", "Ö**")]
)
def test_names_keep_their_first_letters(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_addresses_and_numbers_keep_next_to_nothing() -> None:
    assert mask_email("anna@example.com") == "a***@e***"
    assert mask_email("no address") == "n***"
    assert mask_email("") == ""
    assert mask_phone("+86 138 0013 8000") == "***00"
    assert mask_phone("") == ""


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("C00123", "C00123"),
        ("12345", "12345"),
        ("a@b.cn", "a***@b***"),
        ("13800138000", "***00"),
        ("+49 151 2345678", "***78"),
    ],
)
def test_customer_numbers_are_masked_only_when_they_are_addresses_or_phones(number: str, masked: str) -> None:
    assert mask_id(number) == masked
