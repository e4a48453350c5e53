"""What a company chooses, as forms over tenure.yml and the mail server."""

from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from tenure_web.settings.models import MailServer

CURRENCIES = "CNY USD EUR GBP JPY HKD TWD SGD KRW AUD CAD CHF INR BRL MXN NZD SEK NOK DKK THB VND MYR IDR PHP".split()
COMMON_ZONES = "Asia/Shanghai Asia/Hong_Kong Asia/Taipei Asia/Singapore Asia/Tokyo Europe/London UTC".split()


@cache  # they are read from six hundred files
def _zones() -> list[tuple[Any, list[tuple[str, str]]]]:
    """Time zones by region, the common ones first."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones()):
        region, _slash, place = name.partition("/")
        if place and region not in ("Etc", "SystemV", "US", "posix", "right"):
            regions.setdefault(region, []).append((name, place.replace("_", " ")))
    return [(_("Often used"), [(name, name) for name in COMMON_ZONES]), *regions.items()]


class Company(forms.Form):
    """Name, time zone, currency, language."""

    company = forms.CharField(label=_("Company"), max_length=120, help_text=_("Shown on pages and in messages."))
    company_zh = forms.CharField(
        label=_("Company in Chinese"), max_length=120, required=False, help_text=_("Empty means the same name.")
    )
    zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=_zones,
        help_text=_("Days begin at midnight here: “in the last 30 days”, reports and quiet hours follow it."),
    )
    zone_understood = forms.BooleanField(
        label=_("I understand that history is restated in the new time zone"), required=False
    )
    currency = forms.ChoiceField(
        label=_("Currency"), help_text=_("For amounts that come without one. Amounts already stored keep theirs.")
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("zh-hans", "中文"), ("en", "English")],
        help_text=_("For people and messages that have chosen none."),
    )

    def __init__(self, *args: Any, present: Any, **kwargs: Any) -> None:
        self.present = present
        names = ("company", "company_zh", "zone", "currency", "language")
        super().__init__(*args, initial={name: getattr(present, name) for name in names}, **kwargs)
        known = CURRENCIES if present.currency in CURRENCIES else [present.currency, *CURRENCIES]
        self.fields["currency"].choices = [(code, code) for code in known]  # type: ignore[attr-defined]

    @property
    def zone_changes(self) -> bool:
        """Whether the form asks for another time zone than the present one."""
        return self.is_bound and self.data.get("zone", self.present.zone) != self.present.zone

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.zone_changes and not given.get("zone_understood"):
            self.add_error("zone_understood", _("Read what a new time zone means, then tick this box."))
        return given


class Sending(forms.Form):
    """Who messages come from, and where this installation is reached."""

    sender_name = forms.CharField(
        label=_("Sender's name"), max_length=120, required=False, help_text=_("Empty means the company's name.")
    )
    sender_email = forms.EmailField(
        label=_("Sender's e-mail"),
        required=False,
        help_text=_("Use an address of your own domain whose SPF, DKIM and DMARC records allow your mail server."),
    )
    postal_address = forms.CharField(
        label=_("Postal address"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Printed under marketing mail; many countries demand it."),
    )
    address = forms.CharField(
        label=_("Address of this installation"),
        max_length=200,
        help_text=_("Unsubscribe and tracked links begin with it, so customers' devices must be able to reach it."),
    )

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"]).strip().rstrip("/")
        parts = urlsplit(address)
        extra = parts.query or parts.fragment or parts.username
        if parts.scheme not in ("http", "https") or not parts.hostname or extra:
            raise forms.ValidationError(_("Write an address such as https://tenure.example.com."))
        return address


class Server(forms.ModelForm):
    """The SMTP server. A password that is left empty stays as it was."""

    host = forms.CharField(
        label=_("Server name"), max_length=253, required=False, help_text=_("Empty: no mail leaves.")
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=587)
    security = forms.ChoiceField(
        label=_("Encryption"),
        choices=[
            ("starttls", _("STARTTLS (usually port 587)")),
            ("tls", _("TLS (usually port 465)")),
            ("none", _("No encryption")),
        ],
    )
    user = forms.CharField(
        label=_("User name"), max_length=254, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = MailServer
        fields = ("host", "port", "security", "user", "password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = self.instance.password
        if self.kept:
            self.fields["password"].help_text = _("A password is kept. Leave this empty to keep it.")

    def clean_password(self) -> str:
        return str(self.cleaned_data.get("password") or self.kept)

    def clean_host(self) -> str:
        host = str(self.cleaned_data.get("host", "")).strip()
        if any(letter.isspace() or letter in "/@" for letter in host):
            raise forms.ValidationError(_("Write only the server's name, such as smtp.example.com."))
        return host


class Backup(forms.Form):
    """Whether the backup holds the key to itself."""

    with_secret = forms.BooleanField(
        label=_("Put the workspace's secret into the backup"),
        required=False,
        help_text=_("Then the file alone is enough to restore everything, for whoever holds it."),
    )
