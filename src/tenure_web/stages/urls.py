"""The board's addresses."""

from django.urls import path

from tenure_web.stages import people, views

urlpatterns = [
    path("", views.show, name="board"),
    path("stages/live/", views.live, name="board_live"),
    path("stages/moves/", views.moves, name="board_moves"),
    path("stages/customers-behind/", people.people, name="board_customers"),
    path("stages/<slug:key>/", views.lifecycle, name="lifecycle"),
]
