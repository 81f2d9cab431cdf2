"""Searches that patrons keep, and the mail of the morning about new titles (SDI)."""

from datetime import date, datetime, time, timedelta

import pytest
from django.core import signing

from catalog import actions, stop_links
from catalog import queries as titles
from catalog.actions.items import import_item
from catalog.forms.saved import query_at
from catalog.interchange import BibRecord
from catalog.interchange.item_table import ItemRow
from catalog.models import Bib, SavedSearch
from catalog.rules import Loanability, Whereabouts, item_number
from catalog.search import index_bibs
from notifications import actions as notifications
from notifications.actions.new_arrivals import GONE, STOPPED, UNREACHABLE, key_of
from notifications.models import Notice
from notifications.rules import State
from okalib import days, jobs
from okalib.models import Patron
from okalib.rules import Refused
from tests.factories import BibFactory, ItemFactory, LocationFactory, PatronFactory

pytestmark = pytest.mark.django_db

MORNING = days.at(date(2026, 12, 2), time(6))


@pytest.fixture
def catalogue(home):
    """One book on cats that was there before anybody saved anything."""
    old = BibFactory(title="猫の歴史", items=1)
    index_bibs([old])
    actions.note_missed(now=MORNING - timedelta(days=30))
    actions.close_batch()
    return [old]


@pytest.fixture
def cats(catalogue, akari, ten):
    """Akari keeps the search for cats, by mail."""
    return save(akari, "猫", ten)


def save(patron: Patron, word: str, now: datetime, *, wants_mail: bool = True) -> SavedSearch:
    return actions.save_search(patron=patron, address=f"q={word}", name=word, wants_mail=wants_mail, now=now)


def take_in(*names: str, now: datetime = MORNING - timedelta(hours=12), **fields: object) -> list[Bib]:
    records = [BibRecord(source="test", source_id=name, title=name, **fields) for name in names]
    imported = actions.import_records(records=records, now=now)
    return [Bib.objects.get(pk=pk) for pk in imported.bib_ids]


def tell(now: datetime = MORNING) -> dict[str, int]:
    return dict(notifications.tell_new_arrivals(read=query_at, now=now))


def told(patron: Patron) -> dict[str, list[str]]:
    """The last mail to a patron: titles by name of the search."""
    notice = Notice.objects.filter(patron=patron, kind="new_arrivals").order_by("pk").last()
    if notice is None:
        return {}
    return {search["name"]: [line["title"] for line in search["titles"]] for search in notice.context["searches"]}


# ── keeping ──


def test_the_same_search_twice_is_one_with_the_name_and_the_wish_said_last(akari, ten):
    """HLD-11: a form sent again saves nothing twice."""
    first = save(akari, "猫", ten, wants_mail=False)
    again = actions.save_search(patron=akari, address="q=猫", name=" ねこ の本 ", wants_mail=True, now=ten)
    assert (again.pk, again.name, again.wants_mail) == (first.pk, "ねこ の本", True)
    assert SavedSearch.objects.count() == 1


def test_two_patrons_may_keep_the_same_search(akari, aya, ten):
    save(akari, "猫", ten)
    save(aya, "猫", ten)
    assert SavedSearch.objects.count() == 2


def test_one_search_too_many_is_refused_in_words_and_a_known_one_is_not(akari, ten, policy):
    """The number is the policy's; saving one again is no new one."""
    policy.saved_searches_most = 2
    policy.save()
    save(akari, "猫", ten)
    save(akari, "犬", ten)
    with pytest.raises(Refused) as refused:
        save(akari, "鳥", ten)
    assert refused.value.codes == {"too_many_searches"}
    assert "2件まで" in refused.value.refusals[0].text
    save(akari, "犬", ten)
    assert SavedSearch.objects.count() == 2


def test_a_search_for_nothing_and_one_without_a_name_are_refused_together(akari, ten):
    with pytest.raises(Refused) as refused:
        actions.save_search(patron=akari, address="", name="　", wants_mail=True, now=ten)
    assert refused.value.codes == {"nothing_asked", "no_name"}


# ── what is new ──


