"""What the other apps, staff and patrons may ask of the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.urls import reverse

from notifications import texts
from notifications.models import Notice, NoticeQuerySet, Template
from notifications.rules import Kind, State
from okalib import links
from okalib.days import day_of
from okalib.models import Library, PasswordLink, Patron, PolicySettings


def of_key(key: str) -> Notice | None:
    """Return the one notice of a key, None if none was posted."""
    return Notice.objects.filter(key=key).first()


def reached_at(key: str) -> datetime | None:
    """Return when the reader of a notice was reached, by mail or otherwise; None while they were not (A77, SHF-4)."""
    notice = of_key(key)
    return notice.reached_at if notice else None


def was_delivered(key: str) -> bool:
    """Tell whether the reader of a notice was reached (A77)."""
    return reached_at(key) is not None


def reached(keys: Iterable[str]) -> dict[str, datetime]:
    """Return, for those of many keys whose readers were reached, when that was (A77)."""
    found = Notice.objects.filter(key__in=list(keys), state__in=[State.SENT, State.CLOSED])
    return {notice.key: moment for notice in found if (moment := notice.reached_at)}


def of_patron(patron: Patron) -> NoticeQuerySet:
    """Return a patron's own notices, the newest first (NTF-4, A189)."""
    return Notice.objects.filter(patron=patron).select_related("patron__category")


def phone_list() -> NoticeQuerySet:
    """Return whom staff are to telephone and about what, the longest waiting first (PAT-4)."""
    return Notice.objects.filter(state=State.PHONE).select_related("patron").order_by("posted_at", "id")


@dataclass(slots=True)
class Call:
    """One patron to telephone, everything there is to say, and how often nobody answered (PAT-4)."""

    patron: Patron
    notices: list[Notice] = field(default_factory=list)
    letters: dict[int, texts.Letter] = field(default_factory=dict)

    @property
    def tried(self) -> int:
        """How often nobody answered, about the notice that was tried most."""
        return max(notice.calls for notice in self.notices)

    @property
    def tried_at(self) -> datetime | None:
        """When nobody answered last."""
        return max((notice.called_at for notice in self.notices if notice.called_at), default=None)


def calls(*, today: date, limit: int) -> list[Call]:
    """Return the calls to make, those not tried today first, in a fixed number of queries (PAT-4).

    `limit` notices are read at most, the longest waiting. Their letters have no footer, which nobody reads out; a
    secret notice, or one whose text breaks, has no letter.
    """
    by_patron: dict[int, Call] = {}
    notices = list(phone_list().prefetch_related("patron__cards")[:limit])
    for notice in notices:
        if notice.patron is not None:
            by_patron.setdefault(notice.patron.pk, Call(notice.patron)).notices.append(notice)
    letters = _letters(notices, today, footer=texts.Words("", ""))
    for call in by_patron.values():
        call.letters = {notice.pk: letters[notice.pk] for notice in call.notices if notice.pk in letters}
    return sorted(by_patron.values(), key=lambda call: call.tried_at is not None and day_of(call.tried_at) >= today)


def for_staff() -> NoticeQuerySet:
    """Return every notice that waits for a decision of staff (NTF-4)."""
    return Notice.objects.for_staff().select_related("patron")


def numbers_by_state() -> dict[str, int]:
    """Return how many notices stand in each state."""
    rows = Notice.objects.order_by().values_list("state").annotate(number=Count("pk"))
    return {str(state): 0 for state in State} | dict(rows)


def words_for(name: str, language: str) -> texts.Words:
    """Return the text that staff have written for a kind (or the footer), ours if they have not (NTF-3)."""
    own = Template.objects.filter(kind=name, language=language).first()
    return own.words if own else texts.default_words(name, language)


def letter_for(notice: Notice, *, today: date) -> tuple[texts.Letter, str]:
    """Write the letter of a notice in the words of staff, in ours if theirs break, and say then what broke (NTF-3).

    Raises BrokenTextError if ours break as well.
    """
    kind, language = Kind(notice.kind), notice.language
    context = {**common_words(notice.patron, language), **notice.context, **_made_when_sent(notice, today)}
    words, footer = words_for(kind, language), words_for(texts.FOOTER, language)
    try:
        return texts.write(kind, language, words, footer, context, today=today), ""
    except texts.BrokenTextError as broken:
        complaint = f"登録された文面が使えないため、既定の文面で送信しました: {broken}"
    words, footer = texts.default_words(kind, language), texts.default_words(texts.FOOTER, language)
    return texts.write(kind, language, words, footer, context, today=today), complaint


def _made_when_sent(notice: Notice, today: date) -> dict[str, Any]:
    """Return the fields that are written into a letter and nowhere else: the link to a new password (PAT-3)."""
    if notice.kind != Kind.PASSWORD_RESET:
        return {}
    link = PasswordLink.objects.select_related("patron__user").filter(pk=notice.cause_id).first()
    if link is None or not links.may_open(link, today, PolicySettings.current()):
        return {"link": ""}
    return {"link": f"{settings.SITE_URL.rstrip('/')}{reverse('password_link', args=[links.token_of(link)])}"}


def letters_for(notices: Iterable[Notice], *, today: date) -> dict[int, texts.Letter]:
    """Return by id what each of some notices says, in a fixed number of queries (NTF-4).

    What was mailed is as it was mailed; what was not, because its reader is telephoned or wants no notices, is written
    here. Nothing is returned for what was erased, taken back or must not be kept, nor for a text that breaks.
    """
    return _letters(list(notices), today)


def _letters(notices: list[Notice], today: date, footer: texts.Words | None = None) -> dict[int, texts.Letter]:
    notices = [notice for notice in notices if notice.erased_at is None and not notice.is_secret]
    found = {notice.pk: texts.Letter(notice.subject, notice.text, "") for notice in notices if notice.text}
    unwritten_yet = [notice for notice in notices if not notice.text and notice.state != State.WITHDRAWN]
    if not unwritten_yet:
        return found
    own = {(row.kind, row.language): row.words for row in Template.objects.all()}
    common = {language: common_words(None, language) for language in {notice.language for notice in unwritten_yet}}
    for notice in unwritten_yet:
        words, usual_footer = (
            own.get((name, notice.language)) or texts.default_words(name, notice.language)
            for name in (notice.kind, texts.FOOTER)
        )
        name = {"patron_name": notice.patron.name if notice.patron else ""}
        context = {**common[notice.language], **name, **notice.context}
        with suppress(texts.BrokenTextError):
            found[notice.pk] = texts.write(
                Kind(notice.kind), notice.language, words, footer or usual_footer, context, today=today
            )
    return found


def unwritten() -> list[tuple[str, str]]:
    """Return kind and language of every text that staff have left as it came."""
    written = set(Template.objects.values_list("kind", "language"))
    names = [value for value, _label in Template._meta.get_field("kind").choices or ()]
    return [(str(name), language) for name in names for language in texts.LANGUAGES if (name, language) not in written]


def common_words(patron: Patron | None, language: str) -> dict[str, Any]:
    """Return what every text may name: the reader, the library, its telephone numbers and its pages."""
    home = Library.objects.filter(is_home=True).first()
    policy = PolicySettings.current()
    in_english = language == "en" and home is not None and bool(home.name_en)
    return {
        "patron_name": patron.name if patron else "",
        "home": (home.name_en if in_english else home.name) if home else "",
        "counter_phone": policy.counter_phone or (home.telephone if home else ""),
        "cooperation_phone": policy.cooperation_phone,
        "site_url": settings.SITE_URL,
    }
