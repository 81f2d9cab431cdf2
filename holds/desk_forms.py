"""What staff type around reservations. Whether it can be done, the verbs say; here it is only read."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalog.models import Bib, Item
from holds.forms import WithPickup
from holds.models import Hold, HoldQuerySet
from okalib.desk_forms import day_field
from okalib.models import Patron
from okalib.numbers import scanned


class WhoAndWhatForm(forms.Form):
    """A card, a title, or both: the reservations of the one, the queue of the other, or a new reservation."""

    card = forms.CharField(
        label=_("利用者カード"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "class": "desk-scan"}),
    )
    title = forms.CharField(
        label=_("資料番号・ISBN・書誌番号"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "desk-scan"}),
    )

    def clean_card(self) -> str:
        """Take off what the scanner adds."""
        return scanned(self.cleaned_data["card"])

    def clean_title(self) -> str:
        """Take off what the scanner adds."""
        return scanned(self.cleaned_data["title"])


class StaffReservationForm(WithPickup):
    """A reservation that staff make for a patron, of a title or of one copy (HLD-6, CAT-5)."""

    patron = forms.ModelChoiceField(Patron.objects.all(), widget=forms.HiddenInput)
    bib = forms.ModelChoiceField(Bib.objects.all(), widget=forms.HiddenInput)
    item = forms.ModelChoiceField(Item.objects.all(), widget=forms.HiddenInput, required=False)
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)
    is_particular = forms.BooleanField(label=_("この資料番号に限る（書面による申込み）"), required=False)
    need_by = day_field(_("必要な期限"))

    field_order = ("pickup_at", "is_particular", "need_by")


class ReasonForm(forms.Form):
    """Why; it goes to the patron and into the record (OPS-5)."""

    reason = forms.CharField(label=_("理由"), max_length=400, required=False)


class GiveUpForm(forms.Form):
    """Which of the reservations of a title end because no copy is to be had, and why (PUL-5, NTF-1)."""

    holds = forms.ModelMultipleChoiceField(
        Hold.objects.none(), error_messages={"required": _("予約を選んでください。")}
    )
    reason = forms.CharField(
        max_length=400, error_messages={"required": _("理由を入力してください。利用者へのお知らせに書かれます。")}
    )

    def __init__(self, data: Any, *, holds: HoldQuerySet) -> None:
        super().__init__(data)
        self.fields["holds"].queryset = holds  # type: ignore[attr-defined]


class PauseUntilForm(forms.Form):
    """Until when a reservation is skipped; empty: until it is resumed (HLD-8)."""

    until = day_field(_("再開日（空欄は再開するまで）"))


class AnswerForm(forms.Form):
    """The answer to a request, and for how long a delivery is kept where that was asked (REQ-1, DLV-10)."""

    answer = forms.CharField(label=_("回答"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    decision = forms.ChoiceField(choices=[("accept", _("承認")), ("decline", _("お断り"))])
    bag = forms.IntegerField(required=False)
    until = day_field(_("受渡期限"))
