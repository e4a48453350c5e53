"""The frame's own addresses."""

from django.urls import path

from tenure_web.theme import views

urlpatterns = [
    path("language/", views.language, name="set_language"),
    path("theme/", views.theme, name="set_theme"),
    path("find/", views.find, name="find"),
    path("jobs/<int:number>/", views.job, name="job"),
]
