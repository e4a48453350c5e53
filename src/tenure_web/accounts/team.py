"""The team: who is in, what they may do, who is invited."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from tenure.errors import UsageError
from tenure_web.accounts import forms, links, mail
from tenure_web.accounts.models import Link, User
from tenure_web.accounts.rights import RIGHTS, ROLE_WORDS, ROLES, can, right
from tenure_web.audit.record import record
from tenure_web.theme.saying import said
from tenure_web.worker import workspace


def access_user(by: User, number: int) -> User:
    """The colleague with this number, for those who may see the team; 404 otherwise."""
    found = User.objects.filter(pk=number).first() if can(by, "team.view") else None
    if found is None:
        raise Http404
    return found


@right("team.view")
@require_GET
def team(request: HttpRequest) -> HttpResponse:
    """Everyone, and the invitations that wait."""
    return _page(request, forms.Invite())


@right("team.view")
@require_GET
def roles(request: HttpRequest) -> HttpResponse:
    """What each role may do, as a table."""
    rows = [(words, [role in having for role in ROLES]) for words, having in RIGHTS.values()]
    told = [(title, ROLE_WORDS[role]) for role, title in ROLES.items()]
    return render(request, "accounts/roles.html", {"roles": told, "rows": rows})


def _page(request: HttpRequest, form: forms.Invite, link: str = "", sent: bool = False, to: str = "") -> HttpResponse:
    people = list(User.objects.order_by("-is_active", "name", "id"))
    waiting = Link.objects.filter(kind="invitation", used_at=None, expires_at__gt=timezone.now()).order_by("made_at")
    context = {"people": people, "waiting": waiting, "form": form, "link": link, "sent": sent, "to": to, "roles": ROLES}
    return render(request, "accounts/team.html", context, status=422 if form.errors else 200)


@right("team.edit")
@never_cache
@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    """Make an invitation: by e-mail where a mail server is set up, and to copy in any case."""
    form = forms.Invite(request.POST)
    if not form.is_valid():
        return _page(request, form)
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    link = links.make("invitation", _base(request), email=email, role=role, by=request.user)
    record(request, "team.invite", email, {"role": role})
    return _page(request, forms.Invite(), link, mail.send_invitation(email, link, request.user), email)


@right("team.edit")
@require_POST
def uninvite(request: HttpRequest, number: int) -> HttpResponse:
    """Take an invitation back."""
    link = Link.objects.filter(pk=number, kind="invitation", used_at=None).first()
    if link is None:
        raise Http404
    link.delete()
    record(request, "team.uninvite", link.email)
    messages.success(request, _("The invitation no longer works."))
    return redirect("team")


@right("team.edit")
@never_cache
@require_POST
def reset_link(request: HttpRequest, number: int) -> HttpResponse:
    """A link to choose a new password, for an owner to hand over."""
    person = access_user(request.user, number)
    link = links.make("reset", _base(request), user=person, by=request.user)
    record(request, "team.reset_link", person.email)
    return _page(request, forms.Invite(), link, to=person.email)


@right("team.edit")
@require_POST
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Give a colleague another role, or shut them out or let them in again; it holds from their next click."""
    person = access_user(request.user, number)
    try:
        _change(request, person, request.POST.get("role", person.role), request.POST.get("active", "") != "no")
        messages.success(request, _("Saved. It holds from their next click."))
    except UsageError as error:
        messages.error(request, said(error))
    return redirect("team")


def _change(request: HttpRequest, person: User, role: str, active: bool) -> None:
    if role not in ROLES:
        raise UsageError(_("There is no such role."))
    with transaction.atomic():
        owners = set(User.objects.select_for_update().filter(role="owner", is_active=True).values_list("pk", flat=True))
        if owners == {person.pk} and (role != "owner" or not active):
            raise UsageError(_("This is the last owner. Make someone else an owner first."))
        before = {"role": person.role, "active": person.is_active}
        person.role, person.is_active = role, active
        person.save(update_fields=["role", "is_active"])
        record(request, "team.change", person.email, {"before": before, "after": {"role": role, "active": active}})


def _base(request: HttpRequest) -> str:
    """Where links lead: the installation's address if this is how we were reached, else how we were reached."""
    address = workspace.current().settings.address
    return address if urlsplit(address).netloc == request.get_host() else request.build_absolute_uri("/")
