"""The settings app."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig


class SettingsConfig(AppConfig):
    name = "tenure_web.settings"
    label = "company_settings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make this app's work known to the worker."""
        if find_spec("tenure_web.settings.claims"):
            import_module("tenure_web.settings.claims")
