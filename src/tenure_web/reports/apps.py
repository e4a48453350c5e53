"""The reports app."""

from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "tenure_web.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"
