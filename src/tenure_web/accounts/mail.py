"""Links that go out by e-mail. Never into the built-in mailbox: colleagues read that one."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from tenure.errors import TenureError
from tenure_web.accounts import links
from tenure_web.accounts.models import User
from tenure_web.theme.saying import said
from tenure_web.worker import workspace
from tenure_web.worker.jobs import Progress, handler
from tenure_web.worker.models import Job

__all__ = ["RESET_MAIL", "can_send", "send_invitation", "send_reset", "send_test"]


RESET_MAIL = "reset_mail"


def _address() -> str:
    return workspace.current().settings.address


def _sender() -> Any:
    """messages.system_mail, once a mail server is set up; None before."""
    from tenure_web.settings.smtp import server

    if server() is None or find_spec("tenure_web.messages.system") is None:
        return None
    return import_module("tenure_web.messages.system").system_mail


def can_send() -> bool:
    """Whether links can go by e-mail; else people copy them by hand."""
    return _sender() is not None


def _send(to: str, subject: str, text: str) -> bool:
    send = _sender()
    if send is None:
        return False
    try:
        send(to, subject, text)
    except (TenureError, OSError):
        return False
    return True


@handler(RESET_MAIL)
def _reset_mail(job: Job, progress: Progress) -> None:
    """The worker's part: known addresses and unknown ones take the page the same time."""
    send_reset(str(job.params["email"]))


def send_reset(email: str) -> bool:
    """Mail a reset link to this person, if they exist and mail can be sent."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None or not can_send():
        return False
    link = links.make("reset", _address(), user=user)
    with translation.override(user.language or workspace.current().settings.language):
        text = _(
            "Hello %(name)s,\n\nsomeone, probably you, asked for a new password for Tenure. "
            "Choose it here within 24 hours:\n\n%(link)s\n\nIf it was not you, there is nothing to do."
        ) % {"name": user.name, "link": link}
        return _send(user.email, _("Choose a new password"), text)


def send_invitation(email: str, link: str, by: User) -> bool:
    """Mail an invitation; False when it has to be copied by hand."""
    company = workspace.current().settings.company
    with translation.override(workspace.current().settings.language):
        text = _(
            "Hello,\n\n%(name)s invites you to work with %(company)s in Tenure. Come in here within 7 days:\n\n%(link)s"
        ) % {"name": by.name, "company": company, "link": link}
        return _send(email, _("Your invitation to %(company)s") % {"company": company}, text)


def send_test(to: User) -> str:
    """Mail a few words to this person; the problem in plain words, or an empty text when it went out."""
    send = _sender()
    if send is None:
        return _("There is no mail server yet. Fill in the form first.")
    try:
        send(to.email, _("Test message from Tenure"), _("Your mail server works: this message left by it."))
    except (TenureError, OSError) as error:
        return _("The mail server did not take the message: %(problem)s") % {"problem": said(error)}
    return ""
