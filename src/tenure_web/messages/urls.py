"""The messages' addresses: the mailbox, sending, templates; and those that readers of messages use."""

from django.urls import path

from tenure_web.messages import mailbox, public, sending, wordings

urlpatterns = [
    path("messages/", mailbox.mailbox, name="messages"),
    path("messages/<int:pk>/body/", mailbox.body, name="message_body"),
    path("messages/outbox/", sending.outbox, name="outbox"),
    path("messages/sending/", sending.sending_rules, name="sending_rules"),
    path("messages/sending/stop/", sending.stop_all, name="sending_stop"),
    path("messages/sending/resume/", sending.resume, name="sending_resume"),
    path("messages/templates/", wordings.templates, name="templates"),
    path("messages/templates/new/", wordings.template, name="template_new"),
    path("messages/templates/preview/", wordings.preview, name="template_preview"),
    path("messages/templates/<slug:key>/", wordings.template, name="template"),
    path("messages/templates/<slug:key>/shown/", wordings.shown, name="template_shown"),
    path("messages/templates/<slug:key>/try/", wordings.try_template, name="template_try"),
    path("u/<str:token>", public.unsubscribe, name="unsubscribe"),
    path("o/<str:token>", public.opened, name="opened"),
    path("c/<str:token>", public.clicked, name="clicked"),
]
