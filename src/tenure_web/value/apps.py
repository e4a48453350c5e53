"""The value app."""

from django.apps import AppConfig


class ValueConfig(AppConfig):
    name = "tenure_web.value"
    label = "value"
    default_auto_field = "django.db.models.BigAutoField"
