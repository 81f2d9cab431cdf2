"""The words that each kind of notice carries from its cause into its text (NTF-1).

`post(context=…)` takes these fields, primitives only. Names that end in `_on`, `_until`, `_from` or `_to` are days;
they travel as ISO text and are written out in the reader's language. `{"ja": …, "en": …}` is a text in two languages.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from notifications.rules import Kind
from okalib import days, wording


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a context, with a sample for previews; an essential one must appear in every text."""

    name: str
    label: Any  # for staff, translated when it is shown
    sample: Any
    sample_en: Any = None
    is_required: bool = True
    is_essential: bool = False
    has_lines: bool = False

    def sample_in(self, language: str) -> Any:
        """Return the sample for a preview in `language`."""
        return self.sample_en if language.startswith("en") and self.sample_en is not None else self.sample


_TITLE = Field("title", _("書名"), "坊っちゃん", "Botchan", is_essential=True)
_PICKUP = Field("library", _("受取館"), "県立図書館", "Prefectural Library")
_REASON = Field(
    "reason", _("理由"), "資料が汚損していたため", "The item was found damaged", is_required=False, has_lines=True
)
_LOANS = Field(
    "loans",
    _("資料の一覧（各行に title 書名、due_on 返却期限日）"),
    [{"title": "坊っちゃん", "due_on": "2026-12-08"}, {"title": "こころ", "due_on": "2026-12-09"}],
    is_essential=True,
)

FIELDS: Mapping[Kind, tuple[Field, ...]] = {
    Kind.READY: (
        _TITLE,
        _PICKUP,
        Field("keep_until", _("取置期限"), "2026-12-08", is_essential=True),
        Field("opens_on", _("次の開館日（連絡日が休館日のとき）"), "2026-12-01", is_required=False),
    ),
    Kind.READY_REMINDER: (_TITLE, _PICKUP, Field("keep_until", _("取置期限"), "2026-12-08", is_essential=True)),
    Kind.DELIVERY_READY: (
        Field("titles", _("書名の一覧"), ["坊っちゃん", "こころ"], is_essential=True),
        Field("library", _("受渡館"), "備前市立図書館", "Bizen City Library", is_essential=True),
        Field("window_from", _("受渡期間の初日"), "2026-12-04", is_essential=True),
        Field("window_to", _("受渡期間の末日"), "2026-12-10", is_essential=True),
        Field("due_on", _("返却期限日"), "2026-12-24", is_essential=True),
        Field("card_number", _("利用者カード番号"), "10000018", is_essential=True),
        Field(
            "note",
            _("到着についての注記"),
            "中央館を経由して届きます。",
            "It travels by way of the central library.",
            False,
        ),
    ),
    Kind.EXPIRED: (_TITLE, _PICKUP, Field("keep_until", _("取置期限"), "2026-12-08")),
    Kind.CANCELLED_BY_STAFF: (_TITLE, _REASON),
    Kind.CANNOT_BE_FILLED: (_TITLE, _REASON),
    Kind.REQUEST_ANSWERED: (
        Field("request", _("依頼の種類"), "受渡館変更依頼", "Change of pickup library"),
        Field("title", _("書名"), "坊っちゃん", "Botchan", is_required=False),
        Field(
            "answer", _("回答"), "備前市立図書館に変更しました。", "It was changed.", is_essential=True, has_lines=True
        ),
    ),
    Kind.DUE_SOON: (_LOANS,),
    Kind.OVERDUE: (_LOANS, Field("days_late", _("延滞日数"), 7)),
    Kind.CARD_LAPSES: (Field("lapses_on", _("利用できなくなる日"), "2026-12-31", is_essential=True),),
    Kind.DATES_MOVED: (
        Field("reason", _("理由"), "台風による臨時休館", "Emergency closure because of a typhoon", has_lines=True),
        Field(
            "moves",
            _("変更の一覧（各行に title 書名、label 日の種類、old_on 変更前、new_on 変更後）"),
            [{"title": "坊っちゃん", "label": "返却期限日", "old_on": "2026-12-08", "new_on": "2026-12-11"}],
            [{"title": "Botchan", "label": "Due date", "old_on": "2026-12-08", "new_on": "2026-12-11"}],
            is_essential=True,
        ),
    ),
    Kind.NEW_ARRIVALS: (
        Field("total", _("新着の件数"), 13),
        Field(
            "searches",
            _("検索の一覧（各行に name 名前、total 件数、titles 書名の一覧、more ほかの件数、address 検索結果の住所）"),
            [
                {
                    "name": "漱石の本",
                    "total": 13,
                    "titles": [{"title": "坊っちゃん"}, {"title": "こころ"}],
                    "more": 11,
                    "address": "https://library.example.jp/search/?q=soseki",
                }
            ],
            is_essential=True,
        ),
        Field(
            "stop_address",
            _("新着のメールを停止するページの住所"),
            "https://library.example.jp/new-titles/stop/4:abc/",
            is_essential=True,
        ),
    ),
    Kind.ACTIVATION_CODE: (
        Field("code", _("登録コード"), "4827-1930", is_essential=True),
        Field("valid_until", _("有効期限"), "2026-12-15"),
    ),
    Kind.PASSWORD_RESET: (
        Field("hours", _("有効期間（時間）"), 24),
        Field(
            "link",
            _("再設定ページの住所（送信時に作成。再設定できないカードでは空）"),
            "https://library.example.jp/password/new/abc/",
            is_required=False,
            is_essential=True,
        ),
    ),
    Kind.PASSWORD_CHANGED: (Field("changed_on", _("変更日"), "2026-12-01"),),
    Kind.TEST: (),
}

