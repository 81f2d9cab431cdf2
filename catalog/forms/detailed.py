"""The form with all the fields of a search; what it asks for goes to the results as an address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from catalog.forms import readers
from catalog.forms.asked import SEVERAL, Asked
from catalog.models import MATERIALS
from catalog.templatetags.catalog_words import LANGUAGES


class _Words(forms.CharField):
    """A field for words or for a number, read as an address reads it."""

    def __init__(self, label: Any, reader: readers.Reader = readers.text, help_text: Any = "", **attrs: Any) -> None:
        self.reader = reader
        widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
        super().__init__(label=label, required=False, max_length=500, help_text=help_text, widget=widget)

    def clean(self, value: Any) -> str:
        """Return the value as an address carries it, or say what is wrong with it."""
        text = super().clean(value)
        return self.reader(text) if text else ""


def _boxes(label: Any, choices: Iterable[tuple[str, Any]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, choices=list(choices), widget=forms.CheckboxSelectMultiple
    )


class DetailedSearch(forms.Form):
    """All that can be asked for. Names are those of the address, in its order; `places` are the sections to offer."""

    q = _Words(_("すべての項目"), help_text=_("書名・著者名・件名などのどこかにある言葉"))
    title = _Words(_("書名"))
    author = _Words(_("著者・編者"))
    publisher = _Words(_("出版者"))
    subject = _Words(_("件名"), help_text=_("テーマをあらわす言葉（例：園芸、江戸時代）"))
    series = _Words(_("シリーズ"))
    ndc = _Words(_("分類（NDC）"), readers.ndc, _("はじめの何けたかでも（例：913）"), inputmode="decimal")
    isbn = _Words("ISBN", readers.isbn, _("ハイフンはあってもなくても"))
    item_number = _Words(_("資料番号"), readers.item_number, _("バーコードの下の10けた"), inputmode="numeric")
    call_number = _Words(_("請求記号"), help_text=_("背ラベルの記号。はじめの部分だけでも（例：913.6/ナ）"))
    year_from = _Words(_("出版年（から）"), readers.year, inputmode="numeric")
    year_to = _Words(_("出版年（まで）"), readers.year, inputmode="numeric")
    material = _boxes(_("資料種別"), MATERIALS)
    language = _boxes(_("言語"), LANGUAGES.items())
    place = _boxes(_("所蔵場所"), [])
    available = forms.BooleanField(label=_("今すぐ借りられる資料だけ"), required=False)
    lendable = forms.BooleanField(label=_("貸出できる資料だけ（貸出中も含む）"), required=False)

    def __init__(self, data: QueryDict, *, places: Iterable[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["available"].widget = forms.CheckboxInput(attrs={"value": "1"})
        self.fields["lendable"].widget = forms.CheckboxInput(attrs={"value": "1"})
        self._offer("place", places)
        asked = Asked.read(data)
        for name in SEVERAL:
            # What the present search asks for stays, though it is in no list: a rare language, a section that was.
            self._offer(name, [(value, value) for value in asked.values.get(name, ())])

    def _offer(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        boxes = cast(forms.MultipleChoiceField, self.fields[name])
        boxes.choices = list((dict(choices) | dict(cast(Any, boxes.choices))).items())

    def clean(self) -> dict[str, Any]:
        """Compare the two years."""
        data = super().clean() or {}
        try:
            readers.check_range(data.get("year_from", ""), data.get("year_to", ""))
        except ValidationError as error:
            self.add_error("year_to", error)
        return data
