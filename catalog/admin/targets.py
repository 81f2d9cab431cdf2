"""The catalogues that the cross search asks, and a page to try one (REQ-3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from catalog.elsewhere import Wanted, try_out
from catalog.models import SearchTarget
from okalib.admin_site import desk_context, desk_page

SAMPLE_WORD = "図書館"


class TargetForm(forms.ModelForm):
    """Some or all of what describes a target; a fault in what this form does not show is said at its top."""

    def add_error(self, field: str | None, error: Any) -> None:
        """Say a fault where its field is, or at the top."""
        faults: dict[str, Any] = getattr(error, "error_dict", {})
        if field is None and not faults.keys() <= self.fields.keys():
            error = [f"{self._label(name)}{text}" for name, texts in error for text in texts]
        super().add_error(field, error)

    def _label(self, name: str) -> str:
        return "" if name == NON_FIELD_ERRORS else f"{self.instance._meta.get_field(name).verbose_name}: "


@admin.register(SearchTarget)
class SearchTargetAdmin(admin.ModelAdmin):
    """How another catalogue is asked; each can be tried before it is switched on."""

    form = TargetForm
    change_form_template = "admin/catalog/search_target.html"
    list_display = ["name", "region", "protocol", "order", "is_enabled"]
    list_editable = ["order", "is_enabled"]
    list_filter = ["region", "protocol", "is_enabled"]
    search_fields = ["name", "name_en", "code"]
    fieldsets = [
        (None, {"fields": ["name", "name_en", "code", "region", "order", "is_enabled"]}),
        (
            gettext_lazy("問い合わせ方"),
            {
                "fields": [
                    *("protocol", "address", "fixed_parameters", "version", "record_schema"),
                    *("seconds", "allows_private"),
                ]
            },
        ),
        (
            gettext_lazy("検索項目"),
            {
                "fields": ["any_index", "title_index", "creator_index", "isbn_index"],
                "description": gettext_lazy("空欄の項目は「すべて」の中からさがします。"),
            },
        ),
        (gettext_lazy("リンク"), {"fields": ["page_address"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, target: SearchTarget | None = None) -> list[str]:
        """Only an administrator opens the inner network: through it one could reach machines that trust this one.

        And where it is open, nobody else says which machine that is.
        """
        if request.user.is_superuser:
            return []
        return ["allows_private", "address"] if target is not None and target.allows_private else ["allows_private"]

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """With the same form in each line of the list."""
        return super().get_changelist_form(request, **{"form": TargetForm} | kwargs)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the way to the trial."""
        target = self.get_object(request, object_id)
        trial = reverse("admin:desk-search-target-trial", args=[target.pk]) if target and target.is_asked else ""
        return super().change_view(request, object_id, form_url, (extra_context or {}) | {"trial": trial})


@desk_page(
    "search-targets/<int:target_id>/trial/",
    gettext_lazy("横断検索先を試す"),
    "catalog.change_searchtarget",
    name="search-target-trial",
    is_listed=False,
)
@require_safe
def trial(request: HttpRequest, target_id: int) -> HttpResponse:
    """Ask the target for a word, at once and without what is remembered, and show what came of it."""
    target = get_object_or_404(SearchTarget, pk=target_id)
    wanted = Wanted.read(request.GET)
    tried = try_out(target, wanted) if wanted and target.is_asked else None
    context = desk_context(
        request,
        title=_("%(name)sを試す") % {"name": target.name},
        target=target,
        word=wanted.plain or SAMPLE_WORD,
        tried=tried,
        back=reverse("admin:catalog_searchtarget_change", args=[target.pk]),
    )
    return render(request, "admin/catalog/trial.html", context)
