"""Company, sending, and the set-up checklist."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tenure.errors import TenureError
from tenure_web.accounts import mail
from tenure_web.accounts.rights import can, forbidden, right
from tenure_web.audit.record import record
from tenure_web.settings import checklist, forms
from tenure_web.settings.models import Confirmed, MailServer
from tenure_web.settings.smtp import server
from tenure_web.theme.saying import said
from tenure_web.worker import workspace

PAGE = require_http_methods(["GET", "POST"])


@right("settings.view")
@PAGE
def company(request: HttpRequest) -> HttpResponse:
    """Name, time zone, currency and language of the company."""
    if request.method == "POST" and not can(request.user, "settings.edit"):
        return forbidden(request, "settings.edit")
    form = forms.Company(request.POST or None, present=workspace.current().settings)
    if form.is_valid() and _save(request, form, ("company", "company_zh", "zone", "currency", "language")):
        return redirect("settings")
    return render(request, "settings/company.html", {"form": form}, status=422 if form.errors else 200)


@right("settings.view")
@PAGE
def sending(request: HttpRequest) -> HttpResponse:
    """Sender, postal address, address of the installation; the mail server beside it."""
    if request.method == "POST" and not can(request.user, "settings.edit"):
        return forbidden(request, "settings.edit")
    present = workspace.current().settings
    names = ("sender_name", "sender_email", "postal_address", "address")
    form = forms.Sending(request.POST or None, initial={name: getattr(present, name) for name in names})
    if form.is_valid() and _save(request, form, names):
        return redirect("sending")
    return _sending(request, form, _server_form())


def _server_form(data: Any = None) -> forms.Server:
    return forms.Server(data, instance=MailServer.objects.filter(pk=1).first() or MailServer())


def _sending(request: HttpRequest, form: forms.Sending, server_form: forms.Server) -> HttpResponse:
    context = {"form": form, "server_form": server_form, "server": server(), "can_send": mail.can_send()}
    return render(request, "settings/sending.html", context, status=422 if form.errors or server_form.errors else 200)


def _save(request: HttpRequest, form: Any, names: tuple[str, ...]) -> bool:
    """Write what changed into tenure.yml; the audit names the entries, not their values."""
    place = workspace.current()
    given = {name: form.cleaned_data[name] for name in names}
    changed = [name for name, value in given.items() if getattr(place.settings, name) != value]
    try:
        place.save_settings(place.settings.changed(**given))
    except TenureError as error:
        form.add_error(None, said(error))
        return False
    if changed:
        record(request, "settings.change", "", {"entries": changed})
    messages.success(request, _("Saved."))
    return True


@right("settings.edit")
@require_POST
def mail_server(request: HttpRequest) -> HttpResponse:
    """Set up the mail server, or give it up by an empty name."""
    form = _server_form(request.POST)
    if not form.is_valid():
        present = workspace.current().settings
        names = ("sender_name", "sender_email", "postal_address", "address")
        return _sending(request, forms.Sending(initial={name: getattr(present, name) for name in names}), form)
    if form.cleaned_data["host"]:
        form.save()
    else:
        MailServer.objects.all().delete()
    record(request, "settings.mail_server", form.cleaned_data["host"])
    messages.success(request, _("Saved."))
    return redirect("sending")


@right("settings.edit")
@require_POST
def mail_test(request: HttpRequest) -> HttpResponse:
    """Send a test message to oneself by the mail server."""
    problem = mail.send_test(request.user)
    record(request, "settings.mail_test", "", {"sent": not problem})
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, _("A test message is on its way to %(email)s.") % {"email": request.user.email})
    return redirect("sending")


@right("checklist.view")
@require_GET
def guide(request: HttpRequest) -> HttpResponse:
    """The set-up guide: define, collect, act, learn."""
    return render(request, "settings/checklist.html", {"guide": checklist.guide(request.user)})


@right("settings.edit")
@require_POST
def confirm(request: HttpRequest, step: str) -> HttpResponse:
    """Say that a step which only a person can judge is done."""
    if step in checklist.CONFIRMED_BY_HAND:
        Confirmed.objects.get_or_create(step=step)
        record(request, "checklist.confirm", step)
    return redirect("checklist")
