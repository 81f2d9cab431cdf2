"""Reservations and requests as rows: shown only, because the verbs are the only way to change them."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog import queries as catalog
from holds.models import Hold, Request
from holds.rules import OPEN
from okalib.admin.records import ReadOnlyAdmin
from okalib.admin_site import LongList
from okalib.numbers import scanned


@admin.register(Hold)
class HoldAdmin(LongList, ReadOnlyAdmin):
    """Every reservation, found by card, item, ISBN or bib number; each leads to its page of the desk."""

    list_display = ["number", "bib", "patron", "pickup_at", "state", "accepted_at", "keep_until"]
    list_display_links = None
    list_filter = ["state"]
    list_select_related = ["bib", "patron", "pickup_at"]
    search_fields = ["pk"]
    search_help_text = _("カード番号・資料番号・ISBN・書誌番号（完全一致）")
    ordering = ["-id"]
    list_per_page = 50

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Hold], search_term: str
    ) -> tuple[QuerySet[Hold], bool]:
        """Find by exact numbers only, so that an index answers; of a title or a patron, what is open."""
        number = scanned(search_term)
        if not number:
            return queryset, False
        still_open = queryset.filter(state__in=OPEN)
        of_patron = still_open.filter(patron__cards__number=number)
        return (of_patron if of_patron.exists() else still_open.filter(bib__in=catalog.bibs_at_desk(number))), False

    @admin.display(description=_("予約番号"), ordering="id")
    def number(self, hold: Hold) -> SafeString:
        """The number, and the way to the page on which things are done."""
        return format_html('<a href="{}">{}</a>', reverse("admin:desk-hold", args=[hold.pk]), hold.pk)


@admin.register(Request)
class RequestAdmin(LongList, ReadOnlyAdmin):
    """Requests with their answers; open ones are answered in the inbox."""

    list_display = ["made_at", "kind", "patron", "state", "answered_at", "answered_by"]
    list_filter = ["state", "kind"]
    list_select_related = ["patron", "answered_by"]
    ordering = ["-made_at"]
