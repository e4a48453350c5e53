"""The addresses of definitions."""

from django.urls import path

from tenure_web.definitions import saving, trades, views, walking

urlpatterns = [
    path("definitions/", views.listing, name="definitions"),
    path("definitions/trades/", trades.listing, name="trades"),
    path("definitions/trades/<slug:key>/", trades.show, name="trade"),
    path("definitions/trades/<slug:key>/take/", trades.take, name="trade_take"),
    path("definitions/<slug:sort>/new/", views.new, name="definition_new"),
    path("definitions/<slug:sort>/<slug:key>/", views.show, name="definition"),
    path("definitions/<slug:sort>/<slug:key>/try/", views.try_out, name="definition_try"),
    path("definitions/<slug:sort>/<slug:key>/walk/", walking.show, name="definition_walk"),
    path("definitions/<slug:sort>/<slug:key>/save/", saving.save, name="definition_save"),
    path("definitions/<slug:sort>/<slug:key>/remove/", saving.remove, name="definition_remove"),
    path("definitions/<slug:sort>/<slug:key>/versions/", saving.history, name="definition_versions"),
    path("definitions/<slug:sort>/<slug:key>/restore/", saving.restore, name="definition_restore"),
]
