"""Money is an integer count of minor units and an ISO 4217 currency; nothing is ever stored as a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from tenure.errors import UsageError

__all__ = ["check_currency", "exponent", "major", "minor", "text"]

_WITHOUT_MINOR = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
_THOUSANDTHS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
_SIGNS = {"GBP": "£", "USD": "$", "EUR": "€", "CNY": "¥", "JPY": "¥", "HKD": "HK$", "INR": "₹"}


def exponent(currency: str) -> int:
    """Digits after the point in this currency: 2 for most, 0 for JPY, 3 for KWD."""
    if currency in _WITHOUT_MINOR:
        return 0
    return 3 if currency in _THOUSANDTHS else 2


def check_currency(currency: str) -> str:
    """The currency in capitals. Raises UsageError unless it is three letters."""
    code = currency.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise UsageError(f'"{currency}" is not a currency. Give three letters, such as CNY, GBP or USD.')
    return code


def minor(amount: Decimal, currency: str) -> int:
    """Minor units of an amount in major units, halves rounded away from zero."""
    return int(amount.scaleb(exponent(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def major(amount: int, currency: str) -> Decimal:
    """The amount in major units, exact."""
    return Decimal(amount).scaleb(-exponent(currency))


def text(amount: int, currency: str) -> str:
    """For people: `£1,234.50`, `-¥300.00`; the code stands before the number where the sign is unknown."""
    sign = _SIGNS.get(currency, f"{currency} ")
    digits = f"{abs(major(amount, currency)):,.{exponent(currency)}f}"
    return f"{'-' if amount < 0 else ''}{sign}{digits}"
