"""Changing a customer by hand: add, edit, notes, merge and unmerge."""

import time
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tenure.errors import UsageError
from tenure_web.accounts.rights import can, right
from tenure_web.audit.record import record
from tenure_web.customers import changes
from tenure_web.customers.masking import person
from tenure_web.customers.models import Customer, Note
from tenure_web.customers.selection import matching
from tenure_web.messages import consent
from tenure_web.worker import jobs, workspace

WAIT = 2.0  # seconds a page waits for the worker to take a new customer


class ProfileForm(forms.Form):
    """What people write about a customer."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=320, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=40, required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=[("", gettext_lazy("Not known")), ("zh", "中文"), ("en", "English")],
        required=False,
    )


class NewForm(ProfileForm):
    """A new customer: at least one way to know them."""

    external_id = forms.CharField(
        label=gettext_lazy("Customer number"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The number your shop or till uses, so that orders find this customer."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not any(given.get(name) for name in ("name", "email", "phone", "external_id")):
            raise forms.ValidationError(_("Give a name, an e-mail address, a phone number or a customer number."))
        return given


class NoteForm(forms.Form):
    """A colleague's note."""

    text = forms.CharField(
        label=gettext_lazy("Note"), max_length=5000, widget=forms.Textarea(attrs={"rows": 3}), strip=True
    )


def _customer(request: HttpRequest, key: int) -> Customer:
    from tenure_web.customers.page import access_customer

    return access_customer(request.user, key)


@right("customers.edit")
def new(request: HttpRequest) -> HttpResponse:
    """Add a customer by hand."""
    form = NewForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "customers/form.html", {"form": form})
    fields = {name: value for name, value in form.cleaned_data.items() if value and name != "external_id"}
    known = changes.add(workspace.current(), form.cleaned_data["external_id"], fields)
    record(request, "add.customer", known if form.cleaned_data["external_id"] == "" else "")
    found = _arrived(known)
    if found is not None:
        messages.success(request, _("The customer is added."))
        return redirect("customer", found)
    messages.info(request, _("The customer is being added and appears here in a moment."))
    return redirect("customers")


def _arrived(external_id: str) -> int | None:
    """The customer, if the worker takes it soon."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        found = Customer.objects.filter(external_id=external_id).values_list("pk", flat=True).first()
        if found is not None:
            return int(found)
        time.sleep(0.1)
    return None


@right("customers.edit")
def edit(request: HttpRequest, key: int) -> HttpResponse:
    """Change name, address and numbers."""
    customer = _customer(request, key)
    if not can(request.user, "customers.personal"):
        raise Http404
    held = {"name": customer.name, "email": customer.email, "phone": customer.phone, "language": customer.language}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=held)
    if request.method != "POST" or not form.is_valid():
        return render(request, "customers/form.html", {"form": form, "person": person(customer, request.user)})
    changed = {name: form.cleaned_data[name] for name in form.changed_data}
    if changed:
        changes.change(workspace.current(), customer, changed, timezone.now())
        record(request, "edit.customer", key, {"fields": sorted(changed)})
        messages.success(request, _("The profile is changed."))
    return redirect("customer", key)


@require_POST
@right("customers.edit")
def add_note(request: HttpRequest, key: int) -> HttpResponse:
    """Write a note."""
    customer = _customer(request, key)
    form = NoteForm(request.POST)
    if form.is_valid():
        Note.objects.create(customer_key=customer.customer_key, author=request.user, text=form.cleaned_data["text"])
        record(request, "add.note", key)
    else:
        messages.error(request, _("A note needs some words."))
    return redirect(f"/customers/{key}/?tab={'notes' if request.POST.get('tab') == 'notes' else 'timeline'}")


@require_POST
@right("customers.edit")
def delete_note(request: HttpRequest, key: int, number: int) -> HttpResponse:
    """Delete a note: one's own, or any for those who lead."""
    _customer(request, key)
    note = Note.objects.filter(pk=number, customer_key=key).first()
    if note is None or not (note.author_id == request.user.pk or can(request.user, "customers.export")):
        raise Http404
    note.delete()
    record(request, "delete.note", key)
    messages.success(request, _("The note is deleted."))
    return redirect(f"/customers/{key}/?tab=notes")


@require_POST
@right("customers.edit")
def say_consent(request: HttpRequest, key: int) -> HttpResponse:
    """Write down what the customer said about e-mail: who, where and how. Nothing is ever assumed."""
    customer = _customer(request, key)
    state, basis = request.POST.get("state", ""), request.POST.get("basis", "").strip()
    if not customer.email:
        messages.error(request, _("Consent belongs to an address. Write down the e-mail address first."))
        return redirect("customer", key)
    try:
        evidence = request.POST.get("evidence", "").strip()
        consent.say(customer.email, state, basis, evidence, timezone.now(), "hand", request.user)
    except UsageError:
        messages.error(request, _("Consent counts only with its basis: say where and how the person agreed."))
        return redirect("customer", key)
    record(request, "say.consent", key, {"state": state})
    messages.success(request, _("The consent is written down."))
    return redirect("customer", key)


@right("customers.merge")
def merge(request: HttpRequest, key: int) -> HttpResponse:
    """Find the other customer, then make the two one."""
    customer = _customer(request, key)
    if request.method == "POST" and request.POST.get("other", "").isdecimal():
        other = _customer(request, int(request.POST["other"]))
        if other.customer_key == key:
            raise Http404
        job = jobs.enqueue("customers.merge", {"a": key, "b": other.customer_key}, request.user)
        record(request, "merge.customer", key, {"other": other.customer_key})
        then = f"/customers/{min(key, other.customer_key)}/"
        return render(
            request, "customers/working.html", {"job": job, "then": then, "person": person(customer, request.user)}
        )
    text = request.GET.get("q", "").strip()
    found = matching(text, request.user).exclude(pk=key)[:20] if text else []
    context = {
        "person": person(customer, request.user),
        "text": text,
        "found": [person(each, request.user) for each in found],
    }
    return render(request, "customers/merge.html", context)


@require_POST
@right("customers.merge")
def unmerge(request: HttpRequest, key: int) -> HttpResponse:
    """Take an identifier out of this customer again."""
    customer = _customer(request, key)
    if not request.POST.get("source", "").isdecimal():
        raise Http404
    job = jobs.enqueue("customers.unmerge", {"a": key, "b": int(request.POST["source"])}, request.user)
    record(request, "unmerge.customer", key, {"source": int(request.POST["source"])})
    context = {"job": job, "then": f"/customers/{key}/", "person": person(customer, request.user)}
    return render(request, "customers/working.html", context)
