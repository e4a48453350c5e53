"""Settings and the set-up guide."""

from django.urls import path

from tenure_web.settings import views

urlpatterns = [
    path("settings/", views.company, name="settings"),
    path("settings/sending/", views.sending, name="sending"),
    path("settings/mail-server/", views.mail_server, name="mail_server"),
    path("settings/mail-server/test/", views.mail_test, name="mail_test"),
    path("checklist/", views.guide, name="checklist"),
    path("checklist/<slug:step>/", views.confirm, name="checklist_confirm"),
]
