"""Lending at the counter, through the page (LIM-1, LIM-3, LIM-4, PAT-1, PAT-2, SHF-3, LON-4)."""

import pytest

from catalog.models import Item
from circulation.models import Loan
from okalib.actions import patrons
from okalib.models import Patron, StaffAction
from tests.factories import BibFactory
from tests.web.desk import at, at_work, clerk, text


@pytest.fixture
def counter(lively):
    """A browser at the counter."""
    return at_work(clerk("desk"))


@pytest.fixture
def senior(lively):
    """A browser of somebody who may override."""
    return at_work(clerk("cooperation"))


def item_of(bib) -> Item:
    return bib.items.get()


def scan(browser, what, patron=None, **more):
    """Scan a card or an item, as the page's form does."""
    form = {"scan": what, "patron": patron.pk if patron else ""} | more
    return browser.post(at("check-out"), form)


def test_a_card_brings_its_patron_to_the_desk(counter, lively, akari):
    """Name with kana, loans against the limit, what waits on the shelf."""
    page = text(scan(counter, "A20000011A"))
    assert "青木あかり" in page
    assert "アオキ アカリ" in page
    assert "<strong>4</strong> / 10" in page
    assert "取置中" in page
    assert lively.bibs["ready"].full_title in page


def test_an_item_is_lent_to_the_patron_at_the_desk(counter, lively, akari):
    """A101: the answer is the verb with the due date."""
    item = item_of(lively.bibs["free"])
    page = text(scan(counter, item.item_number, akari))
    loan = Loan.objects.get(item=item)
    assert loan.patron == akari
    assert "貸出しました" in page
    assert "12月15日（火）" in page
    assert loan.lent_by.groups.get().name == "総合カウンター"


def test_full_width_digits_and_start_letters_are_scanned_too(counter, lively, akari):
    item = item_of(lively.bibs["free"])
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in item.item_number)
    scan(counter, f"a{wide}b", akari)
    assert Loan.objects.filter(item=item).exists()


def test_an_item_without_a_card_is_not_lent(counter, lively):
    """A109: no partial state."""
    item = item_of(lively.bibs["free"])
    answer = scan(counter, item.item_number)
    assert answer.status_code == 409
    assert "先に利用者カードを" in text(answer)
    assert not Loan.objects.filter(item=item).exists()


@pytest.mark.parametrize("number", ["9999999999", "20009999"])
def test_an_unknown_number_is_refused(counter, akari, number):
    """A109."""
    before = Loan.objects.count()
    assert scan(counter, number, akari).status_code in (404, 409)
    assert Loan.objects.count() == before


def test_a_lost_card_raises_the_alarm_and_opens_nothing(counter, lively, akari, ten):
    """PAT-2."""
    patrons.replace_lost_card(patron=akari, by=None, now=ten)
    answer = scan(counter, "20000011")
    page = text(answer)
    assert answer.status_code == 409
    assert "紛失" in page
    assert "desk-stop" in page
    assert f'name="patron" value="{akari.pk}"' not in page


def test_all_refusals_are_shown_at_once(counter, lively, aya, tuesday):
    """HLD-3, LIM-3: overdue, and kept for another."""
    Loan.objects.filter(patron=aya).update(due_on="2026-11-29")
    Item.objects.filter(holder=aya).update(due_on="2026-11-29")
    answer = scan(counter, item_of(lively.bibs["ready"]).item_number, aya)
    page = text(answer)
    assert answer.status_code == 409
    assert "返却期限を過ぎた資料が1点" in page
    assert "別の予約のために取り置いている" in page
    assert "青木" not in page


def test_a_clerk_without_the_right_is_offered_no_override(counter, lively, aya):
    Item.objects.filter(holder=aya).update(due_on="2026-11-29")
    page = text(scan(counter, item_of(lively.bibs["free"]).item_number, aya))
    assert 'name="override"' not in page


def test_a_crafted_override_without_the_right_lends_nothing_and_leaves_its_trace(counter, lively, aya):
    """A193."""
    Item.objects.filter(holder=aya).update(due_on="2026-11-29")
    item = item_of(lively.bibs["free"])
    answer = scan(counter, item.item_number, aya, override="1", reason="どうしても")
    assert answer.status_code == 409
    assert not Loan.objects.filter(item=item).exists()
    assert StaffAction.objects.filter(was_refused=True, verb="check_out").exists()


