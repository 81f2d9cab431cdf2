"""A library shuts unexpectedly: dates move, never earlier, and can be moved back (CAL-8, A88)."""

from datetime import date, time, timedelta

import pytest

from circulation import actions as circulation
from circulation.models import Loan
from delivery import actions as delivery
from delivery.actions import emergency
from delivery.models import Bag, DeliveryRun
from holds import actions as holds
from holds.models import Hold
from holds.queries import overdue_loans
from notifications.models import Notice
from okalib import days, jobs
from okalib.models import Closure, EmergencyClosure, EmergencyMove, StaffAction
from okalib.rules import Refused
from tests.factories import BibFactory, ItemFactory, PatronFactory

pytestmark = pytest.mark.django_db

FIRST, LAST = date(2026, 12, 10), date(2026, 12, 17)
REOPENS = date(2026, 12, 18)


def nine(day):
    return days.at(day, time(9))


@pytest.fixture
def close(home, coop):
    """Close the prefectural library, or another, from Thursday, Dec 10, to Thursday, Dec 17; found out on Dec 10."""

    def closed(library=home, **how):
        usual = {"first_on": FIRST, "last_on": LAST, "reason": "断水", "now": nine(FIRST)}
        return delivery.close_in_emergency(library=library, by=coop, **usual | how)

    return closed


@pytest.fixture
def loan(akari, botchan, desk, ten):
    """坊っちゃん, due on Tuesday, Dec 15."""
    return circulation.check_out(item=botchan.items.get(), patron=akari, by=desk, now=ten).loan


@pytest.fixture
def ready(aya, kusamakura, home, desk):
    """草枕, ready for Aya since Saturday, Dec 5, and kept until Saturday, Dec 12."""
    friday = nine(date(2026, 12, 4))
    holds.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=None, now=friday)
    hold = circulation.check_in(item=kusamakura.items.first(), by=desk, now=friday).hold
    holds.announce(day=date(2026, 12, 5), now=nine(date(2026, 12, 5)))
    Notice.objects.update(state="sent", sent_at=nine(date(2026, 12, 5)), next_try_at=None)
    return Hold.objects.get(pk=hold.pk)


def due(loan):
    fresh = Loan.objects.select_related("item").get(pk=loan.pk)
    assert fresh.due_on == fresh.item.due_on
    return fresh.due_on


def kept(hold):
    return Hold.objects.get(pk=hold.pk).keep_until


def dates():
    return {
        "loans": list(Loan.objects.order_by("pk").values_list("pk", "due_on")),
        "holds": list(Hold.objects.order_by("pk").values_list("pk", "keep_until")),
        "closures": list(Closure.objects.values_list("library", "first_on", "last_on")),
    }


# ── What moves, and where to ──


def test_due_dates_and_shelf_deadlines_move_to_open_days(close, loan, ready):
    """CAL-8, A88: due on the first open day; the shelf period has its seven open days again."""
    assert kept(ready) == date(2026, 12, 12)
    close()
    assert due(loan) == REOPENS
    # 5, 6, 8, 9 were open; then 18, 19, 20
    assert kept(ready) == date(2026, 12, 20)


def test_what_lies_outside_the_period_stays(close, akari, home, desk, ten):
    """CAL-8: due the day before it and the day after it."""
    before = circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=nine(date(2026, 11, 25))).loan
    after = circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=nine(date(2026, 12, 4))).loan
    assert (before.due_on, after.due_on) == (date(2026, 12, 9), REOPENS)
    close()
    assert (due(before), due(after)) == (date(2026, 12, 9), REOPENS)


def test_what_was_overdue_before_stays_overdue(close, akari, desk):
    """CAL-8."""
    late = circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=nine(date(2026, 11, 20))).loan
    assert late.due_on == date(2026, 12, 4)
    close()
    assert due(late) == date(2026, 12, 4)
    assert overdue_loans(akari, REOPENS) == 1


def test_a_loan_of_another_library_is_not_touched_and_its_own_closure_touches_no_other(close, loan, akari, bizen, ten):
    """CAL-8, CAL-4: delivered items go back to 備前."""
    delivered = circulation.check_out(
        item=ItemFactory(), patron=akari, by=None, now=ten, channel="pickup", return_to=bizen, due_on=loan.due_on
    ).loan
    close(bizen)
    assert (due(loan), due(delivered)) == (date(2026, 12, 15), REOPENS)
    close()
    assert (due(loan), due(delivered)) == (REOPENS, REOPENS)