def test_the_first_mail_covers_what_came_after_saving_alone(cats, akari):
    """Also of what came in on the very day, before and after."""
    take_in("猫の写真", "犬の写真")
    assert tell() == {"told": 1}
    assert told(akari) == {"猫": ["猫の写真"]}


def test_what_came_before_saving_on_the_same_day_is_not_in_the_mail(catalogue, akari, ten):
    take_in("猫の写真", now=ten)
    save(akari, "猫", ten)
    assert tell() == {}


def test_a_title_is_told_once(cats, akari):
    take_in("猫の写真")
    assert tell() == {"told": 1}
    assert tell(MORNING + timedelta(days=1)) == {}
    take_in("猫の童話")
    assert tell(MORNING + timedelta(days=2)) == {"told": 1}
    assert told(akari) == {"猫": ["猫の童話"]}


def test_a_record_that_is_changed_is_no_new_one(cats):
    take_in("猫の写真")
    tell()
    take_in("猫の写真", publisher="岩波書店")
    assert tell(MORNING + timedelta(days=1)) == {}


def test_a_title_on_order_is_new_with_its_first_item(cats, akari):
    """CAT-5: imported, put on order before the night, found by patrons weeks later."""
    (bib,) = take_in("猫の写真")
    Bib.objects.filter(pk=bib.pk).update(is_on_order=True)
    assert tell() == {}
    LocationFactory()
    row = ItemRow(
        line=1,
        item_number=item_number(200_000_000),
        location="1F",
        source="test",
        source_id="猫の写真",
        loanability=Loanability.LENDABLE,
        whereabouts=Whereabouts.SHELF,
    )
    import_item(row=row, now=MORNING + timedelta(days=9))
    assert tell(MORNING + timedelta(days=10)) == {"told": 1}
    assert told(akari) == {"猫": ["猫の写真"]}


def test_a_title_that_came_in_by_a_way_nobody_noted_is_found_in_the_morning(cats, akari):
    """The net under `note_appearances`."""
    bib = BibFactory(title="猫の写真", items=1)
    index_bibs([bib])
    assert tell() == {"told": 1}
    assert told(akari) == {"猫": ["猫の写真"]}


def test_a_hidden_title_is_no_news_and_one_shown_again_before_it_was_told_is(cats, akari):
    (bib,) = take_in("猫の写真")
    Bib.objects.filter(pk=bib.pk).update(is_suppressed=True)
    tell()
    assert told(akari) == {}
    Bib.objects.filter(pk=bib.pk).update(is_suppressed=False)
    assert tell(MORNING + timedelta(days=1)) == {"told": 1}


def test_what_is_on_loan_already_is_news_to_a_search_for_what_stands_on_the_shelf(catalogue, akari, ten):
    """The filter asks of this moment, a new title stays new."""
    actions.save_search(patron=akari, address="q=猫&available=1", name="猫", wants_mail=True, now=ten)
    take_in("猫の写真")
    assert tell() == {"told": 1}


def test_the_page_counts_what_is_new_since_the_patron_looked(cats, akari):
    """Before any job has run, and mailed or not."""
    take_in("猫の写真", "猫の童話", "犬の写真")
    tell()
    (news,) = titles.unseen([SavedSearch.objects.get()], read=query_at, most=1)
    assert (news.total, [bib.title for bib in news.bibs]) == (2, ["猫の童話"])
    actions.note_look(search=cats)
    (news,) = titles.unseen([SavedSearch.objects.get()], read=query_at, most=1)
    assert news.total == 0
    take_in("猫の詩")
    (news,) = titles.unseen([SavedSearch.objects.get()], read=query_at, most=1)
    assert news.total == 1


def test_whoever_has_no_news_is_done_with_in_one_go(cats, akari, aya, ten):
    """A hundred thousand searches stay cheap: only those with news have a transaction of their own."""
    save(aya, "鳥", ten)
    take_in("猫の写真")
    assert tell() == {"told": 1, "nothing_new": 1}
    assert len(set(SavedSearch.objects.values_list("told_batch", flat=True))) == 1
    assert tell(MORNING + timedelta(days=1)) == {}


# ── the mail ──


