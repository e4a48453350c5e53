"""What was done, in words. An act without words here shows its name."""

from typing import Any

from django.utils.translation import gettext_lazy as _

GROUPS: dict[str, Any] = {
    "account": _("Accounts"),
    "team": _("Team"),
    "settings": _("Settings"),
    "checklist": _("Set-up guide"),
    "customer": _("Customers"),
    "export": _("Exports"),
    "collect": _("Data"),
    "definitions": _("Definitions"),
    "journey": _("Journeys"),
    "message": _("Messages"),
    "backup": _("Backups"),
}

VERBS: dict[str, Any] = {
    "account.start": _("became the first owner"),
    "account.sign_in": _("signed in"),
    "account.password": _("changed their password"),
    "account.reset": _("chose a new password by a link"),
    "team.invite": _("invited"),
    "team.uninvite": _("took an invitation back"),
    "team.join": _("joined the team"),
    "team.change": _("changed a role or access"),
    "team.reset_link": _("made a reset link"),
    "settings.change": _("changed settings"),
    "settings.mail_server": _("set the mail server"),
    "settings.mail_test": _("sent a test message"),
    "checklist.confirm": _("ticked off a set-up step"),
    "export.customers": _("exported customers"),
    "export.audit": _("exported the audit"),
    "backup.make": _("asked for a backup"),
    "backup.done": _("a backup was made"),
    "backup.download": _("downloaded a backup"),
    "backup.delete": _("deleted a backup"),
    "backup.verify": _("looked for damage"),
    "backup.restore": _("restored from a backup"),
}


def words(verb: str) -> Any:
    """The act in words."""
    return VERBS.get(verb, verb)
