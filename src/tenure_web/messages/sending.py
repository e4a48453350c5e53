"""Sending: the switch that stops it, the rules that every message obeys, the outbox with each message's fate."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenure_web.accounts.rights import can, forbidden, right
from tenure_web.audit.record import record
from tenure_web.customers.models import Customer
from tenure_web.messages import consent
from tenure_web.messages.gate import governing
from tenure_web.messages.models import Message, Sending, Suppression, Template
from tenure_web.messages.outbox import stop
from tenure_web.messages.reasons import in_words
from tenure_web.messages.tabs import tabs
from tenure_web.settings.smtp import server
from tenure_web.worker import workspace

PAGE = 50


class Rules(forms.ModelForm):
    """The contact budget and the quiet hours."""

    class Meta:
        model = Sending
        fields = ["budget_messages", "budget_days", "quiet_start", "quiet_end"]
        labels = {
            "budget_messages": gettext_lazy("At most so many messages"),
            "budget_days": gettext_lazy("within so many days"),
            "quiet_start": gettext_lazy("Quiet from"),
            "quiet_end": gettext_lazy("until"),
        }
        help_texts = {
            "budget_messages": gettext_lazy("To one customer, over all journeys. 0 means no limit."),
            "quiet_end": gettext_lazy("On the customer's own clock where we know it, else the company's."),
        }
        widgets = {
            "quiet_start": forms.TimeInput({"type": "time"}, "%H:%M"),
            "quiet_end": forms.TimeInput({"type": "time"}, "%H:%M"),
        }

    def clean_budget_days(self) -> int:
        """A window of nothing would be no budget at all."""
        days: int = self.cleaned_data["budget_days"]
        if not 1 <= days <= 366:
            raise forms.ValidationError(_("Between 1 and 366 days."))
        return days


@right("messages.view")
@require_http_methods(["GET", "POST"])
def sending_rules(request: HttpRequest) -> HttpResponse:
    """Who may be written to and when; the switch that stops everything."""
    if request.method == "POST" and not can(request.user, "messages.edit"):
        return forbidden(request, "messages.edit")
    row = governing()
    form = Rules(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        form.save()
        record(request, "sending.rules", "", {name: str(form.cleaned_data[name]) for name in form.changed_data})
        messages.success(request, _("Saved. It holds for every message from now on."))
        return redirect("sending_rules")
    context = {"form": form, "tabs": tabs(request, "sending_rules"), **_standing(row)}
    return render(request, "messages/sending.html", context, status=422 if form.errors else 200)


def _standing(row: Sending) -> dict[str, Any]:
    settings = workspace.current().settings
    return {
        "sending": row,
        "consents": consent.counts(),
        "suppressed": Suppression.objects.count(),
        "waiting": Message.objects.filter(state=Message.PLANNED).count(),
        "server": server(),
        "sender": settings.sender_email,
        "secure": settings.address.startswith("https://"),
    }


@right("messages.stop")
@require_POST
def stop_all(request: HttpRequest) -> HttpResponse:
    """Stop all sending at once; it stays stopped, whatever restarts."""
    stop(True, request.user, timezone.now())
    record(request, "sending.stop")
    messages.warning(request, _("All sending is stopped."))
    return redirect("sending_rules")


@right("messages.resume")
@require_POST
def resume(request: HttpRequest) -> HttpResponse:
    """Allow sending again; what waited goes on, through the gate."""
    stop(False, request.user, timezone.now())
    record(request, "sending.resume")
    messages.success(request, _("Sending is allowed again."))
    return redirect("sending_rules")


@right("messages.view")
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """Every message with its state and the reason for it."""
    state, reason = request.GET.get("state", ""), request.GET.get("reason", "")
    rows = Message.objects.exclude(kind=Message.SYSTEM).order_by("-id")
    rows = rows.filter(**{name: value for name, value in (("state", state), ("reason", reason)) if value})
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    customers = Customer.objects.in_bulk([row.customer_key for row in page if row.customer_key])
    titles = {found.key: found.title for found in Template.objects.filter(key__in={row.template for row in page})}
    shown = [(row, customers.get(row.customer_key or 0), titles.get(row.template, row.template)) for row in page]
    context = {"page": page, "rows": shown, "groups": _groups(), "state": state, "reason": reason}
    return render(request, "messages/outbox.html", {**context, "tabs": tabs(request, "outbox")})


def _groups() -> list[dict[str, Any]]:
    """How many messages stand where, and why."""
    counted = Message.objects.exclude(kind=Message.SYSTEM).values_list("state", "reason")
    found = {(state, reason): count for state, reason, count in counted.annotate(count=Count("id")).order_by()}
    groups = []
    for state, title in Message.STATES.items():
        reasons = [
            {"key": reason, "words": in_words(reason), "count": count}
            for (at, reason), count in sorted(found.items(), key=lambda item: -item[1])
            if at == state and reason
        ]
        total = sum(count for (at, _reason), count in found.items() if at == state)
        groups.append({"key": state, "title": title, "count": total, "reasons": reasons})
    return groups
