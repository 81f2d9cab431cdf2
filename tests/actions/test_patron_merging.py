"""Two records of one person become one: what moves, what ends, and that the preview says all of it (A226, PAT-2)."""

from datetime import date, timedelta

import pytest

from catalog.models import SavedSearch
from circulation import actions as desk_actions
from circulation import queries
from circulation.models import CalendarFeed, Loan, ReadingRecord, RestPeriod
from circulation.queries.merging import LEFT_BEHIND
from delivery.consistency import INVARIANTS
from holds.actions import add_to_basket, reserve
from holds.models import BasketLine, Hold
from holds.rules import HoldState
from notifications.models import Notice
from okalib import people
from okalib.actions import patrons
from okalib.models import Card, Patron, PatronView, StaffAction, User
from okalib.rules import BlockKind, Refused
from tests.factories import BibFactory, PatronFactory

WHY = "二重登録のため"


@pytest.fixture
def twin(home):
    """青木あかり, registered a second time by mistake."""
    return PatronFactory(name="青木 あかり", name_kana="アオキ アカリ", email="", phone="086-1", card="20000042")


def merge(stays, ends, by, now, **more):
    """Make them one."""
    return desk_actions.merge_patrons(stays=stays, ends=ends, by=by, now=now, reason=WHY, **more)


def words(shown):
    """What the preview says of each table."""
    return {str(line.words): (line.moved, line.dropped) for line in shown.lines}


def test_loans_reservations_and_everything_else_move_and_the_other_record_ends(
    akari, twin, home, kusamakura, botchan, desk, ten
):
    loan = desk_actions.check_out(item=kusamakura.items.first(), patron=twin, by=desk, now=ten).loan
    hold = reserve(patron=twin, bib=botchan, pickup_at=home, by=twin.user, now=ten)
    placed = patrons.block(patron=twin, kind=BlockKind.HOLDS, reason="調査", by=desk, now=ten)
    patrons.note_view(patron=twin, by=desk, now=ten)
    patrons.issue_activation_code(patron=twin, by=desk, now=ten)
    add_to_basket(patron=twin, bib=BibFactory(items=1), now=ten)
    shown = queries.merging(akari, twin)
    assert [each.pk for each in shown.loans] == [loan.pk]
    assert [each.pk for each in shown.holds] == [hold.pk]
    said = words(shown)
    assert said["貸出"] == (1, 0)
    assert said["予約"] == (1, 0)
    assert said["利用者カード"] == (1, 0)
    assert said["登録コード"] == (0, 1)
    merge(akari, twin, desk, ten, seen=shown.mark)
    for each in (loan, hold, placed):
        each.refresh_from_db()
        assert each.patron == akari
    loan.item.refresh_from_db()
    assert loan.item.holder == akari
    assert BasketLine.objects.get().patron == akari
    assert PatronView.objects.get().patron == akari
    assert not Patron.objects.filter(pk=twin.pk).exists()
    assert not User.objects.filter(pk=twin.user_id).exists()


def test_the_other_card_dies_at_once_and_alerts_the_desk_while_the_own_one_stays(akari, twin, desk, ten):
    """PAT-2."""
    merge(akari, twin, desk, ten)
    dead = people.card_at_desk("20000042", now=ten)
    assert (dead.patron, dead.owner, dead.refusal.code) == (None, akari, "card_dead")
    assert "統合" in dead.refusal.in_language("ja")
    assert people.card_at_desk("20000011", now=ten).patron == akari
    assert Card.objects.filter(patron=akari).count() == 2


def test_whoever_is_logged_in_as_the_record_that_ends_is_logged_out(akari, twin, desk, ten, client):
    client.force_login(twin.user, backend="okalib.auth.CardBackend")
    merge(akari, twin, desk, ten)
    assert client.get("/my/").status_code == 302


