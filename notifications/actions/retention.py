"""The words of a notice are kept for a while and then erased."""

from __future__ import annotations

from datetime import datetime, timedelta

from notifications.models import Notice, NoticeQuerySet
from notifications.rules import WITHDRAWABLE, State
from okalib.models import PolicySettings
from okalib.transactions import verb

CHUNK = 500
NO_LONGER_NEEDED = "ご利用が終わったため"


def erase_old(*, now: datetime, days: int | None = None) -> int:
    """Erase the words of what ended and is older than `days` (None: as the policy says); returns how many.

    What is left says that a notice of this kind was sent at this time, and no longer to whom or about what. Works in
    short transactions and may be stopped and repeated anywhere (OPS-2).
    """
    kept = PolicySettings.current().notices_kept_days if days is None else days
    old = Notice.objects.erasable(now - timedelta(days=kept))
    number = 0
    while erased := _erase_some(notices=old, now=now):
        number += erased
    return number


@verb
def forget(*, cause: str, now: datetime) -> int:
    """Erase at once what was written about one cause, and to whom; returns how many (RET-5).

    What still waits is withdrawn first, and what is unknown closed; what is in flight at this moment stays for
    `erase_old`.
    """
    about = Notice.objects.filter(cause=cause).exclude(state=State.IN_FLIGHT).exclude(patron=None, context={})
    rows = list(about.order_by("id").select_for_update(no_key=True))
    for row in rows:
        if row.state in WITHDRAWABLE:
            row.withdraw(NO_LONGER_NEEDED, now)
        elif row.state == State.UNKNOWN:
            row.close(NO_LONGER_NEEDED, now)
        _erase(row, now)
    return len(rows)


@verb
def _erase_some(*, notices: NoticeQuerySet, now: datetime) -> int:
    rows = list(notices.select_for_update(no_key=True)[:CHUNK])
    for row in rows:
        _erase(row, now)
    return len(rows)


def _erase(row: Notice, now: datetime) -> None:
    row.erase(now)
    row.patron = None
    row.save()
