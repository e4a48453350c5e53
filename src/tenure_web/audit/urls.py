"""The audit's pages."""

from django.urls import path

from tenure_web.audit import views

urlpatterns = [
    path("settings/audit/", views.audit, name="audit"),
    path("settings/audit/export/", views.export, name="audit_export"),
]
