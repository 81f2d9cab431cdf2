"""What was done, by staff and by jobs: to be read, not to be changed (OPS-2, OPS-5)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from okalib import staff_words
from okalib.admin_site import LongList
from okalib.models import JobRun, StaffAction


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that nobody adds, changes or deletes by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False


class DeedFilter(admin.SimpleListFilter):
    """What was done, in the words of the pages; known without asking every row."""

    title = _("操作")
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every verb, by its words."""
        return sorted(((verb, str(words)) for verb, words in staff_words.WORDS.items()), key=lambda each: each[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[StaffAction]) -> QuerySet[StaffAction]:
        """Those with the chosen verb."""
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(StaffAction)
class StaffActionAdmin(LongList, ReadOnlyAdmin):
    """Who, when, what, why (OPS-5)."""

    list_display = ["at", "by", "what", "about", "reason", "overridden", "refused"]
    list_filter = ["was_refused", DeedFilter, "at"]
    search_fields = ["subject", "reason", "by__username"]
    list_select_related = ["by"]

    @admin.display(description=_("操作"), ordering="verb")
    def what(self, action: StaffAction) -> str:
        """The verb in the words of the pages."""
        return str(staff_words.word(action.verb))

    @admin.display(description=pgettext_lazy("action", "対象"), ordering="subject")
    def about(self, action: StaffAction) -> str:
        """The thing, in the words of the pages."""
        return str(staff_words.subject(action.subject))

    @admin.display(description=_("権限がなく拒否"), ordering="was_refused")
    def refused(self, action: StaffAction) -> str:
        """A word where there was no right to it, and nothing where there was: the usual is no alarm."""
        return str(_("拒否")) if action.was_refused else ""


@admin.register(JobRun)
class JobRunAdmin(LongList, ReadOnlyAdmin):
    """The runs of jobs, with counts and what needs a person (OPS-2)."""

    list_display = ["job", "day", "state", "started_at", "finished_at", "counts"]
    list_filter = ["state", "job"]
    date_hierarchy = "day"
