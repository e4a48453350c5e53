"""The list of customers: filtered, sorted and paged by the server; its address holds its state."""

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from tenure import money
from tenure.workspace import Workspace
from tenure_web.accounts.rights import right
from tenure_web.audit.record import record
from tenure_web.customers import columns as listed
from tenure_web.customers.export import lines
from tenure_web.customers.filters import chips, menus
from tenure_web.customers.models import State
from tenure_web.customers.ordering import BACK, FORWARD, Cursor, Order, cursor
from tenure_web.customers.selection import Selection, customers, read, total
from tenure_web.theme.pages import page
from tenure_web.theme.templatetags.look import address_with
from tenure_web.worker import workspace

SIZE = 50


def _selection(request: HttpRequest, shop: Workspace) -> Selection:
    query = request.GET if request.method == "GET" else request.POST
    return read(query, money.exponent(shop.settings.currency))


@require_GET
@right("customers.view")
def show(request: HttpRequest) -> HttpResponse:
    """One page of the list."""
    shop = workspace.current()
    selection = _selection(request, shop)
    sort = request.GET.get("sort", "")
    if sort.lstrip("-") not in listed.SORTS:
        sort = listed.USUAL_SORT
    by = listed.SORTS[sort.lstrip("-")]
    way = BACK if "before" in request.GET else FORWARD
    at = cursor(request.GET.get(way, ""), by.read)
    meant = (selection, request.user, shop.clock.now(), by.column)
    rare = None if selection.empty or selection.text else customers(*meant, rare=True)  # a search lists who is found
    found = Order(customers(*meant), by.column, sort[0] == "-", nullable=by.nullable, rare=rare)
    part = found.page(SIZE, at, way)
    lifecycle = shop.lifecycle().key
    context = {
        "rows": listed.rows(part.rows, request.user, shop.definitions),
        "columns": listed.chosen(request, shop.definitions, lifecycle),
        "all_columns": listed.all_columns(shop.definitions).values(),
        "menus": menus(request, selection, shop.definitions),
        "chips": chips(request, selection, shop.definitions, shop.settings.currency),
        "selection": selection,
        "sort": sort,
        "before": _neighbour(request, BACK, part.before),
        "after": _neighbour(request, FORWARD, part.after),
        "count_url": address_with(request).replace(request.path, f"{request.path}count/", 1),
        "nobody": selection.empty and not part.rows,
        "currency_sign": money.text(0, shop.settings.currency).split("0", 1)[0],
    }
    return page(request, "customers/list.html", "customers/_list.html", context)


def _neighbour(request: HttpRequest, way: str, at: Cursor | None) -> str:
    if at is None:
        return ""
    other = BACK if way == FORWARD else FORWARD
    return address_with(request, **{way: at.text(), other: None})


@require_GET
@right("customers.view")
def count(request: HttpRequest) -> HttpResponse:
    """How many customers the selection means; asked for after the page has been shown."""
    shop = workspace.current()
    found = total(_selection(request, shop), request.user, shop.clock.now())
    return render(request, "customers/_count.html", {"total": found})


@require_POST
@right("customers.view")
def columns(request: HttpRequest) -> HttpResponse:
    """Remember which columns this person wants to see; none means the usual ones."""
    known = listed.all_columns(workspace.current().definitions)
    names = [name for name in request.POST.getlist("column") if name in known]
    if names:
        request.session[listed.SESSION] = names
    else:
        request.session.pop(listed.SESSION, None)
    query = request.POST.get("query", "")
    return redirect(f"/customers/?{query}" if query else "/customers/")


@require_POST
@right("customers.export")
def export(request: HttpRequest) -> HttpResponse:
    """The chosen customers, or all the selection means, as CSV; written down in the audit."""
    shop = workspace.current()
    selection = _selection(request, shop)
    states = customers(selection, request.user, shop.clock.now())
    keys = [int(key) for key in request.POST.getlist("key") if key.isdecimal()][:900]
    if request.POST.get("only") == "chosen":
        if not keys:
            raise Http404
        states = State.objects.filter(customer_key__in=keys)
    shown = listed.chosen(request, shop.definitions, shop.lifecycle().key)
    filters = {
        "filters": sum(
            map(
                bool,
                (
                    selection.stages,
                    selection.segments,
                    selection.members,
                    selection.channels,
                    selection.recency,
                    selection.following,
                ),
            )
        )
    }
    record(
        request,
        "export.customers",
        "customers",
        {"customers": states.count(), "searched": bool(selection.text)} | filters,
    )
    pieces = lines(states, shown, request.user, shop.definitions, shop.settings.currency)
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="customers-{timezone.localdate():%Y-%m-%d}.csv"'
    return response
