"""The addresses of needs."""

from django.urls import path

from tenure_web.needs import due, views

urlpatterns = [
    path("needs/", views.show, name="needs"),
    path("needs/renew/", views.renew, name="needs_renew"),
    path("needs/due/", due.show, name="needs_due"),
    path("needs/due/export/", due.export, name="needs_due_export"),
    path("needs/due/segment/", due.segment, name="needs_due_segment"),
    path("needs/customers/<int:key>/", views.customer, name="needs_customer"),
]
