"""Patrons, their cards and blocks, as rows: the pages of the desk for them are beside this one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db.models import Model, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import queries as catalog
from okalib import clock, people
from okalib.actions import patrons, staff
from okalib.admin_site import LongList
from okalib.models import Block, Card, Patron
from okalib.rules import BlockKind, Refused
from okalib.web import in_my_language


class CardInline(admin.TabularInline):
    """The cards, dead ones included; they are issued by deeds, not typed."""

    model = Card
    extra = 0
    can_delete = False
    fields = ["number", "issued_at", "ended_at", "ended_reason"]
    readonly_fields = ["number", "issued_at", "ended_at", "ended_reason"]
    ordering = ["-issued_at"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """By deed only."""
        return False


class BlockForm(forms.ModelForm):
    """A block, which may be lifted."""

    lift = forms.BooleanField(label=gettext_lazy("解除する"), required=False)

    class Meta:
        model = Block
        fields = ["kind", "reason", "until_on"]


class BlockInline(admin.TabularInline):
    """The blocks (A18, A19)."""

    model = Block
    form = BlockForm
    extra = 0
    can_delete = False
    readonly_fields = ["placed", "lifted_at"]

    @admin.display(description=gettext_lazy("設定日時"))
    def placed(self, block: Block) -> datetime | None:
        """When it was placed; nothing in the empty row, where the database has yet to say it."""
        return block.placed_at if block.pk else None


@admin.register(Patron)
class PatronAdmin(LongList):
    """A patron as the counter knows them. What was read is nobody's business and not here (RET-5)."""

    change_form_template = "admin/okalib/patron/change_form.html"
    list_display = ["name", "name_kana", "category", "card_number", "last_used_on"]
    list_select_related = ["category"]
    list_filter = ["category", "contact"]
    search_fields = ["name_kana"]
    search_help_text = gettext_lazy("カード番号・カナ・氏名・電話番号")
    inlines = [CardInline, BlockInline]
    readonly_fields = ["registered_on", "last_used_on", "email_failed_at", "log_in_lock", "saved_searches"]
    fields = [
        *("name", "name_kana", "category", "contact_person", "birth_year", "area", "valid_until"),
        *("contact", "email", "email_failed_at", "phone", "language", "wants_due_reminders"),
        *("registered_on", "last_used_on", "log_in_lock", "saved_searches"),
    ]

    @admin.display(description=gettext_lazy("カード番号"))
    def card_number(self, patron: Patron) -> str:
        """The card in force."""
        return patron.card_number or "–"

    @admin.display(description=gettext_lazy("ログインの制限"), boolean=True)
    def log_in_lock(self, patron: Patron) -> bool:
        """Whether too many wrong passwords keep this patron out (A223)."""
        return patron.pk is not None and people.is_locked_out(patron)

    @admin.display(description=gettext_lazy("保存した検索"))
    def saved_searches(self, patron: Patron) -> str:
        """How many there are; what somebody looks for is nobody's business (RET-5)."""
        if patron.pk is None:
            return "–"
        number, mailed = catalog.numbers_of_saved_searches(patron)
        return _("%(number)d件（うちメールあり %(mailed)d件）") % {"number": number, "mailed": mailed}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Patron]:
        """With the cards, for the list."""
        return super().get_queryset(request).prefetch_related("cards")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Patron], search_term: str
    ) -> tuple[QuerySet[Patron], bool]:
        """Look people up as the desk does, through indexes."""
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=[patron.pk for patron in people.find_patrons(search_term)]), False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Patrons are not deleted by hand."""
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Patrons are registered at the desk, where somebody alike is noticed."""
        return False

    def save_model(self, request: Any, obj: Patron, form: forms.ModelForm, change: bool) -> None:
        """Save; a new address counts as working (PAT-4)."""
        if "email" in form.changed_data:
            obj.email_failed_at = None
        obj.save()

    def save_formset(self, request: Any, form: forms.ModelForm, formset: BaseInlineFormSet, change: bool) -> None:
        """Place and lift blocks by their verbs (OPS-5)."""
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []  # for Django's own log
        if formset.model is not Block:
            return
        for row in formset.forms:
            if not row.has_changed():
                continue
            if row.instance.pk is None:
                _place_block(request, form.instance, row.cleaned_data)
            elif row.cleaned_data.get("lift"):
                patrons.lift_block(block=row.instance, by=request.user, now=clock.now())

    # Django's own log keeps the name of whom it is about for ever; ours lets go of it in time (OPS-5).

    def log_change(self, request: Any, obj: Patron, message: Any) -> Any:
        """Write down which fields were changed, and whose."""
        fields = ", ".join(name for part in message if isinstance(part, dict) for name in _changed_fields(part))
        if fields:
            staff.record(verb="change_patron", subject=fields, by=request.user, now=clock.now(), patron=obj)

    def change_view(
        self, request: Any, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form for what changes in a patron's life; the look is noted (A227)."""
        patron = self.get_object(request, unquote(object_id))
        if patron is not None and self.has_view_permission(request, patron):
            patrons.note_view(patron=patron, by=request.user, now=clock.now())
        return super().change_view(request, object_id, form_url, extra_context)


def _place_block(request: Any, patron: Patron, typed: dict[str, Any]) -> None:
    try:
        patrons.block(
            patron=patron,
            kind=BlockKind(typed["kind"]),
            reason=typed["reason"],
            until_on=typed["until_on"],
            by=request.user,
            now=clock.now(),
        )
    except Refused as refused:
        messages.error(request, " ".join(in_my_language(refused.refusals)))


def _changed_fields(part: dict[str, Any]) -> list[str]:
    return [str(name) for change in part.values() for name in change.get("fields", [])]