def test_what_has_been_handed_in_or_returned_is_left_alone(close, loan, bizen, akari, desk, ten):
    """RET-3, CAL-8."""
    circulation.receive(item=loan.item, library=bizen, by=None, now=nine(date(2026, 12, 8)))
    back = circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=ten).loan
    circulation.check_in(item=back.item, by=desk, now=nine(date(2026, 12, 8)))
    assert close().moves.count() == 0


def test_what_comes_back_at_once_is_spread_over_the_days_that_staff_choose(close, desk, ten):
    """CAL-8: six loans over three open days, two on each."""
    loans = [
        circulation.check_out(item=ItemFactory(), patron=PatronFactory(), by=desk, now=ten).loan for _number in range(6)
    ]
    close(spread_days=3)
    moved = sorted(due(loan) for loan in loans)
    assert moved == [day for day in (date(2026, 12, 18), date(2026, 12, 19), date(2026, 12, 20)) for _twice in "ab"]


@pytest.mark.parametrize("spread_days", [1, 2, 5])
def test_no_date_becomes_earlier(close, loan, ready, spread_days):
    """CAL-8, SHF-2: extended periods included."""
    before = due(loan), kept(ready)
    close(spread_days=spread_days)
    assert due(loan) > before[0] and kept(ready) > before[1]


def test_an_extended_shelf_period_keeps_its_extension(close, ready, coop):
    """SHF-5, A88: fourteen open days, of which six lie before the closure or within the old period."""
    holds.extend(hold=ready, by=coop, now=nine(date(2026, 12, 8)))
    assert kept(ready) == date(2026, 12, 20)
    close()
    # 5, 6, 8, 9; 18, 19, 20; 22 … 27 of December; January 5
    assert kept(ready) == date(2027, 1, 5)


def test_a_second_closure_moves_what_the_first_has_moved(close, loan):
    """CAL-4, CAL-8: the water stays away for another week."""
    close()
    close(first_on=date(2026, 12, 18), last_on=date(2026, 12, 24), reason="断水の延長")
    assert due(loan) == date(2026, 12, 25)


# ── Look first; twice; killed; undone ──


def test_the_preview_is_what_then_happens_and_changes_nothing_itself(close, home, loan, ready, desk, ten):
    """CAL-8."""
    for _number in range(3):
        circulation.check_out(item=ItemFactory(), patron=PatronFactory(), by=desk, now=ten)
    before = dates()
    seen = delivery.preview_emergency(library=home, first_on=FIRST, last_on=LAST, now=nine(FIRST), spread_days=2)
    assert dates() == before
    closure = close(spread_days=2)
    assert {(move.kind, move.object_id, move.before, move.after) for move in seen} == set(
        closure.moves.values_list("kind", "object_id", "before", "after")
    )
    assert len(seen) == 5


def test_applied_twice_nothing_changes(close, loan, ready):
    """CAL-8, OPS-2: neither at once nor two days later, nor with another spread."""
    first = close()
    before = dates(), Notice.objects.count(), StaffAction.objects.count()
    for again in (close(), close(now=nine(date(2026, 12, 12))), close(spread_days=4)):
        assert again == first
    assert (dates(), Notice.objects.count(), StaffAction.objects.count()) == before
    assert EmergencyClosure.objects.count() == Closure.objects.count() == 1


class Killed(BaseException):
    """The worker is gone."""


@pytest.mark.parametrize("after", range(5))
def test_killed_after_any_number_of_moves_and_applied_again_it_ends_the_same(
    close, desk, ten, ready, monkeypatch, after
):
    """A240, CAL-8: four loans and one reservation, spread over two days."""
    for _number in range(4):
        circulation.check_out(item=ItemFactory(), patron=PatronFactory(), by=desk, now=ten)
    wanted = {
        (move.kind, move.object_id): move.after
        for move in delivery.preview_emergency(
            library=ready.pickup_at, first_on=FIRST, last_on=LAST, now=nine(FIRST), spread_days=2
        )
    }
    applied, apply = [], emergency._apply

    def die(**words):
        if len(applied) == after:
            raise Killed
        applied.append(words)
        apply(**words)

    monkeypatch.setattr(emergency, "AT_ONCE", 1)
    with monkeypatch.context() as patch:
        patch.setattr(emergency, "_apply", die)
        with pytest.raises(Killed):
            close(spread_days=2)
    assert EmergencyMove.objects.count() == after
    close(spread_days=2, now=nine(date(2026, 12, 11)))
    moved = {(move.kind, move.object_id): move.after for move in EmergencyMove.objects.all()}
    assert moved == wanted
    assert all(Loan.objects.get(pk=pk).due_on == on for (kind, pk), on in moved.items() if kind == "loan")
    assert kept(ready) == moved["hold", ready.pk]
    assert Notice.objects.filter(kind="dates_moved").count() == 5


