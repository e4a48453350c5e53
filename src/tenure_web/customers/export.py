"""Customers as a CSV file whose cells no spreadsheet takes for formulas."""

import csv
import re
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tenure import money
from tenure.definitions import Definitions
from tenure_web.customers.columns import Column, Row, rows
from tenure_web.customers.models import State
from tenure_web.customers.ordering import Order
from tenure_web.theme.templatetags.look import told

CHUNK = 500
BOM = "\ufeff"  # spreadsheets read Chinese only with it
# a formula may hide behind blanks, control characters and zero-width signs, or begin with full-width signs
_FORMULA = re.compile(
    r"[\s\x00-\x20\x7f\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\u3000\ufeff]*[=+\-@|%＝＋－＠｜％]"
)


def safe(value: Any) -> Any:
    """Text that begins like a formula gets an apostrophe before it; numbers stay numbers."""
    if not isinstance(value, str):
        return "" if value is None else value
    return f"'{value}" if _FORMULA.match(value) or value[:1] in ("\t", "\r", "\n") else value


class _Echo:
    def write(self, text: str) -> str:
        return text


def lines(
    states: QuerySet[State], columns: list[Column], user: Any, definitions: Definitions, currency: str
) -> Iterator[str]:
    """The file piece by piece: customer number and name, then the columns of the list."""
    writer = csv.writer(_Echo())
    heads = [column.label for column in columns if column.name != "external_id"]
    yield BOM + writer.writerow([_("Customer number"), _("Name"), *(safe(head) for head in heads)])
    order, at = Order(states, "customer_key", down=False, nullable=False), None
    while True:
        page = order.page(CHUNK, at)
        for row in rows(page.rows, user, definitions):
            cells = [_cell(row, column, currency) for column in columns if column.name != "external_id"]
            yield writer.writerow([safe(cell) for cell in [row.person.external_id, row.person.name, *cells]])
        if page.after is None:
            return
        at = page.after


def _cell(row: Row, column: Column, currency: str) -> Any:
    if column.lifecycle:
        badge = row.stages.get(column.lifecycle)
        return told(badge.title) if badge else ""
    if column.name == "segment":
        return told(row.segment.title) if row.segment else ""
    if column.name in ("email", "phone"):
        return getattr(row.person, column.name)
    if column.name in ("channel", "country"):
        return getattr(row, column.name)
    if column.name in ("revenue", "average_order", "value", "stake"):
        amount = getattr(row.state, column.name)
        return None if amount is None else money.major(amount, currency)
    if column.name in ("orders", "risk", "health"):
        return getattr(row.state, column.name)
    if column.name in ("next_order", "risk_since"):
        day = row.state.next_order_on if column.name == "next_order" else row.state.risk_since
        return day.isoformat() if day else ""
    instant = getattr(row.state, f"{column.name}_at")
    return instant.isoformat(timespec="seconds") if instant else ""
