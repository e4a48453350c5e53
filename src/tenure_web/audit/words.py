"""What was done, in words. An act without words here shows its name; a test finds it."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

__all__ = ["GROUPS", "NAMES", "VALUES", "VERBS", "in_group", "words"]

GROUPS: dict[str, Any] = {
    "accounts": _("Accounts"),
    "team": _("Team"),
    "settings": _("Settings"),
    "definitions": _("Definitions"),
    "customers": _("Customers"),
    "data": _("Data"),
    "journeys": _("Journeys"),
    "messages": _("Messages"),
    "exports": _("Exports"),
    "backups": _("Backups"),
}

# act: (group, words)
VERBS: dict[str, tuple[str, Any]] = {
    "account.start": ("accounts", _("became the first owner")),
    "account.sign_in": ("accounts", _("signed in")),
    "account.locked": ("accounts", _("too many failed sign-ins, closed for a while")),
    "account.password": ("accounts", _("changed their password")),
    "account.reset": ("accounts", _("chose a new password by a link")),
    "team.invite": ("team", _("invited")),
    "team.uninvite": ("team", _("took an invitation back")),
    "team.join": ("team", _("joined the team")),
    "team.change": ("team", _("changed a role or access")),
    "team.reset_link": ("team", _("made a reset link")),
    "settings.change": ("settings", _("changed settings")),
    "settings.mail_server": ("settings", _("set the mail server")),
    "settings.mail_test": ("settings", _("sent a test message")),
    "forecast.renew": ("settings", _("had the forecasts learned anew")),
    "needs.renew": ("settings", _("had needs worked out anew")),
    "checklist.confirm": ("settings", _("ticked off a set-up step")),
    "definition.trade": ("definitions", _("took over a template of a trade")),
    "definition.health": ("definitions", _("changed the health score")),
    "definition.save": ("definitions", _("changed a definition")),
    "definition.remove": ("definitions", _("took a definition away")),
    "definition.restore": ("definitions", _("brought a version of a definition back")),
    "add.customer": ("customers", _("added a customer")),
    "edit.customer": ("customers", _("edited a customer")),
    "add.note": ("customers", _("wrote a note")),
    "delete.note": ("customers", _("deleted a note")),
    "add.pulse": ("customers", _("gave a pulse")),
    "add.departure": ("customers", _("said why a customer left")),
    "say.consent": ("customers", _("recorded consent")),
    "erase.customer": ("customers", _("erased a customer")),
    "export.customer": ("customers", _("exported everything about a customer")),
    "merge.customer": ("customers", _("merged customers")),
    "unmerge.customer": ("customers", _("took customers apart")),
    "upload.file": ("data", _("uploaded a file")),
    "import.file": ("data", _("imported a file")),
    "sync.source": ("data", _("pulled a source")),
    "undo.import": ("data", _("undid an import")),
    "export.refused_lines": ("exports", _("downloaded refused lines")),
    "replay.event": ("data", _("replayed a refused event")),
    "replay.events": ("data", _("replayed refused events")),
    "drop.event": ("data", _("dropped a refused event")),
    "make.write_key": ("data", _("made a write key")),
    "revoke.write_key": ("data", _("revoked a write key")),
    "journey.make": ("journeys", _("made a journey")),
    "journey.change": ("journeys", _("changed a journey")),
    "journey.start": ("journeys", _("started a journey")),
    "journey.pause": ("journeys", _("paused a journey")),
    "journey.resume": ("journeys", _("resumed a journey")),
    "journey.publish": ("journeys", _("published a journey's changes")),
    "template.save": ("messages", _("saved a template")),
    "sending.rules": ("messages", _("changed the rules of sending")),
    "sending.stop": ("messages", _("stopped all sending")),
    "sending.resume": ("messages", _("allowed sending again")),
    "export.customers": ("exports", _("exported customers")),
    "export.due": ("exports", _("exported who is due to buy again")),
    "export.audience": ("exports", _("exported an advertising audience")),
    "export.audit": ("exports", _("exported the audit")),
    "backup.make": ("backups", _("asked for a backup")),
    "backup.done": ("backups", _("a backup was made")),
    "backup.download": ("backups", _("downloaded a backup")),
    "backup.delete": ("backups", _("deleted a backup")),
    "backup.verify": ("backups", _("looked for damage")),
    "backup.restore": ("backups", _("restored from a backup")),
}

# what a detail is called
NAMES: dict[str, Any] = {
    "accepted": pgettext_lazy("audit", "accepted"),
    "active": pgettext_lazy("audit", "access"),
    "address": pgettext_lazy("audit", "address of the installation"),
    "after": pgettext_lazy("audit", "after"),
    "before": pgettext_lazy("audit", "before"),
    "budget_days": pgettext_lazy("audit", "days of the budget"),
    "budget_messages": pgettext_lazy("audit", "messages of the budget"),
    "built_in": pgettext_lazy("audit", "the built-in one again"),
    "bytes": pgettext_lazy("audit", "bytes"),
    "company": pgettext_lazy("audit", "company"),
    "company_zh": pgettext_lazy("audit", "company in Chinese"),
    "corrected": pgettext_lazy("audit", "corrected"),
    "currency": pgettext_lazy("audit", "currency"),
    "customers": pgettext_lazy("audit", "customers"),
    "duplicates": pgettext_lazy("audit", "known already"),
    "entries": pgettext_lazy("audit", "entries"),
    "events": pgettext_lazy("audit", "events"),
    "fields": pgettext_lazy("audit", "fields"),
    "former": pgettext_lazy("audit", "former version"),
    "from": pgettext_lazy("audit", "from the address"),
    "kind": pgettext_lazy("audit", "kind"),
    "language": pgettext_lazy("audit", "language"),
    "last_four": pgettext_lazy("audit", "last four characters"),
    "other": pgettext_lazy("audit", "with the customer"),
    "postal_address": pgettext_lazy("audit", "postal address"),
    "product": pgettext_lazy("audit", "product"),
    "quiet_end": pgettext_lazy("audit", "end of quiet hours"),
    "quiet_start": pgettext_lazy("audit", "beginning of quiet hours"),
    "reason": pgettext_lazy("audit", "reason"),
    "refused": pgettext_lazy("audit", "refused"),
    "role": pgettext_lazy("audit", "role"),
    "rows": pgettext_lazy("audit", "rows"),
    "sender_email": pgettext_lazy("audit", "sender's address"),
    "sender_name": pgettext_lazy("audit", "sender's name"),
    "sent": pgettext_lazy("audit", "sent"),
    "source": pgettext_lazy("audit", "source"),
    "state": pgettext_lazy("audit", "state"),
    "version": pgettext_lazy("audit", "version"),
    "with_secret": pgettext_lazy("audit", "with the secret"),
    "zone": pgettext_lazy("audit", "time zone"),
}
# what the values of some details are called
VALUES: dict[str, dict[str, Any]] = {
    "kind": {
        "orders": pgettext_lazy("audit", "orders"),
        "customers": pgettext_lazy("audit", "customers"),
        "events": pgettext_lazy("audit", "events"),
        "costs": pgettext_lazy("audit", "costs"),
    },
    "role": {
        "owner": pgettext_lazy("audit", "owner"),
        "manager": pgettext_lazy("audit", "manager"),
        "member": pgettext_lazy("audit", "member"),
        "viewer": pgettext_lazy("audit", "viewer"),
    },
    "entries": NAMES,
}


def words(verb: str) -> Any:
    """The act in words."""
    return VERBS[verb][1] if verb in VERBS else verb


def in_group(group: str) -> list[str]:
    """The acts of a group."""
    return [verb for verb, (where, _words) in VERBS.items() if where == group]
