"""The segments' addresses."""

from django.urls import path

from tenure_web.segments import views

urlpatterns = [
    path("segments/", views.listing, name="segments"),
    path("segments/<slug:key>/", views.show, name="segment"),
    path("segments/<slug:key>/audience/", views.audience, name="segment_audience"),
]
