"""Every app's pages, in the order of the ring; an app without pages has no urls.py."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import include, path

APPS = (
    "stages customers segments value risk needs definitions journeys messages reports"
    " collect settings accounts audit api worker theme"
).split()

urlpatterns = [
    path("", include(import_module(f"tenure_web.{app}.urls"))) for app in APPS if find_spec(f"tenure_web.{app}.urls")
]
