"""What colleagues say of a customer, written down: the pulse, and why somebody left."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tenure_web.accounts.rights import right
from tenure_web.audit.record import record
from tenure_web.customers.page import access_customer
from tenure_web.risk import departures
from tenure_web.risk.models import Departure, Pulse
from tenure_web.worker import workspace


class PulseForm(forms.Form):
    mark = forms.IntegerField(min_value=1, max_value=5)


class DepartureForm(forms.Form):
    reason = forms.ChoiceField()
    note = forms.CharField(max_length=2000, required=False, strip=True)

    def __init__(self, *args: Any, reasons: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = [(key, key) for key in sorted(reasons)]


@require_POST
@right("customers.edit")
def pulse(request: HttpRequest, key: int) -> HttpResponse:
    """Say how well a customer is."""
    customer = access_customer(request.user, key)
    form = PulseForm(request.POST)
    if form.is_valid():
        said = {"mark": form.cleaned_data["mark"]}
        at = workspace.current().clock.now()
        Pulse.objects.create(customer_key=customer.customer_key, author=request.user, at=at, **said)
        record(request, "add.pulse", key, said)
        messages.success(request, _("The pulse is kept."))
    else:
        messages.error(request, _("A pulse is a number from 1 to 5."))
    return redirect("customer", key)


@require_POST
@right("customers.edit")
def departure(request: HttpRequest, key: int) -> HttpResponse:
    """Say why a customer left."""
    customer = access_customer(request.user, key)
    shop = workspace.current()
    form = DepartureForm(request.POST, reasons=set(departures.titles(shop)))
    if form.is_valid():
        said, at = form.cleaned_data, shop.clock.now()
        Departure.objects.create(customer_key=customer.customer_key, author=request.user, at=at, **said)
        record(request, "add.departure", key, {"reason": said["reason"]})
        messages.success(request, _("The reason is kept."))
    else:
        messages.error(request, _("Choose one of the reasons."))
    return redirect("customer", key)
