"""The customers' addresses."""

from django.urls import path

from tenure_web.customers import ahead, editing, listing, page, privacy

urlpatterns = [
    path("customers/", listing.show, name="customers"),
    path("customers/count/", listing.count, name="customers_count"),
    path("customers/columns/", listing.columns, name="customers_columns"),
    path("customers/export/", listing.export, name="customers_export"),
    path("customers/new/", editing.new, name="customer_new"),
    path("customers/<int:key>/", page.show, name="customer"),
    path("customers/<int:key>/ahead/", ahead.show, name="customer_ahead"),
    path("customers/<int:key>/edit/", editing.edit, name="customer_edit"),
    path("customers/<int:key>/notes/", editing.add_note, name="customer_note"),
    path("customers/<int:key>/notes/<int:number>/delete/", editing.delete_note, name="customer_note_delete"),
    path("customers/<int:key>/consent/", editing.say_consent, name="customer_consent"),
    path("customers/<int:key>/export/", privacy.hand_over, name="customer_hand_over"),
    path("customers/<int:key>/erase/", privacy.erase, name="customer_erase"),
    path("customers/<int:key>/merge/", editing.merge, name="customer_merge"),
    path("customers/<int:key>/unmerge/", editing.unmerge, name="customer_unmerge"),
]
