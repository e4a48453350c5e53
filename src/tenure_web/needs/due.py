"""Who needs which product again: the list, as a file, and as a segment."""

import csv
import re
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from tenure import needs
from tenure.definitions import versions
from tenure.needs import Awaited
from tenure.workspace import Workspace
from tenure_web.accounts.rights import right
from tenure_web.audit.record import record
from tenure_web.customers.export import BOM, safe
from tenure_web.customers.masking import person
from tenure_web.customers.models import Customer
from tenure_web.worker import workspace

__all__ = ["export", "listed", "segment", "show"]

CHOICES = ("overdue", "7", "14", "30")
USUAL = "14"
SHOWN = 12
MOST = 20_000  # customers in a segment made here
CHUNK = 500


class _Echo:
    def write(self, text: str) -> str:
        return text


def words() -> dict[str, str]:
    """The choices in words."""
    return {"overdue": _("overdue")} | {each: _("in %(n)s days") % {"n": each} for each in CHOICES if each != "overdue"}


def _chosen(query: Any) -> tuple[str, str]:
    choice = query.get("within", USUAL)
    return (choice if choice in CHOICES else USUAL), query.get("product", "")[:200]


def listed(request: HttpRequest, shop: Workspace) -> dict[str, Any]:
    """What the list shows: the first rows of a choice, and how many there are of each."""
    choice, product = _chosen(request.GET)
    con, today = shop.store.snapshot().connect("replenishments", "products"), shop.clock.as_of().day
    rows = needs.awaited(con, today, choice, product, SHOWN)
    counts = needs.awaited_counts(con, today, CHOICES)
    people = Customer.objects.in_bulk([row.customer_key for row in rows])
    named = [
        (row, person(people[row.customer_key], request.user), (today - row.due_day).days)
        for row in rows
        if row.customer_key in people
    ]
    tabs = [
        {"label": label, "href": f"/needs/due/?within={key}", "active": key == choice, "count": f"{counts[key][1]:,}"}
        for key, label in words().items()
    ]
    title = next((row.title for row in rows if row.product == product), product)
    return {"due": named, "due_tabs": tabs, "within": choice, "product": product, "product_title": title,
            "due_soon": counts[USUAL][0], "due_late": counts["overdue"][0]}  # fmt: skip


@require_GET
@right("needs.view")
def show(request: HttpRequest) -> HttpResponse:
    """The list alone; a page of its own without scripts."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"/needs/?{request.GET.urlencode()}#due")
    return render(request, "needs/_due.html", listed(request, workspace.current()))


def _all(request: HttpRequest, shop: Workspace) -> list[Awaited]:
    choice, product = _chosen(request.POST)
    con = shop.store.snapshot().connect("replenishments", "products")
    return needs.awaited(con, shop.clock.as_of().day, choice, product, None)


@require_POST
@right("customers.export")
def export(request: HttpRequest) -> HttpResponse:
    """The whole list as a CSV file."""
    rows = _all(request, workspace.current())
    choice, product = _chosen(request.POST)
    record(request, "export.due", choice, {"product": product, "rows": len(rows)})
    response = StreamingHttpResponse(_lines(rows, request.user), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="due.csv"'
    return response


def _lines(rows: list[Awaited], user: Any) -> Iterator[str]:
    writer = csv.writer(_Echo())
    heads = [
        _("Customer number"),
        _("Name"),
        _("Product"),
        _("Title"),
        _("Due"),
        _("Last bought"),
        _("Usually after, days"),
        _("Times bought"),
    ]
    yield BOM + writer.writerow([safe(head) for head in heads])
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        people = Customer.objects.in_bulk([row.customer_key for row in part])
        for row in part:
            if row.customer_key not in people:
                continue
            who = person(people[row.customer_key], user)
            cells = [who.external_id, who.name, row.product, row.title, row.due_day.isoformat()]
            yield writer.writerow(
                [safe(each) for each in [*cells, row.last_day.isoformat(), round(row.days), row.times]]
            )


@require_POST
@right("definitions.edit")
def segment(request: HttpRequest) -> HttpResponse:
    """Keep the customers of the list as an own segment: a fixed list, as of today."""
    shop = workspace.current()
    choice, product = _chosen(request.POST)
    keys = list(dict.fromkeys(row.customer_key for row in _all(request, shop)))
    ids = [who.external_id for who in Customer.objects.filter(customer_key__in=keys[: MOST + 1]) if who.external_id]
    if not ids or len(keys) > MOST:
        messages.error(
            request,
            _("A list of 1 to %(n)s customers makes a segment. Choose a shorter time or one product.")
            % {"n": f"{MOST:,}"},
        )
        return redirect(f"/needs/?within={choice}&product={product}#due")
    day = shop.clock.as_of().day
    key = f"due_{re.sub(r'[^a-z0-9]+', '_', product.lower()).strip('_')[:30] or 'all'}_{day:%Y%m%d}_{choice}"
    text = _definition(key, product, choice, sorted(ids), day)
    made = versions.change(
        shop.folder / "definitions", [("segments", key, text)], str(request.user), "", shop.clock.now()
    )
    if made is not None:
        record(request, "definition.save", f"segments/{key}", {"version": made.number})
    n = len(ids)
    messages.success(
        request,
        ngettext("A segment of %(n)s customer is made.", "A segment of %(n)s customers is made.", n) % {"n": f"{n:,}"},
    )
    return redirect("definition", "segments", key)


def _definition(key: str, product: str, choice: str, ids: list[str], day: Any) -> str:
    """The segment as YAML; ids and names in JSON's quotes, which YAML reads."""
    import json

    what = {"en": product or "any product", "zh": product or "任意商品"}
    when = {"en": "overdue" if choice == "overdue" else f"due within {choice} days",
            "zh": "补货已逾期" if choice == "overdue" else f"{choice} 天内该补货"}  # fmt: skip
    title = {"en": f"{what['en']}: {when['en']}, {day}", "zh": f"{what['zh']}：{when['zh']}，{day}"}
    meaning = {
        "en": "A fixed list made on the needs page; it does not change.",
        "zh": "由需求页面生成的固定名单，不会自动变化。",
    }
    said = {"title": title, "meaning": meaning, "customers": ids}
    return (
        "segments:\n  "
        + key
        + ":\n"
        + "".join(f"    {name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in said.items())
    )