def test_all_searches_of_a_patron_come_in_one_mail_a_day(cats, akari, ten):
    save(akari, "犬", ten)
    save(akari, "鳥", ten)
    take_in("猫と犬", "猫の写真")
    assert tell() == {"told": 1}
    assert told(akari) == {"犬": ["猫と犬"], "猫": ["猫の写真", "猫と犬"]}
    assert Notice.objects.filter(kind="new_arrivals").count() == 1


def test_what_appears_after_the_mail_of_the_day_waits_for_tomorrow_and_is_not_lost(cats, akari):
    """At most one mail a patron and day, however often the job runs (OPS-2)."""
    take_in("猫の写真")
    tell()
    take_in("猫の童話")
    assert tell(MORNING + timedelta(hours=3)) == {"told_already": 1}
    assert tell(MORNING + timedelta(days=1)) == {"told": 1}
    assert told(akari) == {"猫": ["猫の童話"]}


def test_a_mass_import_lists_a_few_titles_and_says_how_many_there_are(cats, akari, policy):
    policy.new_titles_listed = 3
    policy.save()
    take_in(*(f"猫の写真{number:03}" for number in range(40)))
    tell()
    (search,) = Notice.objects.get(kind="new_arrivals").context["searches"]
    assert (search["total"], len(search["titles"]), search["more"]) == (40, 3, 37)
    assert search["address"].endswith("/search/?q=猫")


def test_a_killed_run_is_ended_by_the_next_one(cats, akari, aya, ten, monkeypatch):
    """OPS-2: whoever was told is not told again, whoever was not is."""
    save(aya, "猫", ten)
    take_in("猫の写真")

    def killed(*_args, **_kwargs):
        raise KeyboardInterrupt

    from notifications.actions import new_arrivals

    with monkeypatch.context() as patched:
        honest = new_arrivals.catalog.note_told
        patched.setattr(
            new_arrivals.catalog,
            "note_told",
            lambda **words: killed() if Notice.objects.count() == 2 else honest(**words),
        )
        with pytest.raises(KeyboardInterrupt):
            tell()
    assert Notice.objects.count() == 1
    assert tell(MORNING + timedelta(minutes=5)) == {"told": 1}
    assert told(akari) == told(aya) == {"猫": ["猫の写真"]}


def test_one_search_that_cannot_be_asked_stops_no_other_patrons_mail(cats, akari, aya, ten):
    """NTF-2."""
    save(aya, "犬", ten)
    take_in("猫と犬")

    def read(address):
        if "猫" in address:
            raise ValueError(address)
        return query_at(address)

    assert notifications.tell_new_arrivals(read=read, now=MORNING) == {"put_aside": 1, "told": 1}
    assert tell(MORNING + timedelta(days=1)) == {"told": 1}
    assert told(akari) == {"猫": ["猫と犬"]}


@pytest.mark.parametrize(
    "reach",
    [
        {"email": ""},
        {"contact": "phone"},
        {"contact": "none"},
        {"email_failed_at": MORNING},
        {"last_used_on": date(2024, 11, 1)},  # lapsed
    ],
)
def test_whom_no_mail_reaches_is_neither_told_nor_telephoned_and_misses_nothing(cats, akari, reach):
    """PAT-1, PAT-4: it waits until mail reaches them again."""
    before = Patron.objects.filter(pk=akari.pk).values(*reach).get()
    Patron.objects.filter(pk=akari.pk).update(**reach)
    take_in("猫の写真")
    assert tell() == {}
    assert not Notice.objects.exists()
    Patron.objects.filter(pk=akari.pk).update(**before)
    assert tell(MORNING + timedelta(days=30)) == {"told": 1}


def test_mail_that_is_switched_on_later_begins_with_what_comes_then(catalogue, akari, ten):
    search = save(akari, "猫", ten, wants_mail=False)
    take_in("猫の写真")
    assert tell() == {}
    actions.set_search_mail(search=search, wanted=True)
    take_in("猫の童話")
    assert tell(MORNING + timedelta(days=1)) == {"told": 1}
    assert told(akari) == {"猫": ["猫の童話"]}


# ── just before sending (NTF-2) ──


def sent_or_why(patron: Patron) -> str:
    notifications.send_due(now=MORNING + timedelta(minutes=1))
    notice = Notice.objects.get(key=key_of(patron.pk, days.day_of(MORNING)))
    return notice.withdrawn_reason or notice.state


