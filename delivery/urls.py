"""The addresses of a pickup library's own page, a change being a POST to a noun; and what looks at the whole house."""

from django.urls import path

from delivery import metrics, views

urlpatterns = [
    path("metrics", metrics.metrics, name="metrics"),
    path("pickup/", views.bags, name="pickup"),
    path("pickup/scans/", views.scan, name="pickup_scan"),
    path("pickup/bags/<int:bag_id>/", views.bag, name="pickup_bag"),
    path("pickup/bags/<int:bag_id>/passage/", views.pass_through, name="pickup_passage"),
    path("pickup/bags/<int:bag_id>/arrival/", views.arrive, name="pickup_arrival"),
    path("pickup/bags/<int:bag_id>/handover/", views.hand_over, name="pickup_handover"),
    path("pickup/bags/<int:bag_id>/return/", views.take_back, name="pickup_return"),
    path("pickup/bags/<int:bag_id>/way-back/", views.send_back, name="pickup_way_back"),
]
