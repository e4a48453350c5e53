"""Coming in, going out, and one's own account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tenure_web.accounts import attempts, first_start, forms, links, mail
from tenure_web.accounts.gate import public
from tenure_web.accounts.models import Link, User
from tenure_web.audit.record import record
from tenure_web.worker import jobs

PAGE = require_http_methods(["GET", "POST"])


@public
@never_cache
@PAGE
def sign_in(request: HttpRequest) -> HttpResponse:
    """The door. Failures are counted; a new session begins at each sign-in."""
    if request.user.is_authenticated:
        return redirect(_onward(request))
    form = forms.SignIn(request.POST or None)
    status = 200
    if form.is_valid():
        status = _try(request, form)
        if status == 302:
            return redirect(_onward(request))
    context = {"form": form, "next": _onward(request), "no_owner": not first_start.has_owner()}
    return render(request, "accounts/sign_in.html", context, status=status)


def _try(request: HttpRequest, form: forms.SignIn) -> int:
    email = form.cleaned_data["email"]
    if attempts.must_wait(request, email):
        form.add_error(None, _("Too many failed attempts. Wait a quarter of an hour, then try again."))
        return 429
    user = authenticate(request, username=email, password=form.cleaned_data["password"])
    if user is None:
        attempts.count(request, email)
        if attempts.must_wait(request, email):
            record(None, "account.locked", email, {"from": attempts.address(request)})
        form.add_error(None, _("This e-mail and password do not go together."))
        return 403
    attempts.clear(request, email)
    login(request, user)
    record(user, "account.sign_in")
    return 302


def _onward(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    return wanted if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()) else "/"


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session here."""
    logout(request)
    return redirect("sign_in")


@public
@never_cache
@PAGE
def start(request: HttpRequest, token: str) -> HttpResponse:
    """The first owner comes in by the link printed in the terminal; the door closes behind them."""
    link = None if first_start.has_owner() else links.find("start", token)
    if link is None:
        return _gone(request)
    form = forms.Start(request.POST or None)
    if form.is_valid() and links.use(link):
        user = _enter(request, form.cleaned_data["email"], "owner", form)
        record(user, "account.start")
        return redirect("checklist")
    return render(request, "accounts/start.html", {"form": form})


@public
@never_cache
@PAGE
def come_in(request: HttpRequest, token: str) -> HttpResponse:
    """Someone at the server's keyboard signs in by the link printed there; it works once."""
    link = links.find("sign-in", token)
    if link is None or link.user is None or not link.user.is_active or not links.use(link):
        return _gone(request)
    login(request, link.user, backend="django.contrib.auth.backends.ModelBackend")
    record(link.user, "account.sign_in")
    return redirect("/")


@public
@never_cache
@PAGE
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """An invited person says their name, chooses a password and is in."""
    link = links.find("invitation", token)
    if link is None or User.objects.filter(email=link.email).exists():
        return _gone(request)
    form = forms.Join(request.POST or None, user=User(email=link.email))
    if form.is_valid() and links.use(link):
        user = _enter(request, link.email, link.role, form)
        record(user, "team.join", user.email, {"role": user.role})
        return redirect("/")
    return render(request, "accounts/invitation.html", {"form": form, "link": link})


def _enter(request: HttpRequest, email: str, role: str, form: Any) -> User:
    given = form.cleaned_data
    user = User.objects.create_user(email, given["password"], name=given["name"], role=role)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return user


@public
@never_cache
@PAGE
def forgot(request: HttpRequest) -> HttpResponse:
    """Asks for a reset link by e-mail. The answer is the same whether the address is known or not."""
    form = forms.Forgot(request.POST or None)
    asked = form.is_valid()
    if asked and not attempts.must_wait(request, "forgot " + form.cleaned_data["email"]):
        attempts.count(request, "forgot " + form.cleaned_data["email"])
        jobs.enqueue(mail.RESET_MAIL, {"email": form.cleaned_data["email"]})
    return render(request, "accounts/forgot.html", {"form": form, "asked": asked, "can_send": mail.can_send()})


@public
@never_cache
@PAGE
def reset(request: HttpRequest, token: str) -> HttpResponse:
    """A new password by a one-time link; every session of this person ends, and they sign in anew."""
    link = links.find("reset", token)
    if link is None or link.user is None or not link.user.is_active:
        return _gone(request)
    form = forms.NewPassword(request.POST or None, user=link.user)
    if form.is_valid() and links.use(link):
        _choose(link.user, form.cleaned_data["password"])
        record(link.user, "account.reset", link.user.email)
        messages.success(request, _("Your new password is set. Sign in with it."))
        return redirect("sign_in")
    return render(request, "accounts/reset.html", {"form": form, "person": link.user})


def _choose(user: User, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
    Link.objects.filter(kind="reset", user=user, used_at=None).delete()


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/gone.html", status=410)


@PAGE
def account(request: HttpRequest) -> HttpResponse:
    """One's own name, language and appearance."""
    form = forms.Account(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect("account")
    context = {"form": form, "password_form": forms.ChangePassword(user=request.user)}
    return render(request, "accounts/account.html", context)


@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """A new password for oneself; other sessions end, this one stays."""
    form = forms.ChangePassword(request.POST, user=request.user)
    if not form.is_valid():
        context = {"form": forms.Account(instance=request.user), "password_form": form}
        return render(request, "accounts/account.html", context, status=422)
    _choose(request.user, form.cleaned_data["password"])
    update_session_auth_hash(request, request.user)
    record(request, "account.password", request.user.email)
    messages.success(request, _("Your new password is set. Other devices have been signed out."))
    return redirect("account")
