"""The addresses of risk."""

from django.urls import path

from tenure_web.risk import defining, said, views

urlpatterns = [
    path("risk/", views.show, name="risk"),
    path("risk/people/", views.people, name="risk_people"),
    path("risk/survival/", views.survival, name="risk_survival"),
    path("risk/drivers/", views.drivers, name="risk_drivers"),
    path("risk/health/", views.health, name="risk_health"),
    path("risk/health/edit/", defining.show, name="risk_health_edit"),
    path("risk/health/save/", defining.save, name="risk_health_save"),
    path("risk/customers/<int:key>/pulse/", said.pulse, name="risk_pulse"),
    path("risk/customers/<int:key>/departure/", said.departure, name="risk_departure"),
    path("risk/customers/<int:key>/", views.customer, name="risk_customer"),
]
