"""The addresses of value."""

from django.urls import path

from tenure_web.value import views

urlpatterns = [
    path("value/", views.show, name="value"),
    path("value/renew/", views.renew, name="value_renew"),
]
