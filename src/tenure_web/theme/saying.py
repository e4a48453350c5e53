"""What the library and the worker said in English, in the language of the reader: `|said` and `|step` in templates."""

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from tenure.sentences import in_language

STEPS = {
    "inbox": _("Taking events in"),
    "features": _("Working out features"),
    "stages": _("Placing customers in stages"),
    "segments": _("Placing customers in segments"),
    "members": _("Listing who is in which segment"),
    "profiles": _("Putting profiles together"),
    "customers": _("Updating customers"),
    "value": _("Forecasting value"),
    "risk": _("Forecasting risk"),
    "needs": _("Working out needs"),
    "done": _("Done"),
}


def said(text: object) -> str:
    """The sentence in the reader's language. Stored sentences stay English and are translated when they are shown."""
    return in_language(str(text or ""), translation.get_language() or "en")


def step(message: object) -> str:
    """What a piece of work is at; a message that names no step (a file, a number of lines) as it is."""
    return str(STEPS.get(str(message), message or ""))
