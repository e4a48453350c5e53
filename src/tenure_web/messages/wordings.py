"""Templates: what messages say, in both languages, tried on real customers before anybody reads them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import escape
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenure.errors import TenureError
from tenure.messages import MJML, TEXT, Wording, WordingError, letter, wording_problems
from tenure_web.accounts.rights import can, forbidden, right
from tenure_web.audit.record import record
from tenure_web.customers.models import Customer, Feature
from tenure_web.messages.addresses import unsubscribe_url
from tenure_web.messages.handoff import wording_of
from tenure_web.messages.mailbox import framed
from tenure_web.messages.models import Template
from tenure_web.messages.outbox import try_out
from tenure_web.messages.tabs import tabs
from tenure_web.messages.values import known, language_of, values_of
from tenure_web.theme.saying import said

LANGUAGES = ("zh", "en")


class Words(forms.ModelForm):
    """A template in both languages; at least one must be complete, and what is written must be fillable."""

    class Meta:
        model = Template
        fields = ["name_zh", "name", "form", "subject_zh", "body_zh", "subject_en", "body_en"]
        labels = {
            "name_zh": gettext_lazy("Name in Chinese"),
            "name": gettext_lazy("Name in English"),
            "form": gettext_lazy("Written as"),
            "subject_zh": gettext_lazy("Subject"),
            "body_zh": gettext_lazy("Text"),
            "subject_en": gettext_lazy("Subject"),
            "body_en": gettext_lazy("Text"),
        }
        widgets = {
            "form": forms.Select(
                choices=[(TEXT, gettext_lazy("Simple text in our frame")), (MJML, gettext_lazy("A whole page in MJML"))]
            ),
            "body_zh": forms.Textarea({"rows": 11, "spellcheck": "false"}),
            "body_en": forms.Textarea({"rows": 11, "spellcheck": "false"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = False

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        found["name"] = found.get("name") or found.get("name_zh", "")
        if not found["name"]:
            self.add_error("name_zh", _("Give the template a name."))
        written = [name for name in LANGUAGES if found.get(f"subject_{name}") or found.get(f"body_{name}")]
        if not written:
            raise forms.ValidationError(_("Write the message in at least one language."))
        names = known()
        for language in written:
            wording = Wording(
                found.get(f"subject_{language}", ""), found.get(f"body_{language}", ""), found["form"], language
            )
            for problem in wording_problems(wording, names):
                self.add_error(f"body_{language}", said(problem))
        return found


@right("messages.view")
@require_safe
def templates(request: HttpRequest) -> HttpResponse:
    """All templates."""
    rows = Template.objects.order_by("name").select_related("updated_by")
    return render(request, "messages/templates.html", {"rows": rows, "tabs": tabs(request, "templates")})


@right("messages.view")
@require_http_methods(["GET", "POST"])
def template(request: HttpRequest, key: str = "") -> HttpResponse:
    """One template: its words, the preview on a customer, a test message. Without a key a new one."""
    row = get_object_or_404(Template, key=key) if key else Template()
    if request.method == "POST" and not can(request.user, "messages.edit"):
        return forbidden(request, "messages.edit")
    form = Words(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        return _saved(request, form)
    context = {"form": form, "row": row if key else None, "tabs": tabs(request, "templates"), **_preview_on(request)}
    context["names"] = {root: sorted(names or ()) for root, names in known().items()}
    return render(request, "messages/template.html", context, status=422 if form.errors else 200)


def _saved(request: HttpRequest, form: Words) -> HttpResponse:
    row = form.save(commit=False)
    row.key = row.key or _free_key(row.name)
    row.updated_by = request.user
    row.save()
    record(request, "template.save", row.key)
    messages.success(request, _("Saved. Messages that go out from now on say it like this."))
    return redirect("template", row.key)


def _free_key(name: str) -> str:
    base = slugify(name)[:50] or "template"
    key, number = base, 2
    while Template.objects.filter(key=key).exists():
        key, number = f"{base}-{number}", number + 1
    return key


def _preview_on(request: HttpRequest) -> dict[str, Any]:
    """The customer a template is shown on: the one asked for, else one with an order and an address."""
    asked = (request.POST if request.method == "POST" else request.GET).get("customer", "").strip()
    customer = _found(asked) if asked else None
    if customer is None:
        with_features = Feature.objects.values("customer_key")
        full = Customer.objects.exclude(name="").exclude(email="").filter(customer_key__in=with_features)
        customer = full.order_by("customer_key").first() or Customer.objects.order_by("customer_key").first()
    return {
        "customer": customer,
        "language": request.GET.get("language") or (language_of(customer) if customer else ""),
    }


def _found(text: str) -> Customer | None:
    by_key = Customer.objects.filter(customer_key=int(text)).first() if text.isdigit() and len(text) < 18 else None
    return by_key or Customer.objects.filter(search__contains=text.lower()).order_by("customer_key").first()


@right("messages.view")
@require_POST
@xframe_options_sameorigin
def preview(request: HttpRequest) -> HttpResponse:
    """The words in the form, filled in for a customer, as a page for the frame. Nothing is saved."""
    words = Template(**{name: request.POST.get(name, "") for name in Words.Meta.fields})
    return _as_read(words, _preview_on(request)["customer"], request.POST.get("language", ""))


@right("messages.view")
@require_safe
@xframe_options_sameorigin
def shown(request: HttpRequest, key: str) -> HttpResponse:
    """A saved template as a customer reads it, for the frame."""
    on = _preview_on(request)
    return _as_read(get_object_or_404(Template, key=key), on["customer"], on["language"])


def _as_read(words: Template, customer: Customer | None, language: str) -> HttpResponse:
    if customer is None:
        nobody = _("There is no customer yet to show it on.")
        return framed(f'<p style="font:15px/1.6 sans-serif;padding:16px">{escape(nobody)}</p>')
    values = {**values_of([customer])[customer.customer_key], "unsubscribe_url": unsubscribe_url("preview")}
    try:
        filled = letter(wording_of(words, "zh" if language == "zh" else "en"), values)
    except WordingError as error:
        return framed(f'<p style="font:15px/1.6 sans-serif;color:#b3261e;padding:16px">{escape(said(error))}</p>')
    head = f'<div style="font:600 15px/1.5 sans-serif;padding:12px 16px;color:#1f2937">{escape(filled.subject)}</div>'
    return framed(head + filled.html)


@right("messages.send")
@require_POST
def try_template(request: HttpRequest, key: str) -> HttpResponse:
    """Send the saved template, filled in for a customer, to oneself."""
    row, customer = get_object_or_404(Template, key=key), _preview_on(request)["customer"]
    if customer is None:
        messages.error(request, _("There is no customer yet to fill it in with."))
        return redirect("template", key)
    language = "zh" if request.POST.get("language") == "zh" else "en"
    try:
        sent = try_out(row.key, customer.customer_key, request.user.email, language, timezone.now())
    except TenureError as error:
        messages.error(request, said(error))
        return redirect("template", key)
    if sent.state == "sent":
        messages.success(request, _("Sent to %(address)s.") % {"address": sent.address})
    else:
        messages.error(request, said(sent.detail) or _("It could not be sent."))
    return redirect("template", key)
