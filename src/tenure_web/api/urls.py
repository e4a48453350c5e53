"""The addresses of the Segment HTTP tracking API, the browser's short ones, pixel and beacon."""

from django.urls import re_path

from tenure_web.api import views

app_name = "api"

urlpatterns = [
    re_path(r"^v1/(identify|track|page|screen|group|alias|batch|import)/?$", views.collect, name="collect"),
    re_path(r"^v1/([itpsgab])/?$", views.collect, name="collect-short"),
    re_path(r"^v1/projects/(?P<key>[^/]+)/settings/?$", views.settings, name="settings"),
    re_path(r"^beacon/v1/(batch)/?$", views.collect, name="beacon"),
    re_path(r"^pixel/v1/(track|page)/?$", views.pixel, name="pixel"),
    re_path(r"^v1/pixel/(identify|track|page|screen|group|alias)/?$", views.pixel, name="pixel-data"),
]
