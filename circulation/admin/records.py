"""Loans are only shown: the verbs are the only way to change them."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from circulation.models import Loan
from okalib.admin.records import ReadOnlyAdmin
from okalib.admin_site import LongList
from okalib.numbers import scanned


class IsOpen(admin.SimpleListFilter):
    """Loans not returned; the list opens with these, by their index."""

    title = _("状態")
    parameter_name = "closed"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        """Open ones are what one sees without asking."""
        return [("1", str(_("返却済")))]

    def choices(self, changelist):
        """Name the choice that is in force without asking."""
        for choice in super().choices(changelist):
            if choice["query_string"] == changelist.get_query_string(remove=[self.parameter_name]):
                choice["display"] = _("貸出中")
            yield choice

    def queryset(self, request: HttpRequest, loans: QuerySet[Loan]) -> QuerySet[Loan]:
        """Filter."""
        return loans.filter(returned_at__isnull=self.value() != "1")


@admin.register(Loan)
class LoanAdmin(LongList, ReadOnlyAdmin):
    """Every loan, found by the number of its item or card."""

    list_display = ["item_number", "title", "patron", "channel", "lent_on", "due_on", "renewals", "returned_on"]
    list_filter = [IsOpen, "channel", "material_class"]
    list_select_related = ["item__bib", "patron"]
    search_fields = ["item__item_number"]
    search_help_text = _("資料番号またはカード番号（完全一致）")
    list_per_page = 50

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Loan], search_term: str
    ) -> tuple[QuerySet[Loan], bool]:
        """Find by exact numbers only, so that an index answers."""
        number = scanned(search_term)
        if not number:
            return queryset, False
        by_item = queryset.filter(item__item_number=number)
        return (by_item if by_item.exists() else queryset.filter(patron__cards__number=number)), False

    @admin.display(description=_("資料番号"))
    def item_number(self, loan: Loan) -> str:
        """The number on the copy."""
        return loan.item.item_number

    @admin.display(description=_("書名"))
    def title(self, loan: Loan) -> str:
        """What was lent."""
        return loan.item.bib.full_title
