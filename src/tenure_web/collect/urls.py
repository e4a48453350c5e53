"""The addresses of collecting."""

from django.urls import path

from tenure_web.collect import imports, keys, letters, live, overview, upload

urlpatterns = [
    path("collect/", overview.show, name="collect"),
    path("collect/upload/", upload.receive, name="collect_upload"),
    path("collect/upload/<str:token>/", upload.look, name="collect_look"),
    path("collect/upload/<str:token>/try/", upload.try_out, name="collect_try"),
    path("collect/upload/<str:token>/import/", upload.take_in, name="collect_take_in"),
    path("collect/upload/<str:token>/discard/", upload.discard, name="collect_discard"),
    path("collect/imports/", imports.show, name="collect_imports"),
    path("collect/imports/of/<int:job>/", imports.of_job, name="collect_import_of"),
    path("collect/imports/<int:number>/", imports.one, name="collect_import"),
    path("collect/imports/<int:number>/refused.csv", imports.refused, name="collect_refused"),
    path("collect/imports/<int:number>/undo/", imports.undo, name="collect_undo"),
    path("collect/live/", live.show, name="collect_live"),
    path("collect/keys/", keys.show, name="collect_keys"),
    path("collect/keys/make/", keys.make, name="collect_key_make"),
    path("collect/keys/<int:number>/revoke/", keys.revoke, name="collect_key_revoke"),
    path("collect/refused-events/", letters.show, name="collect_letters"),
    path("collect/refused-events/again/", letters.replay_all, name="collect_letters_again"),
    path("collect/refused-events/<int:number>/again/", letters.replay, name="collect_letter_again"),
    path("collect/refused-events/<int:number>/drop/", letters.drop, name="collect_letter_drop"),
]
