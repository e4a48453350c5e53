"""Words and choices for conditions that are clicked together."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from tenure.definitions import Feature
from tenure_web.theme.templatetags.look import told

__all__ = ["OPERATORS", "choices"]

OPERATORS = (
    (">=", _("is at least")),
    ("<=", _("is at most")),
    ("=", _("is")),
    ("<>", _("is not")),
    (">", _("is more than")),
    ("<", _("is less than")),
    ("between", _("is between")),
    ("in", _("is one of")),
    ("contains", _("contains")),
    ("known", _("is known")),
    ("unknown", _("is not known")),
    ("yes", _("applies")),
    ("no", _("does not apply")),
)


def choices(features: Mapping[str, Feature]) -> list[tuple[str, str, str]]:
    """(key, type, name) of every feature a rule can compare, by name."""
    found = [(key, feature.type, told(feature.title)) for key, feature in features.items() if feature.type != "time"]
    return sorted(found, key=lambda each: each[2])
