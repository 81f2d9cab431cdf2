"""What the cooperation desk types. Whether it can be done, the verbs say; here it is only read."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from delivery.rules import RunDates
from okalib.desk_forms import day_field
from okalib.models import Library


class RunDatesForm(forms.Form):
    """The dates of a run (DLV-1)."""

    cut_off_on = day_field(_("締切日"), required=True)
    lend_on = day_field(_("貸出・袋詰め"), required=True)
    mail_on = day_field(_("メール送信"), required=True)
    window_from = day_field(_("受渡期間の初日"), required=True)
    window_to = day_field(_("受渡期間の末日"), required=True)
    note = forms.CharField(label=_("掲示（利用者にも見えます）"), max_length=200, required=False)
    reason = forms.CharField(label=_("変更の理由"), max_length=400, required=False)

    def dates(self) -> RunDates:
        """Return the pure value."""
        data = self.cleaned_data
        return RunDates(data["cut_off_on"], data["lend_on"], data["mail_on"], data["window_from"], data["window_to"])


class ShiftForm(forms.Form):
    """By how many days a run is late, and why (DLV-1)."""

    days = forms.IntegerField(label=_("何日遅らせますか"), min_value=1, max_value=28, initial=1)
    reason = forms.CharField(label=_("理由（利用者に知らせます）"), max_length=200)


class ShiftedDatesForm(RunDatesForm):
    """The dates that were shown before they are applied: they, and not the number of days, are the order."""

    reason = forms.CharField(max_length=200)


class ExclusionForm(forms.Form):
    """A pickup library that a run leaves out, and what patrons are told (DLV-2)."""

    library = forms.ModelChoiceField(
        Library.objects.filter(is_pickup=True, closed_down_on=None).order_by("town", "name_kana"), label=_("受渡館")
    )
    reason = forms.CharField(label=_("理由（利用者に表示）"), max_length=200, required=False)
    reason_en = forms.CharField(label=_("理由（英語）"), max_length=200, required=False)


class KeepLongerForm(forms.Form):
    """Until when a bag is kept (DLV-10)."""

    until = day_field(_("新しい受渡期限"), required=True)
    reason = forms.CharField(label=_("理由"), max_length=400, required=False)


class BagOrItemForm(forms.Form):
    """The number of a bag or of an item in one."""

    number = forms.CharField(
        label=_("資料袋番号・資料番号"),
        max_length=40,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "class": "desk-scan", "data-scan": ""}),
    )


class PackingForm(forms.Form):
    """One field: an item, then its bag; the item waits in the form for the bag."""

    item = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    scan = forms.CharField(
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "class": "desk-scan", "data-scan": ""}),
    )


class EmergencyForm(forms.Form):
    """Which library closes when, and over how many days what it touches is spread (CAL-8)."""

    library = forms.ModelChoiceField(Library.objects.filter(closed_down_on=None), label=_("図書館"))
    first_on = day_field(_("休館の初日"), required=True)
    last_on = day_field(_("休館の末日"), required=True)
    reason = forms.CharField(label=_("理由（記録に残ります）"), max_length=200)
    public_note = forms.CharField(label=_("利用者への掲示"), max_length=200, required=False)
    spread_days = forms.IntegerField(
        label=_("再開後、何開館日に分散するか"), min_value=1, max_value=60, initial=1, required=False
    )

    def clean_spread_days(self) -> int:
        """One day unless said otherwise."""
        return self.cleaned_data["spread_days"] or 1

    def clean(self) -> dict[str, object]:
        """Compare the days."""
        data = super().clean() or {}
        first_on, last_on = data.get("first_on"), data.get("last_on")
        if first_on and last_on and last_on < first_on:
            self.add_error("last_on", _("休館の末日が初日より前になっています。"))
        return data
