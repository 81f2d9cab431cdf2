"""Keeping a search: under which name, and by mail or not (SDI)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from catalog.actions.saved import NAME_LENGTH
from catalog.forms.asked import Asked
from catalog.search import Query


def asked_at(address: str) -> Asked:
    """Return the search that an address says."""
    return Asked.read(QueryDict(address))


def query_at(address: str) -> Query:
    """Return the search that an address says, as the catalogue understands it."""
    return asked_at(address).query()


class NameForm(forms.Form):
    """What a saved search is called; an empty name is refused by the verb, which says why."""

    name = forms.CharField(label=_("名前"), max_length=NAME_LENGTH, required=False)
    name.is_needed = True  # type: ignore[attr-defined]


class SaveSearchForm(NameForm):
    """A search to be saved; `can_be_mailed` tells whether a mail would reach the patron now (PAT-4)."""

    wants_mail = forms.BooleanField(label=_("新着をメールで受け取る"), required=False)
    address = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, can_be_mailed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "save_%s", **kwargs})
        self.fields["wants_mail"].help_text = (
            _("新しい資料が入った日の朝に、1日1通お送りします。ないときはお送りしません。")
            if can_be_mailed
            else _(
                "いまはメールでご連絡できないため届きません。「設定」で連絡方法を電子メールにすると、そのときから届きます。"
            )
        )

    def clean_address(self) -> str:
        """The conditions alone, as one search has one address."""
        return asked_at(self.cleaned_data["address"]).conditions
