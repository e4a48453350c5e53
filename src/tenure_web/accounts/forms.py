"""What people type in about themselves and their colleagues."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from tenure_web.accounts.models import User
from tenure_web.accounts.rights import ROLES

LANGUAGES = [("", _("As the browser says")), ("zh-hans", "中文"), ("en", "English")]
THEMES = [("auto", _("As the device says")), ("light", _("Light")), ("dark", _("Dark"))]


class SignIn(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class Forgot(forms.Form):
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))


class NewPassword(forms.Form):
    """A password typed twice; `user` is whom it must not resemble."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        help_text=_("At least 10 characters. A short sentence is a good password."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same again"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, user: User | None = None, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        password, again = given.get("password"), given.get("again")
        if password and again and password != again:
            self.add_error("again", _("The two passwords differ."))
        elif password:
            try:
                validate_password(password, self.user or User(email=given.get("email", ""), name=given.get("name", "")))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return given


class Join(NewPassword):
    """An invited person says who they are."""

    name = forms.CharField(label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    field_order = ["name", "password", "again"]


class Start(Join):
    """The first owner."""

    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"}))
    field_order = ["name", "email", "password", "again"]


class ChangePassword(NewPassword):
    """A signed-in person proves who they are before choosing anew."""

    present = forms.CharField(
        label=_("Present password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    field_order = ["present", "password", "again"]

    def clean_present(self) -> str:
        present = self.cleaned_data["present"]
        if not self.user or not self.user.check_password(present):
            raise forms.ValidationError(_("That is not your present password."))
        return str(present)


class Account(forms.ModelForm):
    name = forms.CharField(label=_("Your name"), max_length=100)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, required=False)
    theme = forms.ChoiceField(label=_("Appearance"), choices=THEMES, required=False)

    class Meta:
        model = User
        fields = ("name", "language", "theme")


class Invite(forms.Form):
    email = forms.EmailField(label=_("E-mail"))
    role = forms.ChoiceField(label=_("Role"), choices=list(ROLES.items()), initial="member")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(_("This person already has an account here."))
        return email
