"""What cataloguers edit: bibs with their index, items, places, variant characters (CAT)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from catalog import actions
from catalog.models import CALL_NUMBER_KEY, Bib, Item, KanjiVariant, Location
from catalog.search import Query, index_bibs, search
from okalib import clock
from okalib.admin_site import LongList
from okalib.numbers import scanned

MOST_FOUND = 200


class NeverDeleted(admin.ModelAdmin):
    """Rows that others point at: they are edited, not deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False


@admin.register(Bib)
class BibAdmin(LongList, NeverDeleted):
    """A bib; it is found by the catalogue's own search, and saved together with its index (CAT-6)."""

    list_display = ["full_title", "statement_of_responsibility", "publisher", "year", "material", "is_on_order"]
    search_fields = ["title"]
    search_help_text = _("書名・著者・ISBN・資料番号など（目録の検索と同じ）")
    ordering = ["-id"]
    list_per_page = 50
    readonly_fields = ["queue"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    *("title", "title_kana", "subtitle", "subtitle_kana", "volume", "alt_titles", "contributors"),
                    *("material", "is_on_order", "is_suppressed", "queue"),
                ]
            },
        ),
        (
            _("出版"),
            {"fields": ["publisher", "place", "year", "date_text", "edition", "series", "extent", "size", "price"]},
        ),
        (_("分類・番号"), {"fields": ["ndc", "ndc_edition", "subjects", "language", "isbns", "issn", "jpno"]}),
        (_("注記"), {"fields": ["notes", "contents", "audience"]}),
        (_("出所"), {"fields": ["source", "source_id"]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Bib], search_term: str
    ) -> tuple[QuerySet[Bib], bool]:
        """Search as the catalogue does, what is on order or suppressed included; the best come along, not all."""
        if not search_term.strip():
            return queryset, False
        found = search(Query.parse(search_term, for_staff=True), per_page=MOST_FOUND)
        return queryset.filter(pk__in=found.bib_ids), False

    def save_model(self, request: HttpRequest, bib: Bib, form: Any, change: bool) -> None:
        """Save the bib and its index in one transaction."""
        with transaction.atomic():
            super().save_model(request, bib, form, change)
            index_bibs([bib])
            actions.note_appearances(bib_ids=[bib.pk], now=clock.now())

    @admin.display(description=_("予約"))
    def queue(self, bib: Bib) -> SafeString | str:
        """The way to the queue of this title, on order or not (CAT-5)."""
        if bib.pk is None:
            return ""
        return format_html('<a href="{}">{}</a>', reverse("admin:desk-queue", args=[bib.pk]), _("予約の順番・予約する"))


@admin.register(Item)
class ItemAdmin(LongList, NeverDeleted):
    """A copy; where it is and who has it is shown only, because the desk's verbs are the only way to change it."""

    list_display = ["item_number", "bib", "location", "call_number", "loanability", "whereabouts", "is_damaged"]
    list_filter = ["whereabouts", "loanability", "is_damaged"]
    list_select_related = ["bib", "location"]
    search_fields = ["item_number"]
    search_help_text = _("資料番号（完全一致）または請求記号（前方一致）")
    ordering = ["-id"]
    list_per_page = 50
    raw_id_fields = ["bib"]
    readonly_fields = [
        "whereabouts",
        "whereabouts_since",
        "holder",
        "due_on",
        "received_on",
        "is_disputed",
        "clearance_since",
    ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new copy comes today, unless staff say otherwise."""
        return {"arrived_on": clock.today(), **super().get_changeform_initial_data(request)}

    def get_readonly_fields(self, request: HttpRequest, item: Item | None = None) -> list[str]:
        """A number on a copy does not change, and a copy does not change its title."""
        return [*self.readonly_fields, *(["item_number", "bib"] if item else [])]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Item], search_term: str
    ) -> tuple[QuerySet[Item], bool]:
        """Find by number, else by the beginning of the call number; an index answers both."""
        typed = scanned(search_term)
        if not typed:
            return queryset, False
        by_number = queryset.filter(item_number=typed)
        if by_number.exists():
            return by_number, False
        return queryset.alias(key=CALL_NUMBER_KEY).filter(key__startswith=typed.upper()), False

    def save_model(self, request: HttpRequest, item: Item, form: Any, change: bool) -> None:
        """Save what was edited and nothing else, so that an old form never undoes what the desk did meanwhile."""
        if not change:
            with transaction.atomic():
                super().save_model(request, item, form, change)
                actions.note_appearances(bib_ids=[item.bib_id], now=clock.now())
            return
        with transaction.atomic():
            Bib.objects.lock(item.bib_id)
            item.save(update_fields=form.changed_data)


@admin.register(Location)
class LocationAdmin(NeverDeleted):
    """Where copies stand, in walking order (PUL-2)."""

    list_display = ["code", "floor", "section", "is_open_shelf", "walking_order", "return_desk"]
    list_editable = ["walking_order"]
    search_fields = ["code", "section"]


@admin.register(KanjiVariant)
class KanjiVariantAdmin(admin.ModelAdmin):
    """Variant characters; after a change the search index is rebuilt (`manage.py search_index`)."""

    list_display = ["variant", "standard"]
    search_fields = ["variant", "standard"]