def test_it_is_written_down_with_who_and_why(close, home, coop):
    """CAL-8, OPS-5."""
    closure = close(public_note="断水のため臨時休館します")
    trace = StaffAction.objects.get(verb="close_in_emergency")
    assert (trace.by, trace.reason) == (coop, "断水")
    assert (closure.applied_by, closure.is_in_force) == (coop, True)
    assert not home.opening_days().is_open(FIRST)


def test_undone_everything_is_where_it_was(close, home, loan, ready, coop):
    """CAL-8: twice, too."""
    before = dates()
    closure = close()
    for hours in (1, 2):
        delivery.undo_emergency(closure=closure, by=coop, now=nine(FIRST) + timedelta(hours=hours))
        assert dates() == before
    closure.refresh_from_db()
    assert (closure.undone_by, closure.is_in_force) == (coop, False)
    assert home.opening_days().is_open(FIRST)
    assert StaffAction.objects.filter(verb="undo_emergency").count() == 1


def test_undone_late_nothing_goes_back_to_a_day_that_has_passed(close, loan, ready, coop):
    """CAL-8: nobody becomes overdue by it; on Wednesday, Dec 16, it is over."""
    closure = close()
    delivery.undo_emergency(closure=closure, by=coop, now=nine(date(2026, 12, 16)))
    assert due(loan) == date(2026, 12, 16)
    assert kept(ready) == date(2026, 12, 16)


def test_undone_what_somebody_has_moved_since_stays(close, loan, akari, coop, because, ready):
    """CAL-8: Akari's loan was renewed meanwhile, Aya's title was lent."""
    closure = close()
    renewed = circulation.renew(loan=loan, by=coop, now=nine(date(2026, 12, 11)), override=because)
    circulation.check_out(item=ready.item, patron=ready.patron, by=coop, now=nine(date(2026, 12, 11)))
    delivery.undo_emergency(closure=closure, by=coop, now=nine(date(2026, 12, 12)))
    assert due(loan) == renewed.due_on
    assert Hold.objects.get(pk=ready.pk).state == "fulfilled"


def test_after_an_undo_the_same_days_can_be_closed_anew(close, loan, coop):
    """CAL-8."""
    first = close()
    delivery.undo_emergency(closure=first, by=coop, now=nine(FIRST))
    assert close() != first
    assert due(loan) == REOPENS


# ── Told, paused, held back ──


def test_each_patron_is_told_once_with_all_dates_that_moved(close, loan, akari, ready, desk, ten):
    """A88, NTF-1: what for and from when to when."""
    circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=ten)
    close(public_note="断水のため")
    told = {notice.patron: notice.context for notice in Notice.objects.filter(kind="dates_moved")}
    assert told.keys() == {akari, ready.patron}
    assert [(move["old_on"], move["new_on"]) for move in told[akari]["moves"]] == [("2026-12-15", "2026-12-18")] * 2
    assert told[ready.patron]["moves"][0]["label"]["ja"] == "取置期限"
    assert told[akari]["reason"] == "断水のため"


def test_who_was_told_of_a_closure_is_told_when_it_is_called_off(close, loan, akari, ready, coop):
    """CAL-8: else somebody trusts the later date, and becomes overdue by it. Twice undone, told once."""
    closure = close()
    Notice.objects.filter(kind="dates_moved").update(state="sent", sent_at=nine(FIRST), next_try_at=None)
    for hours in (1, 2):
        delivery.undo_emergency(closure=closure, by=coop, now=nine(FIRST) + timedelta(hours=hours))
    told = {notice.patron: notice.context for notice in Notice.objects.filter(key__startswith="dates_back:")}
    assert told.keys() == {akari, ready.patron}
    [move] = told[akari]["moves"]
    assert (move["old_on"], move["new_on"]) == ("2026-12-18", "2026-12-15")
    assert told[akari]["reason"]["ja"] == "臨時休館の取消"
    assert Notice.objects.filter(kind="dates_moved").count() == 4


def test_a_mail_about_a_closure_that_was_called_off_is_not_sent(close, loan, ready, coop):
    """CAL-8, NTF-2: who has heard nothing hears nothing."""
    closure = close()
    delivery.undo_emergency(closure=closure, by=coop, now=nine(FIRST))
    assert set(Notice.objects.filter(kind="dates_moved").values_list("state", flat=True)) == {"withdrawn"}


