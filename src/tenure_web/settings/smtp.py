"""The mail server as others use it."""

from dataclasses import dataclass, field

from tenure_web.settings.models import MailServer

__all__ = ["Server", "server"]


@dataclass(frozen=True)
class Server:
    """Where mail leaves. `security` is tls (from the first byte), starttls or none."""

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)


def server() -> Server | None:
    """The mail server that was set up, None when messages stay in the built-in mailbox."""
    row = MailServer.objects.filter(pk=1).first()
    return Server(row.host, row.port, row.security, row.user, row.password) if row and row.host else None