def test_of_two_reservations_of_a_title_the_one_with_an_item_stays_and_the_place_is_kept(
    akari, twin, aya, home, botchan, desk, ten
):
    """HLD-3: one open reservation of a title; nobody in between is overtaken by it twice."""
    first = reserve(patron=twin, bib=botchan, pickup_at=home, by=twin.user, now=ten - timedelta(days=3))
    between = reserve(patron=aya, bib=botchan, pickup_at=home, by=aya.user, now=ten - timedelta(days=2))
    second = reserve(patron=akari, bib=botchan, pickup_at=home, by=akari.user, now=ten - timedelta(days=1))
    desk_actions.check_in(item=botchan.items.get(), by=desk, now=ten)
    shown = queries.merging(akari, twin)
    assert [(stays.pk, ends.pk) for stays, ends in shown.ended_holds] == [(first.pk, second.pk)]
    merge(akari, twin, desk, ten)
    kept = Hold.objects.open().get(patron=akari)
    assert (kept.pk, kept.state) == (first.pk, HoldState.SECURED)
    second.refresh_from_db()
    assert second.state == HoldState.CANCELLED
    between.refresh_from_db()
    assert between.is_waiting
    assert not Notice.objects.filter(kind="cancelled_by_staff").exists()


def test_a_second_item_set_aside_for_the_same_person_goes_to_the_next_in_the_queue(
    akari, twin, aya, home, kusamakura, desk, ten
):
    """HLD-7."""
    for days_ago, patron in ((3, akari), (2, twin), (1, aya)):
        reserve(patron=patron, bib=kusamakura, pickup_at=home, by=patron.user, now=ten - timedelta(days=days_ago))
    for item in kusamakura.items.all():
        desk_actions.check_in(item=item, by=desk, now=ten)
    merge(akari, twin, desk, ten)
    bound = dict(Hold.objects.bound().values_list("patron__name", "state"))
    assert set(bound) == {"青木あかり", "馬場文"}


def test_limits_are_exceeded_and_the_preview_says_so(akari, twin, home, desk, ten):
    """LIM-1, LIM-2: what is on loan stays on loan, and the consistency check knows why (LIM-4)."""
    for patron in (akari, twin):
        for bib in BibFactory.create_batch(6, items=1):
            desk_actions.check_out(item=bib.items.get(), patron=patron, by=desk, now=ten)
    assert queries.merging(akari, twin).over_limits == [("loans", "print", 12, 10)]
    merge(akari, twin, desk, ten)
    assert Loan.objects.open().filter(patron=akari).count() == 12
    assert not INVARIANTS["loan_limit_exceeded"].find(ten).exists()
    StaffAction.objects.filter(verb="merge_patrons").delete()
    assert INVARIANTS["loan_limit_exceeded"].find(ten).get() == akari


@pytest.mark.parametrize(("own", "others", "moves"), [(True, True, True), (False, True, False), (True, False, False)])
def test_a_reading_record_moves_only_if_both_have_asked_for_one(akari, twin, botchan, desk, ten, own, others, moves):
    """RET-5; and how much it holds is not said."""
    Patron.objects.filter(pk=akari.pk).update(keeps_reading_record=own)
    Patron.objects.filter(pk=twin.pk).update(keeps_reading_record=others)
    ReadingRecord.objects.create(patron=twin, bib=botchan, lent_on=date(2026, 11, 1), returned_on=date(2026, 11, 9))
    shown = queries.merging(Patron.objects.get(pk=akari.pk), Patron.objects.get(pk=twin.pk))
    assert "読書記録" not in words(shown)
    assert (shown.reading_record_moves, shown.reading_record_ends) == (moves, others and not own)
    merge(akari, twin, desk, ten)
    assert ReadingRecord.objects.filter(patron=akari).count() == moves
    assert ReadingRecord.objects.count() == moves


