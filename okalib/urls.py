"""The addresses of the whole house."""

from django.contrib import admin
from django.urls import include, path

from okalib import health
from okalib.views import doors, house, information, own, passwords, sessions

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("staff/", admin.site.urls),
    path("", house.home, name="home"),
    path("calendar/", house.calendar, name="calendar"),
    path("calendar/<str:code>.ics", house.calendar_of_library, name="calendar_of_library"),
    path("libraries/", house.libraries, name="libraries"),
    path("deliveries/", house.delivery_schedule, name="deliveries"),
    path("libraries/<str:code>/", information.library, name="library"),
    path("guide/", information.guide, name="guide"),
    path("questions/", information.questions, name="questions"),
    path("news/", information.news, name="news"),
    path("news/<int:news_id>/", information.news_item, name="news_item"),
    path("login/", doors.LogIn.as_view(), name="login"),
    path("logout/", doors.LogOut.as_view(), name="logout"),
    path("session/", sessions.session, name="session"),
    path("session/end/", sessions.session_end, name="session_end"),
    path("session/unsent/", sessions.unsent, name="unsent"),
    path("activation/", passwords.activation, name="activation"),
    path("password/lost/", passwords.lost, name="lost_password"),
    path("password/lost/sent/", passwords.link_sent, name="password_link_sent"),
    path("password/new/", passwords.new, name="new_password"),
    path("password/new/<str:token>/", passwords.link, name="password_link"),
    path("language/<str:code>/", doors.language, name="language"),
    path("my/settings/", own.settings, name="own_settings"),
    path("my/settings/contact/", own.set_contact, name="set_contact"),
    path("my/settings/password/", own.set_password, name="set_password"),
    path("", include("catalog.urls")),
    path("", include("holds.urls")),
    path("", include("circulation.urls")),
    path("", include("delivery.urls")),
]

handler400 = "okalib.views.errors.bad_request"
handler403 = "okalib.views.errors.forbidden"
handler404 = "okalib.views.errors.not_found"
handler500 = "okalib.views.errors.failed"