def test_whoever_has_the_right_goes_over_with_a_reason(senior, lively, aya):
    """LIM-4, A192: and without one does not."""
    Item.objects.filter(holder=aya).update(due_on="2026-11-29")
    item = item_of(lively.bibs["free"])
    assert 'name="override"' in text(scan(senior, item.item_number, aya))
    without = scan(senior, item.item_number, aya, override="1", reason=" ")
    assert without.status_code == 409
    assert "理由を入力" in text(without)
    assert 'name="override"' in text(without)
    assert scan(senior, item.item_number, aya, override="1", reason="館長の承認").status_code == 200
    assert Loan.objects.get(item=item).patron == aya
    assert StaffAction.objects.get(verb="check_out", was_refused=False).reason == "館長の承認"


def test_what_must_stay_is_lent_over_the_rules_only_with_a_due_date(senior, lively, aya):
    """A194."""
    item = item_of(lively.bibs["reference"])
    assert 'name="due_on"' in text(scan(senior, item.item_number, aya, override="1", reason="展示"))
    assert not Loan.objects.filter(item=item).exists()
    scan(senior, item.item_number, aya, override="1", reason="展示", due_on="2026-12-03")
    assert str(Loan.objects.get(item=item).due_on) == "2026-12-03"


def test_a_lapsed_card_is_renewed_at_the_desk(counter, lively, chiyo, tuesday):
    """PAT-1."""
    Patron.objects.filter(pk=chiyo.pk).update(last_used_on="2024-01-01")
    assert "カードを更新する" in text(scan(counter, "20000035"))
    page = text(counter.post(at("check-out-card-renewal"), {"patron": chiyo.pk}))
    assert "カードを更新しました" in page
    chiyo.refresh_from_db()
    assert chiyo.last_used_on == tuesday


def test_the_same_item_again_offers_to_renew(counter, senior, lively, akari):
    """A103, REN-2."""
    item = lively.loans["due_soon"].item
    page = text(scan(counter, item.item_number, akari))
    assert "延長しますか" in page
    assert f'name="loan" value="{lively.loans["due_soon"].pk}"' in page
    assert "延長しました" in text(counter.post(at("check-out-renewal"), {"loan": lively.loans["due_soon"].pk}))
    assert Loan.objects.get(item=item).renewals == 1
    refused = counter.post(at("check-out-renewal"), {"loan": lively.loans["due_soon"].pk})
    assert refused.status_code == 409
    assert "延長は1回まで" in text(refused)
    form = {"loan": lively.loans["due_soon"].pk, "override": "1", "reason": "入院のため"}
    assert "延長しました" in text(senior.post(at("check-out-renewal"), form))


def test_a_loan_of_today_is_undone(counter, lively, akari):
    """A165: and one of another day is not."""
    item = item_of(lively.bibs["free"])
    scan(counter, item.item_number, akari)
    page = text(counter.post(at("check-out-undoing"), {"loan": Loan.objects.get(item=item).pk}))
    assert "貸出を取り消しました　書架へ" in page
    item.refresh_from_db()
    assert not item.is_on_loan
    old = counter.post(at("check-out-undoing"), {"loan": lively.loans["new"].pk})
    assert old.status_code == 409
    assert Loan.objects.get(pk=lively.loans["new"].pk).is_open


def test_a_warning_lends_and_asks_to_look(counter, lively, chiyo):
    """PUL-4: somebody has reserved what a visitor brings to the desk."""
    item = item_of(lively.bibs["others"])
    page = text(scan(counter, item.item_number, chiyo))
    assert Loan.objects.get(item=item).patron == chiyo
    assert "desk-look" in page
    assert "待っている予約が1件" in page


def test_markup_in_a_title_is_shown_and_not_obeyed(counter, home, akari):
    """A188."""
    bib = BibFactory(title="<script>alert(1)</script>", items=1)
    page = text(scan(counter, item_of(bib).item_number, akari))
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
