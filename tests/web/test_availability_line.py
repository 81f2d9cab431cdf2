"""The one line that says whether I can have a title (CAT-7, CAT-8): the same in a list and on its own page."""

import re
from datetime import date
from html import unescape

import pytest

from catalog.search import index_bibs
from okalib import clock
from tests.factories import BibFactory, ItemFactory


@pytest.fixture
def line(client, home, ten):
    """Return what the results and the record say of a title; both must say the same."""

    def line(bib):
        index_bibs([bib])
        with clock.standing_at(ten):
            pages = [client.get(f"/search/?title={bib.title}"), client.get(f"/records/{bib.pk}/")]
        told = [
            re.search(r'<p class="availability [^"]*">(.*?)</p>', unescape(page.content.decode()))[1] for page in pages
        ]
        said = {re.sub(r"<[^>]+>", "", each) for each in told}
        assert len(said) == 1, said
        return said.pop()

    return line


@pytest.fixture
def history(home):
    """岡山県史, with a copy on the shelf that must not leave the house."""
    bib = BibFactory(title="岡山県史")
    ItemFactory(bib=bib, loanability="reference")
    return bib


def test_a_title_whose_lendable_copy_is_being_prepared_is_not_for_the_house_only(history, line):
    """CAT-3, CAT-8: it can be reserved, and meanwhile be read here."""
    ItemFactory(bib=history, whereabouts="set_aside")
    assert line(history) == "準備中・予約なし・館内では今読めます"


def test_a_lent_copy_beside_one_for_the_house_says_when_it_is_expected(history, line, akari):
    ItemFactory(bib=history, whereabouts="on_loan", holder=akari, due_on=date(2026, 12, 8))
    assert line(history) == "貸出中　返却予定 12月8日（火）・予約なし・館内では今読めます"


def test_a_day_that_has_passed_is_not_expected_any_more(history, line, akari):
    """LON-6: a date in the past is no promise of a return."""
    ItemFactory(bib=history, whereabouts="on_loan", holder=akari, due_on=date(2026, 11, 30))
    assert "返却が遅れています（返却期限 11月30日（月））" in line(history)
    assert "返却予定" not in line(history)


def test_the_last_day_itself_is_still_expected(history, line, akari):
    """LON-6."""
    ItemFactory(bib=history, whereabouts="on_loan", holder=akari, due_on=date(2026, 12, 1))
    assert "返却予定 12月1日（火）" in line(history)


def test_a_copy_for_the_house_that_is_not_on_its_shelf_is_not_said_to_be_there(line):
    """CAT-8: nobody goes to a shelf for what is being searched for."""
    bib = BibFactory(title="備前軍記")
    ItemFactory(bib=bib, loanability="reference", whereabouts="searched_for")
    assert line(bib) == "所在調査中　館内閲覧のみの資料です"


def test_of_copies_that_are_away_the_one_that_will_be_had_sooner_is_told(line):
    """A copy that is searched for may never come."""
    bib = BibFactory(title="吉備の国")
    ItemFactory(bib=bib, whereabouts="searched_for")
    ItemFactory(bib=bib, whereabouts="set_aside")
    assert line(bib) == "準備中・予約なし"
