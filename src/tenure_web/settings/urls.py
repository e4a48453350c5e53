"""Settings and the set-up guide."""

from django.urls import path

from tenure_web.settings import backups, views

urlpatterns = [
    path("settings/", views.company, name="settings"),
    path("settings/sending/", views.sending, name="sending"),
    path("settings/mail-server/", views.mail_server, name="mail_server"),
    path("settings/mail-server/test/", views.mail_test, name="mail_test"),
    path("settings/backups/", backups.page, name="backups"),
    path("settings/backups/make/", backups.make, name="backup_make"),
    path("settings/backups/verify/", backups.verify, name="backup_verify"),
    path("settings/backups/<str:name>/download/", backups.download, name="backup_download"),
    path("settings/backups/<str:name>/delete/", backups.delete, name="backup_delete"),
    path("checklist/", views.guide, name="checklist"),
    path("checklist/<slug:step>/", views.confirm, name="checklist_confirm"),
]
