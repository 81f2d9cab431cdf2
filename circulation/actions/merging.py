"""Two records of one person become one (A226)."""

from __future__ import annotations

from datetime import datetime

from circulation import queries
from circulation.models import Loan, RestPeriod
from circulation.queries.merging import ONE_OF_EACH, RESERVATIONS
from holds import actions as holds
from holds.models import Hold
from okalib.actions import staff
from okalib.actions.patrons.cards import give_user
from okalib.models import Card, Patron, User
from okalib.rules import Refusal, Refused
from okalib.transactions import verb

MERGED = "統合"

SAME_RECORD = Refusal(
    "same_record",
    "同じ利用者どうしは統合できません。",
    "This is one and the same record.",
)
REASON_MISSING = Refusal(
    "reason_missing",
    "統合する理由を入力してください。",
    "Please give the reason for merging.",
)
CHANGED_SINCE = Refusal(
    "changed_since",
    "確認の画面を開いてから状況が変わりました。もう一度内容を確かめてください。",
    "Something has changed since you looked. Please check again.",
)


@verb
def merge_patrons(*, stays: Patron, ends: Patron, by: User, now: datetime, reason: str, seen: str = "") -> Patron:
    """Move everything of a patron to the record that stays, end the other one and its cards; wholly or not at all.

    Loans and reservations stay what they are, beyond the limits too; of two reservations of a title the stronger one
    stays. Cards of the record that ends die and alert the desk when scanned (PAT-2); its log-in ends. A reading record
    moves only if both have asked for one (RET-5). `seen` is the mark of the preview: where something has changed since,
    nothing is done. Raises Refused (same_record, reason_missing, changed_since).
    """
    if stays.pk == ends.pk:
        raise Refused([SAME_RECORD])
    if not reason.strip():
        raise Refused([REASON_MISSING])
    try:
        locked = {patron_id: Patron.objects.lock(patron_id) for patron_id in sorted((stays.pk, ends.pk))}
    except Patron.DoesNotExist:  # merged by a colleague in this moment
        raise Refused([CHANGED_SINCE]) from None
    stays, ends = locked[stays.pk], locked[ends.pk]
    _lock_titles(stays, ends)
    if seen and queries.merging(stays, ends).mark != seen:
        raise Refused([CHANGED_SINCE])
    ended = holds.end_one_of_two(one=stays, other=ends, now=now)
    Card.objects.filter(patron=ends, ended_at=None).update(ended_at=now, ended_reason=MERGED)
    _keep_the_longer_rest(stays, ends)
    for part in queries.parts(stays, ends):
        part.dropped.delete()
        part.moved.update(**{part.link: stays})
    _fill_in(stays, ends)
    subject = f"patron {ends.pk} → {stays.pk}"
    _end_record(stays, ends)
    if ended:
        subject += f", {RESERVATIONS} {', '.join(str(hold.pk) for hold in ended)}"
    staff.record(verb="merge_patrons", subject=subject, by=by, now=now, patron=stays, reason=reason)
    return stays


def _lock_titles(stays: Patron, ends: Patron) -> None:
    both = [stays, ends]
    reserved = Hold.objects.open().filter(patron__in=both).values_list("bib_id", flat=True)
    lent = Loan.objects.open().filter(patron__in=both).values_list("item__bib_id", flat=True)
    holds.lock_titles(*reserved, *lent)


def _keep_the_longer_rest(stays: Patron, ends: Patron) -> None:
    """A rest period that both have lasts as long as the longer one (LON-5)."""
    key = ONE_OF_EACH["circulation.RestPeriod"]
    others = dict(RestPeriod.objects.filter(patron=ends).values_list(key, "until_on"))
    for rest in RestPeriod.objects.filter(patron=stays, bib_id__in=others):
        if others[rest.bib_id] > rest.until_on:
            rest.until_on = others[rest.bib_id]
            rest.save(update_fields=["until_on"])


def _fill_in(stays: Patron, ends: Patron) -> None:
    for name in queries.blank_fields(stays, ends):
        setattr(stays, name, getattr(ends, name))
    stays.registered_on = min(stays.registered_on, ends.registered_on)
    stays.last_used_on = max(stays.last_used_on, ends.last_used_on)
    stays.save()


def _end_record(stays: Patron, ends: Patron) -> None:
    """Delete the empty record and its log-in; what names the log-in names that of the record that stays."""
    old, new = ends.user, give_user(stays)
    ends.delete()
    if old is None:
        return
    for relation in User._meta.get_fields(include_hidden=True):
        if relation.auto_created and relation.one_to_many and relation.related_model is not Patron:
            link = relation.field.name  # type: ignore[union-attr]
            relation.related_model._base_manager.filter(**{link: old}).update(**{link: new})  # type: ignore[union-attr]
    old.delete()
