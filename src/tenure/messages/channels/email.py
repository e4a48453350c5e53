"""E-mail by SMTP: one connection for many messages, and an honest answer about each."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from types import TracebackType

from tenure.errors import UsageError
from tenure.messages.channels.outcome import FAILED, LATER, SENT, UNKNOWN, Outcome
from tenure.messages.mime import Mail, to_ascii, written

__all__ = ["SmtpChannel", "SmtpServer"]

SECURITY = ("starttls", "tls", "none")


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed off. `security` is starttls, tls (from the first byte) or none."""

    host: str
    port: int = 587
    user: str = ""
    password: str = ""
    security: str = "starttls"
    timeout: float = 20.0


class SmtpChannel:
    """Hands mails to an SMTP server; opens the connection at the first mail, closes it at the end of the `with`."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> SmtpChannel:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._drop(politely=True)

    def send(self, mail: Mail) -> Outcome:
        """Hand one mail off. Whatever goes wrong before the text is given to the server is certainly not sent."""
        try:
            sender, to, text = to_ascii(mail.sender), to_ascii(mail.to), written(mail)
        except UsageError as error:
            return Outcome(FAILED, str(error))
        try:
            connection = self._open()
            connection.rset()
            self._ask(connection.mail(sender))
            self._ask(connection.rcpt(to))
        except smtplib.SMTPResponseException as error:
            return self._refused(error)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(LATER, f"The mail server cannot be reached: {_told(error)}")
        return self._hand(connection, text)

    def _hand(self, connection: smtplib.SMTP, text: bytes) -> Outcome:
        """From here on a lost connection means that nobody knows."""
        try:
            code, answer = connection.data(text)
        except smtplib.SMTPDataError as error:
            return self._refused(error)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Outcome(UNKNOWN, f"The connection broke while the message was handed over: {_told(error)}")
        if code == 250:
            return Outcome(SENT)
        return self._refused(smtplib.SMTPResponseException(code, answer))

    def _open(self) -> smtplib.SMTP:
        if self._connection is None:
            server = self.server
            kind = smtplib.SMTP_SSL if server.security == "tls" else smtplib.SMTP
            connection = kind(server.host, server.port, timeout=server.timeout)
            try:
                if server.security == "starttls":
                    connection.starttls(context=ssl.create_default_context())
                connection.ehlo_or_helo_if_needed()
                if server.user:
                    connection.login(server.user, server.password)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _ask(self, answer: tuple[int, bytes]) -> None:
        if answer[0] not in (250, 251):
            raise smtplib.SMTPResponseException(answer[0], answer[1])

    def _refused(self, error: smtplib.SMTPResponseException) -> Outcome:
        """5xx is a plain no; 4xx (and a wrong password, which a person can mend) may work later."""
        mendable = isinstance(error, smtplib.SMTPAuthenticationError) or 400 <= error.smtp_code < 500
        if isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPConnectError) or error.smtp_code == 421:
            self._drop()
        return Outcome(LATER if mendable else FAILED, f"The mail server answered: {_told(error)}")

    def _drop(self, politely: bool = False) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            if politely:
                connection.quit()
            else:
                connection.close()
        except (OSError, smtplib.SMTPException):
            connection.close()


def _told(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
        return f"{error.smtp_code} {said}"[:300]
    return (str(error) or type(error).__name__)[:300]
