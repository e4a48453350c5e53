"""Orders, refunds and products in events: the e-commerce names, exact amounts, lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from tenure import money
from tenure.collect.staging import StagedProduct
from tenure.errors import UsageError

__all__ = [
    "BACK",
    "ORDERS",
    "SPECIAL",
    "Unfit",
    "amount_of",
    "counts",
    "currency_of",
    "event_name",
    "order_id_of",
    "products_of",
]

ORDERS = frozenset({"Order Completed", "Order Refunded", "Order Cancelled", "Order Updated"})
BACK = frozenset({"Order Refunded", "Order Cancelled"})
_PAID = frozenset({"Order Completed", "Order Refunded", "Subscription Started", "Subscription Renewed"})
SPECIAL = ORDERS | BACK | _PAID  # events that carry money or an order's number
_LARGEST = 10**17
_READ = ("product_id", "productId", "sku", "name", "category", "quantity", "price")
_LINE = frozenset(_READ)
_KNOWN = (
    "Products Searched, Product List Viewed, Product List Filtered, Promotion Viewed, Promotion Clicked,"
    " Product Clicked, Product Viewed, Product Added, Product Removed, Cart Viewed, Checkout Started, Checkout"
    " Step Viewed, Checkout Step Completed, Payment Info Entered, Order Completed, Order Updated, Order"
    " Refunded, Order Cancelled, Coupon Entered, Coupon Applied, Coupon Denied, Coupon Removed, Product Shared,"
    " Cart Shared, Product Reviewed, Signed Up, Subscription Started, Subscription Renewed, Subscription"
    " Cancelled, Ticket Opened, Email Delivered, Email Opened, Email Link Clicked, Email Unsubscribed"
)
_OLD = {
    "Completed Order": "Order Completed",
    "Updated Order": "Order Updated",
    "Refunded Order": "Order Refunded",
    "Cancelled Order": "Order Cancelled",
    "Viewed Product": "Product Viewed",
    "Clicked Product": "Product Clicked",
    "Added Product": "Product Added",
    "Removed Product": "Product Removed",
    "Viewed Product Category": "Product List Viewed",
    "Searched Products": "Products Searched",
    "Order Canceled": "Order Cancelled",
    "Unsubscribed": "Email Unsubscribed",
}


class Unfit(ValueError):
    """A value that cannot be what it should be; its first argument is the reason's code."""


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", name.lower()).strip()


_NAMES = {_plain(name): name.strip() for name in _KNOWN.split(",")} | {_plain(old): new for old, new in _OLD.items()}


@lru_cache(maxsize=20_000)
def event_name(name: str) -> str:
    """The name as the e-commerce vocabulary writes it (`order_completed`, `Completed Order`), else as it was given."""
    return _NAMES.get(_plain(name), name.strip())


def counts(name: str, properties: Mapping[str, Any]) -> bool:
    """Whether an event may hold money, an order or products; where it cannot, the questions below answer nothing."""
    return name in SPECIAL or "products" in properties or name.startswith("Product ")


def currency_of(name: str, properties: Mapping[str, Any], default: str) -> str:
    """The currency named in the properties, else the workspace's. Raises Unfit("currency") where money is counted."""
    found = properties.get("currency")
    if found is None or found == "":
        return default
    try:
        return money.check_currency(found)
    except (UsageError, AttributeError) as error:
        if name not in _PAID:
            return default
        raise Unfit("currency", f"currency {str(found)[:20]!r}") from error


def amount_of(name: str, properties: Mapping[str, Any], currency: str) -> int | None:
    """Minor units: revenue, else total; a refund's total, else revenue, negative. Raises Unfit("amount")."""
    if name not in _PAID:
        return None
    refund = name == "Order Refunded"
    for key in ("total", "revenue") if refund else ("revenue", "total"):
        value = properties.get(key)
        if value is not None and value != "":
            found = _minor(value, currency, key)
            return -abs(found) if refund else found
    return None


def _minor(value: Any, currency: str, what: str) -> int:
    try:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise InvalidOperation
        found = _exact(value, currency)
    except (ArithmeticError, ValueError) as error:
        raise Unfit("amount", f"{what} {str(value)[:40]!r}") from error
    if abs(found) > _LARGEST:
        raise Unfit("amount", f"{what} {str(value)[:40]!r}")
    return found


@lru_cache(maxsize=20_000)
def _exact(value: float | str, currency: str) -> int:
    """Prices repeat, and exact arithmetic takes longer than remembering."""
    return money.minor(Decimal(str(value).strip()), currency)


def order_id_of(properties: Mapping[str, Any]) -> str | None:
    """The order's id as text."""
    found = properties.get("order_id", properties.get("orderId"))
    return _word(found)


def products_of(
    name: str, properties: dict[str, Any], currency: str
) -> tuple[tuple[StagedProduct, ...] | None, dict[str, Any]]:
    """(lines or None, properties without what the lines hold). Raises Unfit for an order's bad lines."""
    try:
        return _products(name, properties, currency)
    except Unfit:
        if name in ORDERS:
            raise
        return None, properties


def _products(
    name: str, properties: dict[str, Any], currency: str
) -> tuple[tuple[StagedProduct, ...] | None, dict[str, Any]]:
    found = properties.get("products")
    if found is None:
        single = name.startswith("Product ") and _id_of(properties) is not None
        return ((_line(properties, currency),) if single else None), properties
    if not isinstance(found, list) or not all(isinstance(line, dict) for line in found):
        raise Unfit("products", "products")
    lines = tuple(_line(line, currency) for line in found)
    if all(line.keys() <= _LINE for line in found):
        properties = {key: value for key, value in properties.items() if key != "products"}
    return lines or None, properties


def _line(line: Mapping[str, Any], currency: str) -> StagedProduct:
    try:
        return _known_line(*map(line.get, _READ), currency)
    except TypeError:  # a value that cannot be remembered, such as a list
        return _read_line(line, currency)


@lru_cache(maxsize=20_000, typed=True)
def _known_line(*said: Any) -> StagedProduct:
    """A shop's products are few, and what is said of one is the same again and again."""
    return _read_line(dict(zip(_READ, said, strict=False)), said[-1])


def _read_line(line: Mapping[str, Any], currency: str) -> StagedProduct:
    price, quantity = line.get("price"), line.get("quantity")
    return StagedProduct(
        product=_id_of(line),
        name=_word(line.get("name")),
        category=_word(line.get("category")),
        quantity=_quantity(quantity) if quantity is not None else None,
        price=_minor(price, currency, "price") if price is not None and price != "" else None,
    )


def _quantity(value: Any) -> float:
    if type(value) is int and 0 <= value < 10**12:
        return float(value)
    return float(_number(value, "quantity")) + 0.0  # what is remembered of 0.0 and of -0.0 is one


def _number(value: Any, what: str) -> Decimal:
    try:
        found = Decimal(str(value).strip())
    except ArithmeticError as error:
        raise Unfit("products", f"{what} {str(value)[:40]!r}") from error
    if not found.is_finite() or abs(found) > 10**12:
        raise Unfit("products", f"{what} {str(value)[:40]!r}")
    return found


def _id_of(line: Mapping[str, Any]) -> str | None:
    for key in ("product_id", "productId", "sku"):
        if (found := _word(line.get(key))) is not None:
            return found
    return None


def _word(value: Any) -> str | None:
    if isinstance(value, str):
        return value.strip() or None
    if value is None or isinstance(value, (dict, list, bool)):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None