def test_a_closure_that_leaves_no_open_day_in_reach_is_refused(close, home, loan):
    """CAL-6, CAL-8: nothing could be moved to an open day; the preview says so too."""
    for attempt in (
        lambda: close(last_on=date(2028, 6, 1)),
        lambda: delivery.preview_emergency(
            library=home, first_on=FIRST, last_on=date(2028, 6, 1), now=nine(FIRST), spread_days=1
        ),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.codes == {"no_open_day"}
    assert not EmergencyClosure.objects.exists()


def test_thousands_of_dates_are_moved_some_hundred_at_a_time(close, loan, desk, ten, django_assert_max_num_queries):
    """CAL-8: thirty loans of thirty patrons take no more statements for their dates than one."""
    for _number in range(30):
        circulation.check_out(item=ItemFactory(), patron=PatronFactory(), by=desk, now=ten)
    with django_assert_max_num_queries(50 + 31 * 4):  # a mail for each
        close()
    assert Loan.objects.filter(due_on=REOPENS).count() == 31


def test_the_mail_that_still_waits_tells_the_new_deadline(close, ready):
    """A88, A253: the page, the slip and the mail say the same."""
    from notifications import causes

    notice = Notice.objects.get(kind="ready")
    close()
    assert causes.reason_to_withdraw(notice) is None
    assert notice.context["keep_until"] == "2026-12-20"


def test_nothing_expires_while_the_library_is_shut(close, ready, coop):
    """CAL-8: what had run out the day before is left alone too, until the library opens again."""
    Hold.objects.filter(pk=ready.pk).update(announced_on=date(2026, 12, 1), keep_until=date(2026, 12, 9))
    Notice.objects.update(key=holds.shelf.ready_key(Hold.objects.get(pk=ready.pk)), sent_at=nine(date(2026, 12, 1)))
    EmergencyClosure.objects.create(
        library=ready.pickup_at, first_on=FIRST, last_on=LAST, reason="断水", applied_at=nine(FIRST)
    )
    for day, state in ((FIRST, "ready"), (LAST, "ready"), (REOPENS, "expired")):
        jobs.run_for("expiry", day, now=days.at(day, time(0, 30)))
        assert Hold.objects.get(pk=ready.pk).state == state


def test_nobody_is_reminded_of_what_cannot_be_returned(close, akari, desk):
    """CAL-8: seven days late on Dec 11, and shut; the next stage is told after it."""
    circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=nine(date(2026, 11, 20)))
    close()
    told = []
    for day in days.each_day(FIRST, REOPENS):
        jobs.run_for("due_and_overdue", day, now=days.at(day, time(7)))
        told += [day] * Notice.objects.filter(kind="overdue").exists()
    assert told == [REOPENS]
    assert Notice.objects.get(kind="overdue").context["days_late"] == 14


def test_bags_for_a_library_that_was_shut_after_they_were_packed_stay_in_the_house(
    close, akari, aya, bizen, okayama, desk, coop, ten, sunday
):
    """CAL-8: held back, and sent once they can be collected."""
    for patron, library in ((akari, bizen), (aya, okayama)):
        bib = BibFactory(items=1)
        holds.reserve(patron=patron, bib=bib, pickup_at=library, by=None, now=ten)
        circulation.check_in(item=bib.items.get(), by=desk, now=ten)
    delivery.plan(first=sunday, last=sunday)
    delivery.run(run=DeliveryRun.objects.get(), by=coop, now=nine(sunday))
    closure = close(bizen, now=nine(date(2026, 12, 7)), last_on=date(2026, 12, 20))
    assert delivery.send(bags=Bag.objects.all(), by=coop, now=nine(date(2026, 12, 8))) == 1
    assert Bag.objects.get(library=bizen).is_packed
    delivery.undo_emergency(closure=closure, by=coop, now=nine(date(2026, 12, 9)))
    assert delivery.send(bags=Bag.objects.all(), by=coop, now=nine(date(2026, 12, 9))) == 1


def test_the_run_sends_nothing_to_a_library_that_is_shut_in_emergency(
    close, akari, bizen, botchan, desk, coop, ten, sunday
):
    """CAL-8, A175."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=bizen, by=None, now=ten)
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    close(bizen, now=ten, last_on=date(2026, 12, 20))
    delivery.plan(first=sunday, last=sunday)
    run = DeliveryRun.objects.get()
    assert delivery.run(run=run, by=coop, now=nine(sunday)) == delivery.RunResult(0, 1)
    assert run.exceptions.get().codes == ["pickup_shut"]
