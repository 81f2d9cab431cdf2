"""What the desk scans and types. Whether it can be done, the verbs say; here it is only read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from circulation.actions import OfflineEntry
from circulation.queries import CHANNELS, CLASSES, Period
from okalib.desk_forms import day_field, reason_field
from okalib.models import Patron, PatronCategory
from okalib.numbers import scanned
from okalib.objections import LONGEST_LOAN_DAYS


def scan_field(label: Any) -> forms.CharField:
    """A field for a scanner: always focused, no memory of what was typed before."""
    attrs = {"autofocus": True, "autocomplete": "off", "inputmode": "text", "data-scan": "", "class": "desk-scan"}
    return forms.CharField(label=label, max_length=40, required=False, widget=forms.TextInput(attrs=attrs))


class CheckOutForm(forms.Form):
    """A card or an item; the patron served at present travels with the form, so that two windows do not meet."""

    scan = scan_field(_("利用者カード・資料番号"))
    patron = forms.ModelChoiceField(Patron.objects.select_related("category"), required=False)
    due_on = day_field(_("返却期限日（貸出できない資料を特例で貸すとき）"))

    def clean_scan(self) -> str:
        """Take off what the scanner adds."""
        return scanned(self.cleaned_data["scan"])


class DisputeForm(forms.Form):
    """The day on which a patron says to have returned an item, and what else they say (A197)."""

    said_on = day_field(_("返したという日"))
    reason = forms.CharField(label=_("理由・経緯"), max_length=400, required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Let the browser offer no day that lies in the future."""
        super().__init__(*args, **kwargs)
        self.fields["said_on"].widget.attrs["max"] = f"{today}"


class CheckInForm(forms.Form):
    """An item, and the day on which the book drop swallowed it (RET-2)."""

    scan = scan_field(_("資料番号"))
    is_drop = forms.BooleanField(label=_("返却ポストから"), required=False)
    dropped_on = day_field(_("投函された日"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Let the browser offer no day that lies in the future."""
        super().__init__(*args, **kwargs)
        self.fields["dropped_on"].widget.attrs["max"] = f"{today}"

    def clean_scan(self) -> str:
        """Take off what the scanner adds."""
        return scanned(self.cleaned_data["scan"])


class OfflineEntryForm(forms.Form):
    """One scan that a desk wrote down while the network was cut, `milliseconds_ago` by the desk's own clock (A247)."""

    key = forms.UUIDField()
    kind = forms.ChoiceField(choices=[("loan", "loan"), ("return", "return")])
    card = forms.CharField(max_length=40, required=False)
    item = forms.CharField(max_length=40)
    milliseconds_ago = forms.IntegerField(min_value=0, max_value=10 * 366 * 24 * 60 * 60 * 1000)

    def entry(self, now: datetime) -> OfflineEntry:
        """Return what the verb is given; `now` is when it came."""
        said = self.cleaned_data
        is_loan = said["kind"] == "loan"
        return OfflineEntry(
            key=said["key"],
            is_loan=is_loan,
            card_number=scanned(said["card"]) if is_loan else "",
            item_number=scanned(said["item"]),
            scanned_at=now - timedelta(milliseconds=said["milliseconds_ago"]),
        )


class LoanPeriodForm(forms.Form):
    """A loan period of its own (LON-2)."""

    name = forms.CharField(label=_("名称"), max_length=100, help_text=_("例：年末年始の長期貸出"))
    first_on = day_field(_("貸出日の初日"), required=True)
    last_on = day_field(_("貸出日の末日"), required=True)
    days = forms.IntegerField(
        label=_("貸出期間（日、貸出日を1日目と数える）"),
        min_value=1,
        max_value=LONGEST_LOAN_DAYS,
        help_text=_("3週間後の同じ曜日までなら22"),
    )
    channel = forms.ChoiceField(label=_("窓口"), choices=[("", _("すべて")), *CHANNELS], required=False)
    material_class = forms.ChoiceField(label=_("資料区分"), choices=[("", _("すべて")), *CLASSES], required=False)
    category = forms.ModelChoiceField(
        PatronCategory.objects.all(), label=_("利用者区分"), required=False, empty_label=_("すべて")
    )
    reason = reason_field()

    def clean(self) -> dict[str, Any]:
        """Compare the days."""
        data = super().clean() or {}
        first_on, last_on = data.get("first_on"), data.get("last_on")
        if first_on and last_on and last_on < first_on:
            self.add_error("last_on", _("貸出日の末日が初日より前になっています。"))
        return data

    def period(self, period_id: int) -> Period:
        """Return the pure value under a number."""
        data = self.cleaned_data
        category = data["category"]
        return Period(
            period_id,
            data["first_on"],
            data["last_on"],
            data["days"],
            data["channel"],
            data["material_class"],
            category.pk if category else None,
        )
