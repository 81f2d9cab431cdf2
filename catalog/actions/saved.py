"""The searches that a patron keeps (SDI).

Saved, a search knows the batch of new titles that is closed at this moment: whatever appears later is news. A patron
changes their own ones only; whose they are, the pages have asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from catalog.actions.appearances import close_batch
from catalog.models import SavedSearch
from okalib import days
from okalib.models import Patron, PolicySettings
from okalib.rules import Refusal, Refused
from okalib.transactions import verb

NAME_LENGTH = SavedSearch._meta.get_field("name").max_length or 0

NOTHING_ASKED = Refusal(
    "nothing_asked",
    "検索条件がないため、保存できません。言葉や条件を入れて検索してから保存してください。",
    "There is nothing to save: please search for something first.",
)
NO_NAME = Refusal("no_name", "名前を入力してください。", "Please give it a name.")


@verb
def save_search(*, patron: Patron, address: str, name: str, wants_mail: bool, now: datetime) -> SavedSearch:
    """Keep a search for a patron; the same address again is the same search, with its name and wish as said last.

    `address` is a query string without order and page. Raises Refused (nothing_asked, no_name, too_many_searches).
    """
    name = _clean(name)
    most = PolicySettings.current().saved_searches_most
    Patron.objects.lock(patron.pk)  # the number of a patron's searches holds against two windows at once
    known = SavedSearch.objects.filter(patron=patron, address=address).first()
    found = [] if address else [NOTHING_ASKED]
    found += [] if name else [NO_NAME]
    if known is None and SavedSearch.objects.filter(patron=patron).count() >= most:
        found.append(too_many(most))
    if found:
        raise Refused(found)
    if known is None:
        batch = close_batch()
        return SavedSearch.objects.create(
            patron=patron,
            address=address,
            name=name,
            wants_mail=wants_mail,
            saved_at=now,
            told_batch=batch,
            looked_batch=batch,
        )
    rename_search(search=known, name=name)
    set_search_mail(search=known, wanted=wants_mail)
    return known


def too_many(most: int) -> Refusal:
    """The refusal of one search more than the policy allows."""
    return Refusal(
        "too_many_searches",
        f"保存できる検索は{most}件までです。「保存した検索」で使わないものを削除してから、もう一度お試しください。",
        f"You can keep {most} searches. Please delete one you no longer need under “Saved searches” and try again.",
    )


@verb
def rename_search(*, search: SavedSearch, name: str) -> None:
    """Give a search another name. Raises Refused (no_name)."""
    name = _clean(name)
    if not name:
        raise Refused([NO_NAME])
    search.name = name
    search.save(update_fields=["name"])


@verb
def set_search_mail(*, search: SavedSearch, wanted: bool) -> None:
    """Begin or stop to mail what is new; the first mail covers what appears from now on."""
    if wanted and not search.wants_mail:
        search.told_batch = close_batch()
    search.wants_mail = wanted
    search.save(update_fields=["wants_mail", "told_batch"])


@verb
def note_look(*, search: SavedSearch) -> None:
    """Note that the patron looks at the results now: what can be found by now is no longer new to them."""
    SavedSearch.objects.filter(pk=search.pk).update(looked_batch=close_batch())


@verb
def note_told(*, searches: Sequence[SavedSearch], up_to: int) -> None:
    """Note that the patrons have been told of all that appeared up to a batch, or that none of it is for them."""
    told = SavedSearch.objects.filter(pk__in=[search.pk for search in searches], told_batch__lt=up_to)
    told.update(told_batch=up_to)


@verb
def remove_search(*, search: SavedSearch) -> None:
    """Forget a search."""
    search.delete()


@verb
def stop_search_mails(*, patron_id: int) -> int:
    """Stop the mails of all the searches of a patron, who keeps the searches; returns how many."""
    return SavedSearch.objects.filter(patron=patron_id, wants_mail=True).update(wants_mail=False)


@verb
def forget_searches(*, day: date) -> int:
    """Forget the searches of patrons whose cards lapsed long ago (RET-5, PAT-1); returns how many."""
    policy = PolicySettings.current()
    last_used_on = days.years_before(days.plus(day, -policy.saved_searches_kept_days), policy.card_lapse_years)
    forgotten, _kinds = SavedSearch.objects.filter(patron__last_used_on__lt=last_used_on).delete()
    return forgotten


def _clean(name: str) -> str:
    return " ".join(name.replace("\0", "").split())[:NAME_LENGTH]