COMMON = (
    Field("patron_name", _("利用者氏名"), "岡山 花子", "Hanako Okayama"),
    Field("home", _("県立図書館の名称"), "県立図書館", "Prefectural Library"),
    Field("counter_phone", _("総合カウンターの電話番号"), "086-000-0000", is_required=False),
    Field("cooperation_phone", _("図書館協力班の電話番号"), "086-000-0001", is_required=False),
    Field("site_url", _("ホームページの住所"), "https://library.example.jp/", is_required=False),
)
"""What every text may use besides; added when the notice is sent."""


class MissingWordsError(TypeError):
    """A notice was posted without a field that its kind needs: a mistake in the calling code."""


def check(kind: Kind, context: Mapping[str, Any]) -> None:
    """Raise MissingWordsError unless `context` has every required field of `kind`."""
    missing = [field.name for field in FIELDS[kind] if field.is_required and field.name not in context]
    if missing:
        raise MissingWordsError(f"A notice of the kind {kind} needs {', '.join(missing)} in its context.")


def primitive(value: Any) -> Any:
    """Turn a context into what JSON holds: days and moments become ISO days (Asia/Tokyo), anything else text."""
    if isinstance(value, Mapping):
        return {str(key): primitive(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [primitive(entry) for entry in value]
    if isinstance(value, datetime):
        return days.day_of(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


def sample(kind: Kind | None, language: str) -> dict[str, Any]:
    """Return a whole context for previews, the common fields included (`kind` None: only those)."""
    fields = (*COMMON, *(FIELDS[kind] if kind else ()))
    return {field.name: field.sample_in(language) for field in fields}


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a context is written out: language, the day on which it is read, the fields that keep their lines."""

    language: str
    today: date | None = None
    with_lines: frozenset[str] = frozenset()

    @property
    def is_english(self) -> bool:
        """Whether this reader reads English rather than Japanese."""
        return self.language.startswith("en")

    def text(self, value: str) -> str:
        """Write a text of several lines, each of them clean."""
        return "\n".join(one_line(line) for line in value.replace("\r\n", "\n").replace("\r", "\n").split("\n"))

    def day(self, value: str) -> str:
        """Write an ISO day in words; what is no day stays as it is."""
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return one_line(value)
        return wording.day_en(day, self.today) if self.is_english else wording.day_ja(day, self.today)


def readable(context: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """Return the context as the reader meets it: days in words, no control characters (A188).

    Only the fields named in `reader.with_lines` keep their line breaks; in all others a break becomes a space.
    """
    return {name: _readable(name, value, reader) for name, value in context.items()}


def fields_with_lines(kind: Kind) -> frozenset[str]:
    """Return the names of the fields of `kind` that may run over several lines."""
    return frozenset(field.name for field in FIELDS[kind] if field.has_lines)


def one_line(text: str) -> str:
    """Return the text without line breaks, control characters and changes of writing direction (A188)."""
    return " ".join(_without_controls(text).split())


def _readable(name: str, value: Any, reader: Reader) -> Any:
    if isinstance(value, Mapping):
        if value.keys() == {"ja", "en"}:
            return _readable(name, value["en" if reader.is_english else "ja"], reader)
        return {key: _readable(key, entry, reader) for key, entry in value.items()}
    if isinstance(value, list):
        return [_readable(name, entry, reader) for entry in value]
    if not isinstance(value, str):
        return "" if value is None else value
    if name.endswith(("_on", "_until", "_from", "_to")):
        return reader.day(value)
    return reader.text(value) if name in reader.with_lines else one_line(value)


def _without_controls(text: str) -> str:
    """Drop controls (Cc), and invisible marks that turn text around or hide it (Cf); breaks become spaces."""
    kept = []
    for character in text:
        category = unicodedata.category(character)
        if category not in {"Cc", "Cf", "Zl", "Zp", "Cs"}:
            kept.append(character)
        elif category in {"Cc", "Zl", "Zp"}:
            kept.append(" ")
    return "".join(kept)
