"""The reports' addresses."""

from django.urls import path

from tenure_web.reports import views

urlpatterns = [
    path("reports/", views.moves, name="reports"),
    path("reports/survival/", views.survival, name="reports_survival"),
    path("reports/cohorts/", views.cohorts, name="reports_cohorts"),
    path("reports/flow/", views.flow, name="reports_flow"),
    path("reports/funnel/", views.funnel, name="reports_funnel"),
    path("reports/customers/<slug:report>/", views.behind, name="reports_customers"),
]
