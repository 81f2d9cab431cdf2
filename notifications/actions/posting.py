"""A notice is written with its cause, and taken back with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notifications import contexts, texts
from notifications.models import Notice
from notifications.rules import WITHDRAWABLE, Kind
from okalib.models import Patron
from okalib.transactions import verb


@verb
def post(
    *,
    key: str,
    kind: str,
    patron: Patron | None,
    context: Mapping[str, Any],
    cause: str,
    now: datetime,
    address: str | None = None,
    language: str | None = None,
    useful_until: datetime | None = None,
) -> Notice:
    """Write a notice in the caller's transaction; a second one with the same key is the first, unchanged (NTF-2).

    `key` names kind and cause ("ready:hold:123"), `cause` what it is about ("hold:123"). `context` holds the fields
    that `contexts.FIELDS` lists for the kind; MissingWordsError if one is missing. `address` overrides the patron's
    own address and wish. After `useful_until` it is no longer sent (A180). Nothing is sent here: the mail server may
    be down, the text broken (A111).
    """
    letter = Letter(key, kind, patron, context, cause)
    notice = _written(letter, now)
    notice.language = texts.language_of(language) if language else notice.language
    notice.useful_until = useful_until
    if address is not None:
        notice.address, notice.is_address_fixed = address, True
    notice.direct(now)
    # ON CONFLICT DO NOTHING waits for a rival's transaction and then leaves its row alone, without an error that
    # would spoil the caller's transaction.
    Notice.objects.bulk_create([notice], ignore_conflicts=True)
    return Notice.objects.get(key=key)


@dataclass(frozen=True, slots=True)
class Letter:
    """What `post` is told of one notice."""

    key: str
    kind: str
    patron: Patron | None
    context: Mapping[str, Any]
    cause: str


@verb
def post_all(*, letters: Iterable[Letter], now: datetime) -> None:
    """Write many notices at once, in the caller's transaction; of one that is there already nothing changes (NTF-2)."""
    notices = [_written(letter, now) for letter in letters]
    for notice in notices:
        notice.direct(now)
    Notice.objects.bulk_create(notices, ignore_conflicts=True)


def _written(letter: Letter, now: datetime) -> Notice:
    kind = Kind(letter.kind)
    contexts.check(kind, letter.context)
    return Notice(
        key=letter.key,
        kind=kind,
        patron=letter.patron,
        language=texts.language_of(letter.patron.language if letter.patron else "ja"),
        context=contexts.primitive(letter.context),
        cause=letter.cause,
        posted_at=now,
    )


@verb
def withdraw(*, cause: str, reason: str, now: datetime, kind: str | None = None) -> int:
    """Withdraw the unsent notices of a cause, of one `kind` or of all; returns how many (A178, A179)."""
    waiting = Notice.objects.filter(cause=cause, state__in=WITHDRAWABLE)
    if kind is not None:
        waiting = waiting.filter(kind=Kind(kind))
    notices = list(waiting.order_by("id").select_for_update(no_key=True))
    for notice in notices:
        notice.withdraw(reason, now)
        notice.save()
    return len(notices)
