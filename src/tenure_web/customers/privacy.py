"""What a person may ask of us: everything we know, handed over; everything we know, gone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from tenure_web.accounts.rights import right
from tenure_web.audit.record import record
from tenure_web.customers.masking import person
from tenure_web.customers.page import access_customer
from tenure_web.worker import jobs, workspace

ERASE = "customers.erase"  # the work itself stands in the collect app, which sees every other


@require_POST
@right("customers.hand_over")
def hand_over(request: HttpRequest, key: int) -> HttpResponse:
    """Everything known of the customer, as a ZIP."""
    from tenure_web.collect.exporting import archive  # the collect app stands after this one

    customer = access_customer(request.user, key)
    content = archive(workspace.current(), customer.customer_key, timezone.now())
    record(request, "export.customer", key)
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="customer-{key}.zip"'
    return answer


@require_POST
@right("customers.erase")
def erase(request: HttpRequest, key: int) -> HttpResponse:
    """Have the worker erase the customer; it cannot be taken back."""
    customer = access_customer(request.user, key)
    job = jobs.enqueue(ERASE, {"key": customer.customer_key}, request.user)
    context = {"job": job, "then": "/customers/", "person": person(customer, request.user)}
    return render(request, "customers/working.html", context)