def test_what_one_has_once_is_not_doubled_and_the_longer_rest_counts(akari, twin, botchan, desk, ten):
    """LON-5."""
    for patron, until in ((akari, date(2026, 12, 3)), (twin, date(2026, 12, 7))):
        add_to_basket(patron=patron, bib=botchan, now=ten)
        RestPeriod.objects.create(patron=patron, bib=botchan, until_on=until)
        SavedSearch.objects.create(
            patron=patron, name="猫", address="q=neko", saved_at=ten, told_batch=0, looked_batch=0
        )
    said = words(queries.merging(akari, twin))
    assert said["保存した検索"] == (0, 1)
    assert said["予約かご"] == (0, 1)
    merge(akari, twin, desk, ten)
    assert BasketLine.objects.filter(patron=akari).count() == 1
    assert SavedSearch.objects.get().patron == akari
    assert RestPeriod.objects.get().until_on == date(2026, 12, 7)


def test_the_secret_address_of_the_calendar_dies_with_its_record(akari, twin, desk, ten):
    desk_actions.open_feed(patron=twin, shows_titles=False, now=ten)
    merge(akari, twin, desk, ten)
    assert not CalendarFeed.objects.exists()


def test_blank_fields_are_filled_in_and_typed_ones_stay(akari, twin, desk, ten):
    Patron.objects.filter(pk=twin.pk).update(
        area="備前市", email="other@example.com", registered_on=date(2019, 4, 1), last_used_on=date(2026, 11, 30)
    )
    merge(akari, twin, desk, ten)
    akari.refresh_from_db()
    assert (akari.area, akari.email) == ("備前市", "akari@example.com")
    assert (akari.registered_on, akari.last_used_on) == (date(2019, 4, 1), date(2026, 11, 30))


def test_who_when_what_and_why_are_written_down_and_no_name(akari, twin, desk, ten):
    """OPS-5."""
    number = twin.pk
    merge(akari, twin, desk, ten)
    written = StaffAction.objects.get(verb="merge_patrons")
    assert (written.by, written.at, written.patron, written.reason) == (desk, ten, akari, WHY)
    assert written.subject == f"patron {number} → {akari.pk}"


def test_without_a_reason_with_oneself_or_after_a_change_nothing_is_done(akari, twin, home, botchan, desk, ten):
    seen = queries.merging(akari, twin).mark
    reserve(patron=twin, bib=botchan, pickup_at=home, by=twin.user, now=ten)
    for typed, code in (
        ({"stays": akari, "ends": twin, "reason": " "}, "reason_missing"),
        ({"stays": akari, "ends": akari, "reason": WHY}, "same_record"),
        ({"stays": akari, "ends": twin, "reason": WHY, "seen": seen}, "changed_since"),
    ):
        with pytest.raises(Refused) as refused:
            desk_actions.merge_patrons(by=desk, now=ten, **typed)
        assert refused.value.codes == {code}
    assert Patron.objects.count() == 2
    assert Hold.objects.get().patron == twin
    assert not StaffAction.objects.filter(verb="merge_patrons").exists()


def test_merging_is_done_wholly_or_not_at_all(akari, twin, home, kusamakura, desk, ten, monkeypatch):
    """A failure at the very end leaves both as they were."""
    desk_actions.check_out(item=kusamakura.items.first(), patron=twin, by=desk, now=ten)

    def fail(**_typed):
        raise RuntimeError

    monkeypatch.setattr("circulation.actions.merging.staff.record", fail)
    with pytest.raises(RuntimeError):
        merge(akari, twin, desk, ten)
    assert Loan.objects.get().patron == twin
    assert people.card_at_desk("20000042", now=ten).patron == twin


def test_no_table_that_points_at_a_patron_is_forgotten(akari, twin):
    """A new one moves by itself; what a patron has only once must be named in circulation.queries.merging."""
    labels = {part.label for part in queries.parts(akari, twin)}
    assert {"okalib.StaffAction", "okalib.Card", "notifications.Notice"} <= labels
    once = {
        relation.related_model._meta.label
        for relation in Patron._meta.get_fields(include_hidden=True)
        if relation.auto_created and relation.one_to_one
    }
    assert once == LEFT_BEHIND