def test_a_mail_is_withdrawn_when_its_searches_were_deleted_or_stopped(cats, akari):
    take_in("猫の写真")
    tell()
    actions.remove_search(search=cats)
    assert sent_or_why(akari) == STOPPED


def test_a_mail_is_withdrawn_when_its_titles_were_hidden(cats, akari):
    (bib,) = take_in("猫の写真")
    tell()
    Bib.objects.filter(pk=bib.pk).update(is_suppressed=True)
    assert sent_or_why(akari) == GONE


def test_a_mail_is_withdrawn_and_nobody_telephoned_when_the_address_is_gone(cats, akari):
    take_in("猫の写真")
    tell()
    Patron.objects.filter(pk=akari.pk).update(email="")
    assert sent_or_why(akari) == UNREACHABLE


def test_only_what_was_stopped_since_is_left_out_of_the_mail(cats, akari, ten, mailoutbox):
    dogs = save(akari, "犬", ten)
    take_in("猫の写真", "犬の写真")
    tell()
    actions.set_search_mail(search=dogs, wanted=False)
    assert sent_or_why(akari) == State.SENT
    assert "猫の写真" in mailoutbox[0].body
    assert "犬の写真" not in mailoutbox[0].body
    assert "（1件）" in mailoutbox[0].subject


def test_the_words_of_a_mail_are_erased_once_it_is_sent_and_never_shown_to_staff(cats, akari, mailoutbox):
    """RET-5, NTF-4: what somebody looks for is nobody's business."""
    take_in("猫の写真")
    tell()
    assert Notice.objects.get().is_secret
    assert sent_or_why(akari) == State.SENT
    notice = Notice.objects.get()
    assert (notice.subject, notice.text, notice.html, notice.context) == ("", "", "", {})
    assert mailoutbox[0].to == ["akari@example.com"]


def test_a_mail_says_to_people_and_to_mail_programs_where_it_is_stopped(cats, akari, mailoutbox, settings):
    """RFC 8058."""
    settings.SITE_URL = "https://library.example.jp/"
    take_in("猫の写真")
    tell()
    sent_or_why(akari)
    address = f"https://library.example.jp/new-titles/stop/{stop_links.token_of(akari.pk)}/"
    assert address in mailoutbox[0].body
    headers = mailoutbox[0].extra_headers
    assert headers["List-Unsubscribe"] == f"<{address}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_other_mails_cannot_be_stopped_by_a_mail_program(akari, mailoutbox, ten):
    notifications.post(key="test:1", kind="test", patron=akari, context={}, cause="test:1", now=ten)
    notifications.send_due(now=ten)
    assert "List-Unsubscribe" not in mailoutbox[0].extra_headers


def test_a_token_of_another_kind_stops_nothing():
    assert stop_links.patron_of(signing.Signer(salt="other").sign_object(1)) is None
    assert stop_links.patron_of("1") is None


# ── forgetting (RET-5) ──


def test_searches_are_forgotten_some_time_after_the_card_lapsed(cats, akari, aya, ten):
    """RET-5, PAT-1: last used on 2026-11-01, lapsed two years later, forgotten ninety days after that."""
    save(aya, "犬", ten)
    Patron.objects.filter(pk=aya.pk).update(last_used_on=date(2026, 12, 1))
    assert actions.forget_searches(day=date(2029, 1, 30)) == 0
    assert actions.forget_searches(day=date(2029, 1, 31)) == 1
    assert SavedSearch.objects.get().patron == aya


def test_searches_go_with_their_patron(ten):
    leaver = PatronFactory(card=False)
    save(leaver, "猫", ten)
    leaver.delete()
    assert not SavedSearch.objects.exists()


def test_the_job_of_the_morning_tells_and_the_one_of_the_night_forgets(cats, akari):
    """OPS-1."""
    ItemFactory(bib=take_in("猫の写真")[0])
    assert jobs.run_for("new_arrivals", date(2026, 12, 2), now=MORNING).counts == {"told": 1}
    row = jobs.run_for("retention", date(2029, 6, 1), now=days.at(date(2029, 6, 1), time(2)))
    assert row.counts["saved_searches"] == 1
