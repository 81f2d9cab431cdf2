"""Libraries and what they do; their calendars have pages of their own (`calendar_year`)."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from okalib.models import Library


@admin.register(Library)
class LibraryAdmin(admin.ModelAdmin):
    """A library and its services; libraries are closed down, not deleted."""

    list_display = ["name", "code", "town", "is_pickup", "takes_delivered_returns", "takes_mutual_returns"]
    list_filter = ["is_pickup", "takes_delivered_returns", "takes_mutual_returns", "accepts_av", "arrival_weekday"]
    search_fields = ["name", "name_kana", "name_en", "code", "town"]
    readonly_fields = ["opening_calendar"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    *("name", "name_kana", "name_en", "code", "kind", "town", "address", "telephone"),
                    *("directions", "directions_en", "opening_calendar"),
                ]
            },
        ),
        (
            _("サービス"),
            {
                "fields": [
                    *("is_home", "is_pickup", "takes_delivered_returns", "takes_mutual_returns", "accepts_av"),
                    *("central", "arrival_weekday", "closed_down_on"),
                ]
            },
        ),
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes a library; it has a day on which it closed down."""
        return False

    @admin.display(description=_("開館カレンダー"))
    def opening_calendar(self, library: Library) -> SafeString | str:
        """The way to the calendar, whose changes show first what they do (CAL-4)."""
        if library.pk is None:
            return "—"
        address = f"{reverse('admin:desk-calendar')}?library={library.pk}"
        return format_html('<a href="{}">{}</a>', address, _("開館日と開館時間を見る・変える"))
