"""Mail to colleagues: invitations, resets. It goes by SMTP at once, and its text is never kept."""

import re

from django.utils import timezone, translation
from django.utils.html import escape

from tenure.errors import TenureError, UsageError
from tenure.messages import Letter, Mail, new_token
from tenure.messages.channels import SENT
from tenure.messages.channels.email import SmtpChannel, SmtpServer
from tenure_web.messages.models import Message
from tenure_web.settings.smtp import server
from tenure_web.worker import workspace

__all__ = ["system_mail"]


def system_mail(to: str, subject: str, text: str) -> None:
    """Send a plain message to a colleague. Raises TenureError when it cannot leave."""
    there, settings = server(), workspace.current().settings
    if there is None:
        raise UsageError("There is no mail server yet. Set one up under Settings.")
    if not settings.sender_email:
        raise UsageError("There is no sender address yet. Fill it in under Settings.")
    now, token = timezone.now(), new_token()
    page = re.sub(r"(https?://[^\s<]+)", r'<a href="\1">\1</a>', str(escape(text))).replace("\n", "<br>\n")
    mail = Mail(
        to=to,
        sender=settings.sender_email,
        sender_name=settings.sender_name or settings.company_in(translation.get_language() or "en"),
        letter=Letter(subject, f'<div style="font:16px/1.6 sans-serif">{page}</div>', text),
        message_id=f"{token}@{settings.sender_email.rpartition('@')[2]}",
        at=now,
    )
    with SmtpChannel(SmtpServer(there.host, there.port, there.user, there.password, there.security)) as channel:
        outcome = channel.send(mail)
    Message.objects.create(
        kind=Message.SYSTEM,
        address=to,
        subject=subject[:998],
        state=outcome.state if outcome.state != "later" else Message.FAILED,
        reason="" if outcome.state == SENT else "refused",
        detail=outcome.detail[:400],
        token=token,
        planned_at=now,
        due_at=now,
        claimed_at=now,
        done_at=now,
        told=True,
    )
    if outcome.state != SENT:
        raise TenureError(outcome.detail or "The mail server did not take the message.")
