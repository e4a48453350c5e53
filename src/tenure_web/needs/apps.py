"""The needs app."""

from django.apps import AppConfig


class NeedsConfig(AppConfig):
    name = "tenure_web.needs"
    label = "needs"
    default_auto_field = "django.db.models.BigAutoField"
