"""Runs, bags and exceptions as rows: shown only, because the verbs are the only way to change them."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from delivery.models import Bag, DeliveryRun, RunException
from okalib.admin.records import ReadOnlyAdmin
from okalib.admin_site import LongList


@admin.register(DeliveryRun)
class DeliveryRunAdmin(LongList, ReadOnlyAdmin):
    """Every run; each leads to its page of the desk."""

    list_display = ["run", "cut_off_on", "mail_on", "window_from", "window_to", "is_edited", "is_cancelled"]
    list_display_links = None
    list_filter = ["is_cancelled", "is_edited"]
    date_hierarchy = "lend_on"
    ordering = ["-cut_off_on"]

    @admin.display(description=_("貸出・袋詰め"), ordering="lend_on")
    def run(self, run: DeliveryRun) -> SafeString:
        """The day of lending, and the way to the page on which things are done."""
        return format_html('<a href="{}">{}</a>', reverse("admin:desk-run", args=[run.pk]), run.lend_on)


@admin.register(Bag)
class BagAdmin(LongList, ReadOnlyAdmin):
    """Every bag; each leads to its page of the desk."""

    list_display = ["bag", "run", "library", "state", "packed_at", "sent_at"]
    list_display_links = None
    list_filter = ["state"]
    list_select_related = ["run", "library"]
    ordering = ["-id"]

    @admin.display(description=_("資料袋番号"), ordering="id")
    def bag(self, bag: Bag) -> SafeString:
        """The number, and the way to the page on which things are done."""
        return format_html('<a href="{}">{}</a>', reverse("admin:desk-bag", args=[bag.pk]), bag.number)


@admin.register(RunException)
class RunExceptionAdmin(LongList, ReadOnlyAdmin):
    """What runs could not lend, with every reason (DLV-3)."""

    list_display = ["run", "hold", "reasons", "found_at"]
    list_select_related = ["run", "hold"]
    ordering = ["-found_at"]
