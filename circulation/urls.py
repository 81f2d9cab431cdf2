"""The addresses of My Library."""

from django.urls import path

from circulation.views import card, feeds, loans, my_library, notices, reading

urlpatterns = [
    path("my/", my_library.my_library, name="my"),
    path("my/card/", card.card, name="card"),
    path("my/notices/", notices.notices, name="notices"),
    path("my/reading-record/", reading.reading_record, name="reading_record"),
    path("my/reading-record/wish/", reading.set_reading_record, name="set_reading_record"),
    path("my/reading-record/lines/<int:line_id>/removal/", reading.erase_line, name="erase_reading_line"),
    path("my/reading-record/export.csv", reading.as_csv, name="reading_record_csv"),
    path("my/reading-record/export.json", reading.as_json, name="reading_record_json"),
    path("my/feed/", feeds.set_feed, name="set_feed"),
    path("my/feed/address/", feeds.move_feed, name="move_feed"),
    path("my/feed/removal/", feeds.close_feed, name="close_feed"),
    path("feeds/<str:secret>/loans.ics", feeds.loans_feed, name="loans_feed"),
    path("loans/<int:loan_id>/renewal/", loans.renew, name="renew"),
]
