"""What a patron fills in around reservations. Whether it can be done, the verbs say; here it is only read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any, ClassVar, Protocol, cast

from django import forms
from django.forms.utils import flatatt
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from okalib import clock
from okalib.desk_forms import day_field
from okalib.models import Library
from okalib.queries import kept_with_rules
from okalib.templatetags.okalib_days import day


class Outlook(Protocol):
    """What the next delivery run means for a library; the delivery, a floor above, tells it (DLV-2, DLV-6)."""

    @property
    def due_on(self) -> date | None:
        """When a delivered item would be due."""

    @property
    def left_out(self) -> str:
        """Why the run leaves the library out, "" if it does not."""


class WrittenSelect(forms.Select):
    """A list of a hundred and more, written out here: as templates, one an option, it takes ten times as long."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        """Write what Django's templates of a select write."""
        chosen = set(self.format_value(value))
        written = [
            f'<optgroup label="{escape(option)}">{_options(label, chosen)}</optgroup>'
            if isinstance(label, list)
            else _options([(option, str(label))], chosen)
            for option, label in cast(Iterable[tuple[str, Any]], self.choices)
        ]
        attributes = flatatt(self.build_attrs(self.attrs, {"name": name} | (attrs or {})))
        return mark_safe(f"<select{attributes}>{''.join(written)}</select>")  # noqa: S308 - every word is escaped


def _options(options: Iterable[tuple[str, str]], chosen: set[str]) -> str:
    return "".join(
        f'<option value="{escape(option)}"{" selected" if option in chosen else ""}>{escape(label)}</option>'
        for option, label in options
    )


class PickupField(forms.ChoiceField):
    """A choice among pickup libraries, by town; it yields the library, or None for a code that is none of them."""

    is_needed = True  # said on the page; that it is missing, the verb says, with every other reason

    def __init__(self, **kwargs: Any) -> None:
        label = gettext_lazy("受渡館（受け取る図書館）")
        super().__init__(required=False, label=label, widget=WrittenSelect, **kwargs)
        self.places: dict[str, Library] = {}

    def offer(self, places: Iterable[Library], outlooks: Mapping[int, Outlook]) -> None:
        """Offer some libraries, each with the next run's due date or the reason why it is left out (DLV-2, DLV-6).

        A reader's libraries are written alike for all: they are kept until a library or what is said of it changes.
        """
        places = list(places)
        self.places = {place.code: place for place in places}
        said = [outlooks.get(place.pk) for place in places]
        told = tuple(
            (place.pk, one and one.due_on, one and one.left_out) for place, one in zip(places, said, strict=True)
        )
        key = ("pickup choices", get_language(), clock.today(), told)
        self.choices = kept_with_rules(key, lambda: _choices(places, outlooks))

    def clean(self, value: Any) -> Library | None:
        """Return the library; the verb says what is wrong with none."""
        return self.places.get(value or "")


def _choices(places: Iterable[Library], outlooks: Mapping[int, Outlook]) -> list[tuple[str, Any]]:
    groups: list[tuple[str, Any]] = [("", _("選んでください"))]
    for town, in_town in groupby(places, key=lambda place: "" if place.is_home else place.town):
        options = [(place.code, _words(place, outlooks.get(place.pk))) for place in in_town]
        groups += [(town, options)] if town else options
    return groups


def _words(place: Library, outlook: Outlook | None) -> str:
    words = {"library": place.label, "weekday": place.get_arrival_weekday_display()}
    if outlook and outlook.left_out:
        return _("%(library)s（次の便は休み：%(reason)s）") % (words | {"reason": outlook.left_out})
    if outlook and outlook.due_on:
        words["due_on"] = day(outlook.due_on)
        if place.arrival_weekday is None:
            return _("%(library)s（次の便の返却期限 %(due_on)s）") % words
        return _("%(library)s（%(weekday)s着・次の便の返却期限 %(due_on)s）") % words
    return place.label


