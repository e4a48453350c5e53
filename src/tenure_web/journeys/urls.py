"""The journeys' addresses."""

from django.urls import path, re_path

from tenure_web.journeys import acting, pages

urlpatterns = [
    path("journeys/", pages.journeys, name="journeys"),
    path("journeys/make/", acting.make, name="journey_make"),
    path("journeys/<slug:key>/", pages.journey, name="journey"),
    path("journeys/<slug:key>/live/", pages.live, name="journey_live"),
    path("journeys/<slug:key>/change/", acting.change, name="journey_change"),
    path("journeys/<slug:key>/insert/", acting.insert, name="journey_insert"),
    path("journeys/<slug:key>/remove/", acting.remove, name="journey_remove"),
    re_path(r"^journeys/(?P<key>[-\w]+)/(?P<what>start|pause|resume|publish)/$", acting.act, name="journey_act"),
]
