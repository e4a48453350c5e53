"""The messages' addresses: the mailbox, sending, templates; and those that readers of messages use."""

from django.urls import path

from tenure_web.messages import public

urlpatterns = [
    path("u/<str:token>", public.unsubscribe, name="unsubscribe"),
    path("o/<str:token>", public.opened, name="opened"),
    path("c/<str:token>", public.clicked, name="clicked"),
]
