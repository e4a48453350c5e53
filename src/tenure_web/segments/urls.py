"""The segments' addresses."""

from django.urls import path, re_path

from tenure_web.segments import people, views

urlpatterns = [
    path("segments/", views.listing, name="segments"),
    path("segments/customers-behind/", people.movers, name="segment_movers"),
    re_path(r"^segments/(?P<key>[-\w]+)/(?P<which>came|left)/$", people.changed, name="segment_changed"),
    path("segments/<slug:key>/", views.show, name="segment"),
    path("segments/<slug:key>/audience/", views.audience, name="segment_audience"),
]
