"""What nobody can have, and what can be done about it instead (PUL-5, NTF-1)."""

from datetime import time

import pytest

from catalog.models import Item, Location, SearchTarget
from catalog.search.index import index_bibs
from holds import actions
from holds.models import Hold
from holds.rules import EndReason, HoldState
from notifications.models import Notice
from okalib import days
from okalib.models import StaffAction
from tests.factories import BibFactory, ItemFactory
from tests.web.desk import at, at_work, clerk, text

PAGE = at("cannot-be-filled")


@pytest.fixture
def counter(lively):
    """A browser at the counter."""
    return at_work(clerk("desk"))


@pytest.fixture
def kokoro(lively, akari, chiyo, home, ten):
    """A title with one copy, which is searched for in vain, and two who wait for it."""
    bib = BibFactory(title="こころの旅", contributors=[{"name": "夏目漱石"}], publisher="青空社", items=1)
    for patron in (akari, chiyo):
        actions.reserve(patron=patron, bib=bib, pickup_at=home, by=patron.user, now=ten)
    bib.items.get().be_searched_for(ten)
    index_bibs([bib])
    return bib


def ending(bib):
    return at("cannot-be-filled-ending", bib.pk)


def test_a_title_that_cannot_be_had_says_who_waits_where_its_copy_is_and_what_helps(counter, kokoro, akari, chiyo):
    """PUL-5: search again, another edition, buy, borrow, tell."""
    page = text(counter.get(PAGE))
    part = page[page.index("こころの旅") :]
    for said in (akari.name, chiyo.name, kokoro.items.get().item_number, "所在調査中", "もう一度さがす", "購入"):
        assert said in part, said
    assert "貸出できる別の版は所蔵していません" in part
    assert "選んだ予約を終えて知らせる" in part


def test_another_edition_that_can_be_lent_is_offered_and_no_other_title(counter, kokoro):
    """PUL-5: the same name, volume and author, however it is written; with a copy to lend."""
    author = [{"name": "夏目漱石"}]
    pocket = BibFactory(title="ココロの旅", contributors=author, publisher="文庫社", items=1)
    others = [
        BibFactory(title="こころの旅", volume="2", contributors=author, publisher="別巻社", items=1),
        BibFactory(title="こころの旅日記", contributors=author, publisher="別題社", items=1),
        BibFactory(title="こころの旅", contributors=[{"name": "別人"}], publisher="別人社", items=1),
    ]
    in_house = BibFactory(title="こころの旅", contributors=author, publisher="禁帯社")
    ItemFactory(bib=in_house, loanability="reference")
    index_bibs([pocket, *others, in_house])
    page = text(counter.get(PAGE))
    assert at("queue", pocket.pk) in page
    assert "文庫社" in page and "借りられます" in page
    for publisher in ("別巻社", "別題社", "別人社", "禁帯社"):
        assert publisher not in page, publisher


def test_who_may_catalogue_marks_the_title_as_on_order_and_others_ask_for_it(counter, kokoro):
    """CAT-5: what is on order waits for its first copy, and is not in vain."""
    address = f"/staff/catalog/bib/{kokoro.pk}/change/"
    assert address not in text(counter.get(PAGE))
    assert address in text(at_work(clerk("administrator")).get(PAGE))
    kokoro.is_on_order = True
    kokoro.save()
    assert "こころの旅" not in text(counter.get(PAGE))


def test_the_cross_search_is_a_click_away_where_there_is_something_to_ask(counter, kokoro):
    """REQ-3: by title and author, because another edition would do too."""
    SearchTarget.objects.all().delete()
    assert "横断検索" not in text(counter.get(PAGE))
    SearchTarget.objects.create(code="town", name="町立図書館", protocol="link", page_address="https://x.example/")
    assert "/elsewhere/?title=%E3%81%93%E3%81%93%E3%82%8D" in text(counter.get(PAGE))


def test_the_chosen_ones_end_and_are_told_why(counter, kokoro, akari, chiyo):
    """NTF-1, OPS-5: the notice of what cannot be had, not one of a cancellation."""
    first, second = Hold.objects.filter(bib=kokoro).order_by("pk")
    page = text(counter.post(ending(kokoro), {"holds": [first.pk], "reason": "紛失したため"}, follow=True))
    assert "1件の予約を終え" in page
    first.refresh_from_db()
    assert (first.state, first.end_reason) == (HoldState.CANCELLED, EndReason.CANNOT_BE_FILLED)
    assert Hold.objects.get(pk=second.pk).is_waiting
    notice = Notice.objects.get(kind="cannot_be_filled")
    assert notice.patron == akari
    assert "紛失したため" in str(notice.context)
    assert StaffAction.objects.get(verb="give_up").reason == "紛失したため"


@pytest.mark.parametrize(("typed", "said"), [({"reason": "紛失"}, "予約を選んで"), ({"reason": " "}, "理由を入力")])
def test_nothing_ends_without_a_choice_and_a_reason_and_what_was_typed_stays(counter, kokoro, typed, said):
    """OPS-5."""
    holds = Hold.objects.filter(bib=kokoro)
    chosen = {} if typed["reason"].strip() else {"holds": [hold.pk for hold in holds]}
    answer = counter.post(ending(kokoro), typed | chosen)
    assert answer.status_code == 422
    assert said in text(answer)
    assert f'maxlength="400" value="{typed["reason"]}"' in text(answer)
    assert all(hold.is_waiting for hold in holds)
    assert not Notice.objects.filter(kind="cannot_be_filled").exists()


def test_what_has_turned_up_meanwhile_is_not_given_up(counter, kokoro, ten):
    """PUL-5: the page was old; the copy is in the hand again."""
    hold = Hold.objects.filter(bib=kokoro).first()
    kokoro.items.get().stand_on_shelf(ten)
    assert counter.post(ending(kokoro), {"holds": [hold.pk], "reason": "紛失"}).status_code == 422
    assert Hold.objects.get(pk=hold.pk).is_waiting


def test_who_may_only_look_ends_nothing(kokoro):
    """HLD-5: cataloguers see the list and cannot cancel."""
    browser = at_work(clerk("cataloguer"))
    assert "選んだ予約を終えて知らせる" not in text(browser.get(PAGE))
    hold = Hold.objects.filter(bib=kokoro).first()
    assert browser.post(ending(kokoro), {"holds": [hold.pk], "reason": "紛失"}).status_code == 403


def test_the_list_asks_as_often_for_many_titles_as_for_one(
    counter, kokoro, chiyo, home, ten, django_assert_max_num_queries
):
    """No list asks the database once for each of its rows."""
    counter.get(PAGE)
    yesterday = days.at(days.plus(days.day_of(ten), -1), time(10))
    location = Location.objects.first()
    for number in range(8):
        bib = BibFactory(title=f"失われた本{number}")
        item = ItemFactory(bib=bib, location=location)
        actions.reserve(patron=chiyo, bib=bib, pickup_at=home, by=chiyo.user, now=yesterday)
        Item.objects.filter(pk=item.pk).update(whereabouts="searched_for")
    with django_assert_max_num_queries(18):
        assert "失われた本7" in text(counter.get(PAGE))
