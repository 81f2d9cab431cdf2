"""What the desk types about patrons. Whether it can be done, the verbs say; here it is only read."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

import jaconv
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from okalib.models import Block, Contact, Patron

KANA = re.compile(r"[\u30a1-\u30fc・a-zA-Z0-9 .,'()&-]+")


FIRST_DAY, LAST_DAY = date(1949, 1, 1), date(2099, 12, 31)


def day_field(label: Any, help_text: Any = "", *, required: bool = False) -> forms.DateField:
    """A day, picked in the browser, of the years that calendars are kept for: no page walks on without end."""
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)],
    )


def reason_field() -> forms.CharField:
    """Why a setting is changed, for those who ask later (OPS-5)."""
    return forms.CharField(
        label=gettext_lazy("変更の理由（記録に残ります）"),
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class FindPatronForm(forms.Form):
    """One field for all that names a person: card, reading, name, telephone."""

    who = forms.CharField(
        label=gettext_lazy("カード番号・カナ・氏名・電話番号"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "class": "desk-scan"}),
    )


class RegisterForm(forms.ModelForm):
    """A new patron, as on the paper that was filled in at the counter (PAT-3, PAT-4, PAT-5)."""

    card_number = forms.CharField(
        label=gettext_lazy("カード番号"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("印刷済みのカードを渡すときは読み取ってください。空欄なら自動で付けます。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    valid_until = day_field(
        gettext_lazy("資格の期限"), gettext_lazy("在学・在勤などで終わりが決まっているとき。ふつうは空欄。")
    )

    class Meta:
        model = Patron
        fields = [
            *("name", "name_kana", "category", "contact_person", "birth_year", "area"),
            *("contact", "email", "phone", "language", "valid_until"),
        ]
        widgets = {
            "name": forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
            "name_kana": forms.TextInput(attrs={"autocomplete": "off"}),
            "contact_person": forms.TextInput(attrs={"autocomplete": "off"}),
            "birth_year": forms.NumberInput(attrs={"autocomplete": "off"}),
            "area": forms.TextInput(attrs={"autocomplete": "off"}),
            "email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "phone": forms.TextInput(attrs={"autocomplete": "off", "type": "tel"}),
        }

    field_order = [
        *("card_number", "name", "name_kana", "category", "contact_person", "birth_year", "area"),
        *("contact", "email", "phone", "language", "valid_until"),
    ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].empty_label = None  # type: ignore[attr-defined]

    def clean_name_kana(self) -> str:
        """Write every reading in one way: full-width katakana, one blank between the names."""
        plain = jaconv.hira2kata(unicodedata.normalize("NFKC", self.cleaned_data["name_kana"]))
        reading = " ".join(plain.split())
        if not KANA.fullmatch(reading):
            raise forms.ValidationError(_("カナで入力してください。"))
        return reading

    def clean(self) -> dict[str, Any]:
        """A way of being told that leads nowhere is no way (PAT-4)."""
        data = super().clean() or {}
        if data.get("contact") == Contact.EMAIL and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("電子メールでの連絡には、電子メールアドレスの入力が必要です。"))
        if data.get("contact") == Contact.PHONE and not data.get("phone"):
            self.add_error("phone", _("電話での連絡には、電話番号の入力が必要です。"))
        return data


class BlockForm(forms.ModelForm):
    """What is to be stopped, why, and until when."""

    until_on = day_field(gettext_lazy("末日"), gettext_lazy("空欄なら、解除するまで続きます。"))
    reason = forms.CharField(label=gettext_lazy("理由（必須・利用者には表示しません）"), max_length=200, required=False)

    class Meta:
        model = Block
        fields = ["kind", "reason", "until_on"]


class ViewsForm(forms.Form):
    """Whose record, or which clerk; and from where to leaf on."""

    card = forms.CharField(
        label=gettext_lazy("利用者カード"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off", "class": "desk-scan"}),
    )
    username = forms.CharField(
        label=gettext_lazy("職員のログイン名"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "desk-scan"}),
    )
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
