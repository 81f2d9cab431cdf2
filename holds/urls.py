"""The addresses around reservations: a change of state is a POST to a noun."""

from django.urls import path

from holds.views import basket, requests, reservations

urlpatterns = [
    path("records/<int:bib_id>/reservation/", reservations.create, name="reserve"),
    path("holds/<int:hold_id>/", reservations.show, name="hold"),
    path("holds/<int:hold_id>/cancellation/", reservations.cancel, name="cancel_hold"),
    path("holds/<int:hold_id>/pause/", reservations.pause, name="pause_hold"),
    path("holds/<int:hold_id>/resumption/", reservations.resume, name="resume_hold"),
    path("holds/<int:hold_id>/place-given-away/", reservations.yield_place, name="yield_place"),
    path("holds/<int:hold_id>/need-by/", reservations.set_need_by, name="set_need_by"),
    path("holds/<int:hold_id>/pickup/", reservations.change_pickup, name="change_pickup"),
    path("holds/<int:hold_id>/requests/cancellation/", requests.ask_to_cancel, name="ask_to_cancel"),
    path("holds/<int:hold_id>/requests/pickup/", requests.ask_for_pickup, name="ask_for_pickup"),
    path("basket/", basket.show, name="basket"),
    path("basket/lines/", basket.add, name="add_to_basket"),
    path("basket/lines/<int:bib_id>/removal/", basket.remove, name="remove_from_basket"),
    path("basket/lines/<int:bib_id>/place/", basket.move, name="move_in_basket"),
    path("basket/reservation/", basket.reserve, name="reserve_basket"),
    path("basket/confirmations/<uuid:token>/", basket.confirmation, name="basket_confirmation"),
    path("my/requests/", requests.show, name="requests"),
    path("my/requests/inquiry/", requests.inquire, name="inquire"),
    path("my/requests/item/", requests.ask_for_item, name="ask_for_item"),
    path("my/requests/longer/", requests.ask_to_keep_longer, name="ask_to_keep_longer"),
]
