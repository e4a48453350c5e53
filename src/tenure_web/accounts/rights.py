"""What each role may do: one table, one decorator, one question."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from tenure_web.accounts.gate import to_sign_in
from tenure_web.theme.toasts import toast

OWNER, MANAGER, MEMBER, VIEWER = "owner", "manager", "member", "viewer"
ROLES = {OWNER: _("Owner"), MANAGER: _("Manager"), MEMBER: _("Member"), VIEWER: _("Viewer")}
ROLE_WORDS = {
    OWNER: _("Everything, including the team and backups. There is always at least one."),
    MANAGER: _("Runs the business in Tenure: settings, exports, starting journeys. Not the team, not backups."),
    MEMBER: _("Works with customers every day: sees personal data, edits customers, prepares journeys, uploads files."),
    VIEWER: _("Looks at boards, customers and segments with personal data masked, and changes nothing."),
}

_ALL = (OWNER, MANAGER, MEMBER, VIEWER)
_WORK = (OWNER, MANAGER, MEMBER)
_LEAD = (OWNER, MANAGER)
_OWN = (OWNER,)

# right: (what it means in words, the roles that have it)
RIGHTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "board.view": (_("See the board and the stages"), _ALL),
    "customers.view": (_("See customers"), _ALL),
    "customers.personal": (_("See names, e-mail addresses and phone numbers unmasked"), _WORK),
    "customers.edit": (_("Add and edit customers, write notes"), _WORK),
    "customers.merge": (_("Merge customers and take them apart again"), _WORK),
    "customers.export": (_("Export customers"), _LEAD),
    "customers.hand_over": (_("Export everything known of one customer"), _OWN),
    "customers.erase": (_("Erase a customer for good"), _OWN),
    "segments.view": (_("See segments"), _ALL),
    "definitions.view": (_("See how stages, features and segments are defined"), _ALL),
    "definitions.edit": (_("Change definitions, and take changes back"), _LEAD),
    "value.view": (_("See what customers are worth"), _ALL),
    "risk.view": (_("See who may be lost, and why"), _ALL),
    "needs.view": (_("See what customers need next, and what sells"), _ALL),
    "reports.view": (_("See reports"), _ALL),
    "journeys.view": (_("See journeys"), _ALL),
    "journeys.edit": (_("Prepare and change journeys"), _WORK),
    "journeys.run": (_("Start, pause and resume journeys"), _LEAD),
    "messages.view": (_("Read the mailbox"), _WORK),
    "messages.edit": (_("Change templates, quiet hours and the contact budget"), _LEAD),
    "messages.send": (_("Send test messages"), _WORK),
    "messages.stop": (_("Stop all sending"), _WORK),
    "messages.resume": (_("Allow sending again"), _LEAD),
    "collect.view": (_("See imports and arriving events"), _WORK),
    "collect.edit": (_("Upload files, undo imports, replay refused events"), _WORK),
    "collect.keys": (_("Make and revoke write keys"), _LEAD),
    "checklist.view": (_("See the set-up checklist"), _WORK),
    "settings.view": (_("See the settings"), _LEAD),
    "settings.edit": (_("Change the settings"), _LEAD),
    "team.view": (_("See the team"), _LEAD),
    "team.edit": (_("Invite people, change roles, disable people"), _OWN),
    "audit.view": (_("Read and export the audit"), _LEAD),
    "backup.run": (_("Make and download backups"), _OWN),
}


def can(user: Any, name: str) -> bool:
    """Whether this person may; a stranger, a disabled person and an unknown right never."""
    if name not in RIGHTS:
        raise KeyError(f'There is no right "{name}". Add it to RIGHTS in accounts/rights.py.')
    return bool(getattr(user, "is_authenticated", False) and user.is_active and user.role in RIGHTS[name][1])


def right(name: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let a view be used only by those who have the right: a stranger signs in first, anyone else reads a plain 403."""
    if name not in RIGHTS:
        raise KeyError(f'There is no right "{name}". Add it to RIGHTS in accounts/rights.py.')

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if not can(request.user, name):
                return forbidden(request, name)
            return view(request, *args, **kwargs)

        checked.right = name  # type: ignore[attr-defined]
        return checked

    return decorate


def forbidden(request: HttpRequest, name: str) -> HttpResponse:
    """The 403 page: which right is missing and who has it."""
    words, roles = RIGHTS[name]
    if getattr(request, "htmx", False):
        text = _("You may not do this: it needs the right “%(right)s”.") % {"right": words}
        return toast(HttpResponse(text, status=403), text, "error")
    context = {"right_words": words, "roles": [ROLES[role] for role in roles], "own_role": ROLES[request.user.role]}
    return render(request, "accounts/forbidden.html", context, status=403)


def rights(request: HttpRequest) -> dict[str, dict[str, bool]]:
    """Context processor: `{% if rights.customers_edit %}`."""
    user = getattr(request, "user", None)
    return {"rights": {name.replace(".", "_"): can(user, name) for name in RIGHTS}}