class WithPickup(forms.Form):
    """A form that asks where to collect."""

    pickup_at = PickupField()

    def __init__(
        self, *args: Any, places: Iterable[Library], outlooks: Mapping[int, Outlook] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.offer(places, outlooks or {})

    def offer(self, places: Iterable[Library], outlooks: Mapping[int, Outlook]) -> None:
        """Offer some libraries; a form that is only read needs no outlooks until it is shown again."""
        field = self.fields["pickup_at"]
        assert isinstance(field, PickupField)  # noqa: S101 - it is declared so
        field.offer(places, outlooks)


class ReservationForm(WithPickup):
    """One title: where to collect, until when it is of use, and the token against sending it twice (HLD-8, HLD-11)."""

    need_by = day_field(
        gettext_lazy("必要な期限"), gettext_lazy("この日までに用意できなければ、予約は自動的に終わります。")
    )
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)


class NeededText(forms.CharField):
    """Words without which the verb refuses: marked on the page, refused with every other reason by the verb."""

    is_needed = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)


class NeededNumber(forms.IntegerField):
    """A number that is marked and refused in the same way."""

    is_needed = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)


class BasketForm(WithPickup):
    """All titles of the basket: where to collect and how they hang together (HLD-9, HLD-10)."""

    order = forms.ChoiceField(
        label=gettext_lazy("予約のしかた"),
        widget=forms.RadioSelect,
        initial="normal",
        choices=[
            ("normal", gettext_lazy("通常")),
            ("in_order", pgettext_lazy("way to reserve", "順番")),
            ("any_of", gettext_lazy("いずれか")),
        ],
    )
    wanted = NeededNumber(
        label=gettext_lazy("必要な点数"),
        help_text=gettext_lazy("このうち何点そろえばよいかを入力してください。"),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    need_by = day_field(
        gettext_lazy("必要な期限"), gettext_lazy("この日までに用意できなかった資料の予約は、自動的に終わります。")
    )
    token = forms.UUIDField(required=False, widget=forms.HiddenInput)

    EXPLAINED: ClassVar = {
        "normal": gettext_lazy("用意できたものから、1点ずつお知らせします。"),
        "in_order": gettext_lazy(
            "上から順に用意します。前の巻を借りる（または予約が終わる）まで、次の巻は用意しません。"
            "シリーズを1巻から読みたいときに。"
        ),
        "any_of": gettext_lazy("どれでもよいときに。必要な点数が用意できたら、残りの予約は自動的に取り消します。"),
    }

    def clean(self) -> dict[str, Any]:
        """Leave aside how many are wanted where it is not asked: what was typed there does not stand in the way."""
        if self.cleaned_data.get("order") != "any_of":
            self.errors.pop("wanted", None)
            self.cleaned_data["wanted"] = None
        return self.cleaned_data

    def orders(self) -> list[dict[str, Any]]:
        """Return the ways to reserve, each with the words that explain it."""
        return [{"choice": choice, "words": self.EXPLAINED[choice.data["value"]]} for choice in self["order"]]


class PauseForm(forms.Form):
    """Until when a reservation is skipped; empty: until the patron resumes it (HLD-8)."""

    until = day_field(gettext_lazy("再開日"), gettext_lazy("空欄のときは、再開するまで休止します。"))


class NeedByForm(forms.Form):
    """Until when a reservation is of use; empty: without end (HLD-8)."""

    need_by = day_field(
        gettext_lazy("必要な期限"),
        gettext_lazy("この日までに用意できなければ、予約は自動的に終わります。空欄にすると、期限をなくします。"),
    )


class PickupForm(WithPickup):
    """Another pickup library for a reservation."""


class AskForm(forms.Form):
    """A general inquiry, or the wish to keep a delivery longer (REQ-1)."""

    text = NeededText(max_length=2000, label=gettext_lazy("内容"), widget=forms.Textarea(attrs={"rows": 6}))
    contact = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("連絡先"),
        help_text=gettext_lazy("登録の連絡先と異なるところへの返事をご希望のときに入力してください。"),
    )


class ParticularItemForm(WithPickup):
    """The reservation of one particular copy, on written request (HLD-6)."""

    item_number = NeededText(
        max_length=20,
        label=gettext_lazy("資料番号"),
        help_text=gettext_lazy("資料の詳細ページの所蔵一覧にある10桁の番号です。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    contact = forms.CharField(required=False, max_length=200, label=gettext_lazy("連絡先"))
    text = forms.CharField(
        required=False, max_length=2000, label=gettext_lazy("理由・備考"), widget=forms.Textarea(attrs={"rows": 4})
    )

    field_order = ("item_number", "pickup_at", "contact", "text")
