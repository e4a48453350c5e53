"""The risk app."""

from django.apps import AppConfig


class RiskConfig(AppConfig):
    name = "tenure_web.risk"
    label = "risk"
    default_auto_field = "django.db.models.BigAutoField"
