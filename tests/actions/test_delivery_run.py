"""Sunday: lent now or kept for next week, packed, and the same however often it is started (DLV-1…DLV-8; A157…A176)."""

import contextlib
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from django.db import transaction

from catalog.models import Item
from circulation import actions as circulation
from circulation.actions import lending, lending_kept
from circulation.models import Loan
from delivery import actions as delivery
from delivery import queries
from delivery.actions import running
from delivery.models import Bag, DeliveryRun, RunException, RunExclusion, SlipLine
from holds import actions as holds
from holds import queries as queue
from holds.models import Hold
from notifications.models import Notice
from okalib import days, jobs, one_by_one
from okalib.actions import calendar
from okalib.models import Block, Closure, JobRun, OpeningHours, Patron
from okalib.rules import Refused
from tests.factories import BibFactory, CategoryFactory, ItemFactory, PatronFactory

pytestmark = pytest.mark.django_db

SUNDAY = date(2026, 12, 6)
NOON = days.at(SUNDAY, time(12))
NEXT_NOON = days.at(date(2026, 12, 13), time(12))


@pytest.fixture
def run(home):
    """The run of Sunday, Dec 6: window from Dec 11 to 17, due on Jan 5."""
    delivery.plan(first=SUNDAY, last=date(2026, 12, 20))
    return DeliveryRun.objects.get(lend_on=SUNDAY)


@pytest.fixture
def next_run(run):
    """The run of the Sunday after."""
    return DeliveryRun.objects.get(lend_on=date(2026, 12, 13))


@pytest.fixture
def secure(desk, ten):
    """Reserve a title for a patron at a library and have its item fetched, on Tuesday unless told otherwise."""

    def secured(patron, library, bib=None, at=ten):
        bib = bib or BibFactory(items=1)
        hold = holds.reserve(patron=patron, bib=bib, pickup_at=library, by=None, now=at)
        circulation.check_in(item=bib.items.first(), by=desk, now=at)
        return Hold.objects.get(pk=hold.pk)

    return secured


def start(run, now=NOON):
    return delivery.run(run=run, by=None, now=now)


def state_of(hold):
    return Hold.objects.get(pk=hold.pk).state


def facts():
    """All that a run may write, without the moments."""
    return {
        "loans": sorted(Loan.objects.values_list("item", "patron", "due_on", "channel", "return_to", "returned_on")),
        "bags": sorted(Bag.objects.values_list("run", "library", "state", "lines__loan__item")),
        "holds": sorted(Hold.objects.values_list("pk", "state", "item")),
        "items": sorted(Item.objects.values_list("pk", "whereabouts", "due_on")),
        "exceptions": sorted(RunException.objects.values_list("run", "hold", "reasons")),
        "lent": list(DeliveryRun.objects.order_by("pk").values_list("pk", "lent_at")),
    }


# ── Lent, packed, listed (DLV-4, DLV-5, DLV-6) ──


def test_each_able_patron_has_a_loan_a_line_and_a_bag_of_their_own(run, akari, aya, bizen, okayama, secure):
    """A157, DLV-4: as many loans as slip lines, one bag per patron and library."""
    for patron, library in ((akari, bizen), (akari, bizen), (akari, okayama), (aya, bizen)):
        secure(patron, library)
    assert start(run) == delivery.RunResult(lent=4, exceptions=0)
    assert Loan.objects.count() == SlipLine.objects.count() == 4
    bags = [(bag.patron.name, bag.library, bag.lines.count()) for bag in queries.bags_of(run)]
    assert sorted(bags, key=str) == sorted(
        [(akari.name, bizen, 2), (akari.name, okayama, 1), (aya.name, bizen, 1)], key=str
    )


def test_the_loan_is_of_the_channel_pickup_and_due_two_weeks_after_the_window(run, akari, bizen, secure):
    """DLV-4, DLV-6, A127: loan, item and slip say the same day."""
    hold = secure(akari, bizen)
    start(run)
    loan = Loan.objects.get()
    line = SlipLine.objects.get()
    assert (loan.channel, loan.return_to, loan.patron) == ("pickup", bizen, akari)
    assert loan.due_on == line.due_on == Item.objects.get().due_on == date(2027, 1, 5)
    assert state_of(hold) == "fulfilled"


def test_the_patron_sees_it_under_loans_with_its_way_and_no_longer_under_reservations(run, akari, bizen, secure):
    """A162, DLV-5, DLV-12."""
    hold = secure(akari, bizen)
    start(run)
    assert list(queue.of_patron(akari)) == []
    way = queries.ways(akari)[Loan.objects.get().pk]
    assert way.reached == "packed"
    assert [(step.step, step.at is not None) for step in way.steps] == [
        ("secured", True), ("packed", True), ("sent", False), ("arrived", False),
        ("handed_over", False), ("on_the_way_back", False), ("returned", False),
    ]  # fmt: skip
    assert way.steps[0].at == hold.secured_at


def test_the_run_itself_writes_no_mail(run, akari, bizen, secure):
    """DLV-7: that is Thursday's."""
    secure(akari, bizen)
    start(run)
    assert not Notice.objects.exists()


def test_what_is_collected_at_the_prefectural_library_stays_there(run, akari, home, secure):
    """DLV-3."""
    hold = secure(akari, home)
    assert start(run).lent == 0
    assert state_of(hold) == "secured"


def test_a_branch_is_reached_by_way_of_its_central_library(run, akari, hinase, bizen, secure):
    """A167, DLV-8: the bag is the branch's and knows its route."""
    secure(akari, hinase)
    start(run)
    (bag,) = queries.bags_of(run)
    assert (bag.library, bag.library.central) == (hinase, bizen)
    assert "at_central" in [step.step for step in queries.ways(akari)[Loan.objects.get().pk].steps]


# ── Who is tried, and in which order (DLV-3) ──


@pytest.mark.parametrize(
    ("secured_at", "is_lent"),
    [
        (days.at(date(2026, 12, 5), time(23, 59, 59)), True),
        (days.midnight(SUNDAY), False),
    ],
)
def test_only_what_was_secured_by_the_cut_off_goes(run, next_run, akari, bizen, secure, secured_at, is_lent):
    """DLV-3: what came later goes with the next run."""
    secure(akari, bizen, at=secured_at)
    assert start(run).lent == is_lent
    assert start(next_run, NEXT_NOON).lent == (not is_lent)


def test_the_last_free_place_goes_to_the_title_that_others_wait_for_and_then_by_acceptance(
    run, akari, aya, bizen, home, secure, ten
):
    """DLV-3, LIM-1: of three titles two may be borrowed; the one that Aya waits for goes first."""
    akari.category = CategoryFactory(code="two", loans_print=2, holds_print=10)
    akari.save()
    wanted = BibFactory(items=1)
    first, second = (secure(akari, bizen, at=ten + timedelta(hours=hour)) for hour in (0, 1))
    third = secure(akari, bizen, wanted, at=ten + timedelta(hours=2))
    holds.reserve(patron=aya, bib=wanted, pickup_at=home, by=None, now=ten + timedelta(hours=3))
    assert start(run) == delivery.RunResult(lent=2, exceptions=1)
    assert [state_of(hold) for hold in (third, first, second)] == ["fulfilled", "fulfilled", "secured"]


def test_an_item_that_still_stands_on_the_hold_shelf_of_another_waits(
    run, next_run, akari, aya, home, bizen, botchan, desk, secure, ten
):
    """SHF-4: it expired for Akari and is bound to Aya; it goes once staff have scanned it off the shelf."""
    secure(akari, home, botchan, at=ten - timedelta(days=14))
    told_at = ten - timedelta(days=13)
    holds.announce(day=days.day_of(told_at), now=told_at)
    Notice.objects.update(state="sent", sent_at=told_at, next_try_at=None)
    hers = holds.reserve(patron=aya, bib=botchan, pickup_at=bizen, by=None, now=ten)
    holds.expire(day=days.day_of(ten), now=ten)
    assert state_of(hers) == "secured"
    assert start(run).lent == 0
    circulation.check_in(item=botchan.items.get(), by=desk, now=NOON)
    assert start(next_run, NEXT_NOON).lent == 1


# ── Exceptions (DLV-3) ──


def test_who_fails_stays_secured_with_every_reason_and_the_others_go(run, akari, aya, chiyo, bizen, desk, secure):
    """A160, DLV-3: limits, overdue loans and blocks are looked at now, not when the item was secured."""
    for patron in (akari, aya, chiyo):
        secure(patron, bizen)
    circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=days.at(date(2026, 11, 10), time(10)))
    Block.objects.create(patron=akari, kind="loans", reason="相談中")
    Block.objects.create(patron=aya, kind="holds", reason="予約だけ停止")
    assert start(run) == delivery.RunResult(lent=2, exceptions=1)
    (exception,) = queries.exceptions_of(run)
    assert (exception.hold.patron, exception.codes) == (akari, ["blocked_loans", "overdue_loan"])
    assert "返却期限を過ぎた資料が1点" in exception.reasons
    assert exception.hold.is_secured


def test_next_week_it_is_tried_again_and_leaves_the_list_of_that_run(run, next_run, akari, bizen, desk, secure):
    """A160, DLV-3: both lists tell what happened in their week."""
    hold = secure(akari, bizen)
    late = circulation.check_out(
        item=ItemFactory(), patron=akari, by=desk, now=days.at(date(2026, 11, 10), time(10))
    ).loan
    start(run)
    circulation.check_in(item=late.item, by=desk, now=NOON + timedelta(days=1))
    assert start(next_run, NEXT_NOON) == delivery.RunResult(lent=1, exceptions=0)
    assert state_of(hold) == "fulfilled"
    assert len(queries.exceptions_of(run)) == 1
    assert queries.exceptions_of(next_run) == []


def test_run_again_after_the_obstacle_is_gone_the_same_run_lends_it(run, akari, bizen, secure):
    """DLV-3, A158: and its exception is gone."""
    hold = secure(akari, bizen)
    block = Block.objects.create(patron=akari, kind="loans", reason="相談中")
    start(run)
    block.delete()
    assert start(run, NOON + timedelta(hours=1)) == delivery.RunResult(lent=1, exceptions=0)
    assert (state_of(hold), RunException.objects.count()) == ("fulfilled", 0)


def test_films_and_books_have_limits_of_their_own_in_the_run_too(run, akari, bizen, secure):
    """LIM-1, A104."""
    akari.category = CategoryFactory(code="one", loans_print=1, loans_av=1, holds_print=10, holds_av=10)
    akari.save()
    for material in ("book", "book", "video", "music"):
        secure(akari, bizen, BibFactory(items=1, material=material))
    assert start(run) == delivery.RunResult(lent=2, exceptions=2)
    assert {code for row in RunException.objects.all() for code in row.codes} == {"loan_limit"}


def test_the_report_of_the_job_names_reservations_and_reasons_and_nobody(run, akari, bizen, secure, ten):
    """OPS-2, A160."""
    hold = secure(akari, bizen)
    Block.objects.create(patron=akari, kind="loans", reason="相談中")
    jobs.run_for("delivery_run", SUNDAY, now=NOON)
    report = JobRun.objects.get()
    assert report.counts == {"lent": 0, "exceptions": 1}
    assert report.exceptions == [f"hold {hold.pk}: blocked_loans"]


def test_a_look_ahead_says_what_the_run_would_do_and_changes_nothing(run, akari, aya, bizen, secure):
    """DLV-3, A110: limits fill up as they will in the run."""
    akari.category = CategoryFactory(code="one", loans_print=1, holds_print=10)
    akari.save()
    goes, stays, hers = secure(akari, bizen), secure(akari, bizen), secure(aya, bizen)
    before = facts()
    planned = {row.hold: [refusal.code for refusal in row.refusals] for row in delivery.preview(run=run, now=NOON)}
    assert planned == {goes: [], stays: ["loan_limit"], hers: []}
    assert facts() == before
    start(run)
    assert {hold.pk: state_of(hold) for hold in planned} == {
        goes.pk: "fulfilled",
        stays.pk: "secured",
        hers.pk: "fulfilled",
    }


# ── Left out, closed, cancelled (DLV-1, DLV-2, CAL-8) ──


def test_a_library_that_the_run_leaves_out_keeps_its_reservations_for_the_next(
    run, next_run, akari, aya, bizen, okayama, coop, ten, secure
):
    """DLV-2: with the reason; the others are served."""
    hold, other = secure(akari, bizen), secure(aya, okayama)
    delivery.leave_out(run=run, library=bizen, reason="空調工事のため", by=coop, now=ten)
    assert start(DeliveryRun.objects.get(pk=run.pk)) == delivery.RunResult(lent=1, exceptions=1)
    assert (state_of(hold), state_of(other)) == ("secured", "fulfilled")
    (exception,) = queries.exceptions_of(run)
    assert exception.codes == ["left_out"] and "空調工事のため" in exception.reasons
    assert RunExclusion.objects.count() == 1
    assert start(next_run, NEXT_NOON).lent == 1


def test_nothing_is_sent_to_a_library_that_is_closed_all_through_the_window(
    run, next_run, akari, bizen, coop, ten, secure
):
    """A175, CAL-8: it goes with the run after."""
    hold = secure(akari, bizen)
    calendar.close_period(
        library=bizen, first_on=run.window_from, last_on=run.window_to, reason="断水", by=coop, now=ten
    )
    start(run)
    assert [row.codes for row in queries.exceptions_of(run)] == [["pickup_shut"]]
    assert start(next_run, NEXT_NOON).lent == 1
    assert state_of(hold) == "fulfilled"


def test_a_library_that_opens_on_one_day_of_the_window_is_served(run, akari, bizen, coop, ten, secure):
    """A100, A175: the window is the run's own, whatever the library's closed days."""
    secure(akari, bizen)
    last_but_one = days.plus(run.window_to, -1)
    calendar.close_period(
        library=bizen, first_on=run.window_from, last_on=last_but_one, reason="断水", by=coop, now=ten
    )
    assert start(run).lent == 1


def test_a_library_without_open_days_in_its_calendar_stops_no_other(run, akari, aya, bizen, okayama, secure):
    """CAL-6, A75, A122: its own reservations are listed with what is wrong, the others go."""
    wrong, right = secure(akari, okayama), secure(aya, bizen)
    OpeningHours.objects.filter(library=okayama).delete()
    okayama.holiday_opens = okayama.holiday_closes = None
    okayama.save()
    assert start(run) == delivery.RunResult(lent=1, exceptions=1)
    assert (state_of(wrong), state_of(right)) == ("secured", "fulfilled")
    (exception,) = queries.exceptions_of(run)
    assert exception.codes == ["no_open_day"] and okayama.name in exception.reasons


def test_a_calendar_that_ends_after_the_window_is_an_exception_that_says_so(
    run, akari, aya, bizen, okayama, coop, ten, secure
):
    """CAL-6, A122: closed from the last day of the window for two years, by a row that no page would have taken."""
    secure(akari, okayama), secure(aya, bizen)
    Closure.objects.create(library=okayama, first_on=run.window_to, last_on=date(2028, 12, 31), reason="建替え")
    assert start(run) == delivery.RunResult(lent=1, exceptions=1)
    (exception,) = queries.exceptions_of(run)
    assert exception.codes == ["no_open_day"] and okayama.name in exception.reasons


def test_a_cancelled_run_lends_nothing(run, next_run, akari, bizen, coop, ten, secure):
    """DLV-1: by hand or by the timetable."""
    secure(akari, bizen)
    cancelled = delivery.cancel_run(run=run, by=coop, now=ten, reason="雪")
    assert start(cancelled) == delivery.RunResult(0, 0)
    assert jobs.run_for("delivery_run", SUNDAY, now=NOON).counts == {"lent": 0, "exceptions": 0}
    assert start(next_run, NEXT_NOON).lent == 1


def test_the_timetable_follows_the_dates_of_the_run_not_the_weekday(run, akari, bizen, coop, ten, secure):
    """A176: moved to Saturday, Sunday has nothing to do."""
    secure(akari, bizen)
    saturday = date(2026, 12, 5)
    dates = replace(run.dates, cut_off_on=date(2026, 12, 4), lend_on=saturday)
    delivery.reschedule(run=run, dates=dates, by=coop, now=ten)
    assert jobs.run_for("delivery_run", SUNDAY, now=NOON).counts["lent"] == 0
    assert jobs.run_for("delivery_run", saturday, now=days.at(saturday, time(12))).counts["lent"] == 1


def test_a_run_that_is_a_month_late_lends_nothing_that_would_be_overdue_at_once(run, akari, bizen, secure):
    """DLV-6, A194: it stays secured, with the reason, and goes with the next."""
    hold = secure(akari, bizen)
    start(run, days.at(date(2027, 1, 6), time(12)))
    assert [row.codes for row in queries.exceptions_of(run)] == [["due_date_past"]]
    assert state_of(hold) == "secured"


# ── Twice, and killed (OPS-2) ──


def test_started_twice_the_second_time_does_nothing(run, akari, aya, bizen, okayama, secure):
    """A158: no second loan, bag or line; not an hour later either."""
    for patron, library in ((akari, bizen), (aya, okayama), (aya, bizen)):
        secure(patron, library)
    start(run)
    before = facts()
    assert start(run, NOON + timedelta(hours=1)) == delivery.RunResult(0, 0)
    assert facts() == before


def test_what_was_secured_late_joins_the_bag_as_long_as_it_is_packed(run, akari, bizen, coop, secure):
    """A158, DLV-4: the cut-off is moved to Sunday; a bag that has been sent is followed by another."""
    secure(akari, bizen)
    start(run)
    secure(akari, bizen, at=days.at(SUNDAY, time(13)))
    dates = replace(run.dates, cut_off_on=SUNDAY)
    run = delivery.reschedule(run=run, dates=dates, by=coop, now=NOON)
    assert start(run, days.at(SUNDAY, time(14))).lent == 1
    assert [bag.lines.count() for bag in Bag.objects.all()] == [2]
    delivery.send(bags=Bag.objects.all(), by=coop, now=days.at(SUNDAY, time(15)))
    secure(akari, bizen, at=days.at(SUNDAY, time(16)))
    assert start(run, days.at(SUNDAY, time(17))).lent == 1
    assert sorted(bag.lines.count() for bag in Bag.objects.all()) == [1, 2]


class Killed(BaseException):
    """The worker is gone."""


HOW_MANY = 5


@pytest.mark.parametrize("handful", [1, 2, 3, HOW_MANY])
@pytest.mark.parametrize("after", range(1, HOW_MANY + 1))
def test_killed_after_any_number_of_loans_and_started_again_it_ends_the_same(
    run, home, bizen, okayama, secure, monkeypatch, after, handful
):
    """A159, A240: the first are untouched, the rest is done, and one is an exception each time."""
    monkeypatch.setattr(one_by_one, "HANDFUL", handful)
    patrons = [PatronFactory(name=f"利用者{number}") for number in range(4)]
    for number in range(HOW_MANY):
        secure(patrons[number % 4], (bizen, okayama)[number % 2])
    Block.objects.create(patron=patrons[2], kind="loans", reason="相談中")

    looked_at = []

    def die(done, total):
        assert total == HOW_MANY
        looked_at.append(done)
        if done >= after:
            raise Killed

    with pytest.raises(Killed):
        delivery.run(run=run, by=None, now=NOON, progress=die)
    assert Loan.objects.count() + RunException.objects.count() == looked_at[-1] < after + handful
    assert DeliveryRun.objects.get(pk=run.pk).lent_at is None
    untouched = list(Loan.objects.order_by("pk").values())
    later = NOON + timedelta(hours=1)
    start(run, later)
    assert list(Loan.objects.order_by("pk").values())[: len(untouched)] == untouched
    assert (Loan.objects.count(), SlipLine.objects.count(), RunException.objects.count()) == (4, 4, 1)
    assert {(bag.patron.name, bag.library_id) for bag in Bag.objects.all()} == {
        (loan.patron.name, loan.return_to_id) for loan in Loan.objects.all()
    }
    assert Bag.objects.count() == 3
    assert DeliveryRun.objects.get(pk=run.pk).lent_at == later


@pytest.mark.parametrize("where", ["lend_kept", "_bags_for", "_write_down"])
def test_killed_in_the_middle_of_one_loan_that_loan_has_not_been_made(run, akari, bizen, secure, monkeypatch, where):
    """A159, A240: lent and packed are one transaction."""
    hold = secure(akari, bizen)

    def die(*_arguments, **_words):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(running, where, die)
        with pytest.raises(Killed):
            start(run)
    assert (Loan.objects.count(), Bag.objects.count(), state_of(hold)) == (0, 0, "secured")
    assert start(run).lent == 1


# ── Handfuls ──


@pytest.fixture
def a_full_week(akari, aya, chiyo, bizen, okayama, coop, secure, ten):
    """Reservations of every sort: limits that fill up, an overdue loan, a block, films, titles in order."""
    akari.category = CategoryFactory(code="two", loans_print=2, loans_av=1, holds_print=10, holds_av=10)
    akari.save()
    for material in ("book", "video", "book", "book", "music"):
        secure(akari, bizen, BibFactory(items=1, material=material))
    aya.last_used_on = date(2026, 1, 4)
    aya.save()
    volumes = [BibFactory(items=1) for _volume in range(2)]
    for bib in volumes:
        holds.add_to_basket(patron=aya, bib=bib, now=ten)
    holds.reserve_basket(patron=aya, pickup_at=okayama, by=aya.user, now=ten, order="in_order")
    circulation.check_in(item=volumes[0].items.get(), by=coop, now=ten)
    secure(aya, bizen), secure(chiyo, bizen), secure(chiyo, okayama)
    Block.objects.create(patron=chiyo, kind="loans", reason="相談中")
    late, damaged = PatronFactory(), PatronFactory()
    secure(late, bizen), secure(damaged, bizen)
    circulation.check_out(item=ItemFactory(), patron=late, by=coop, now=days.at(date(2026, 11, 10), time(10)))
    Item.objects.filter(holds__patron=damaged).update(loanability="reference")


def story():
    """What a run changes, and what it does not: loans, items, reservations and cards."""
    return {
        "loans": sorted(
            Loan.objects.values_list("item", "patron", "channel", "return_to", "due_on", "age_band", "area")
        ),
        "items": sorted(Item.objects.values_list("pk", "whereabouts", "whereabouts_since", "holder", "due_on")),
        "holds": sorted(Hold.objects.values_list("pk", "state", "item", "ended_at", "keep_until")),
        "cards": sorted(Patron.objects.values_list("pk", "last_used_on")),
    }


def played(acts):
    """What is told after something was done, as if it had not been done."""
    with transaction.atomic():
        acts()
        told = story()
        transaction.set_rollback(True)
    return told


@pytest.mark.usefixtures("a_full_week")
def test_a_handful_ends_as_one_after_the_other_at_a_desk_would(run, monkeypatch):
    """DLV-3, DLV-4, LIM-1, LON-4: whatever the size of a handful, the same are lent, and the same are not."""

    def one_after_the_other():
        for hold in queries.candidates(run).select_related("item", "patron", "pickup_at"):
            with contextlib.suppress(Refused):
                circulation.check_out(
                    item=hold.item, patron=hold.patron, by=None, now=NOON,
                    channel="pickup", return_to=hold.pickup_at, due_on=date(2027, 1, 5),
                )  # fmt: skip

    expected = played(one_after_the_other)
    assert len(expected["loans"]) == 6
    for size in (1, 2, 3, 25):
        monkeypatch.setattr(one_by_one, "HANDFUL", size)
        assert played(lambda: start(run)) == expected, size


def test_one_that_breaks_takes_none_of_its_handful_along(run, akari, aya, chiyo, bizen, secure, monkeypatch):
    """A75: it is written down, and the others are lent."""
    broken, *others = (secure(patron, bizen) for patron in (akari, aya, chiyo))

    def breaks(item, patron, **more):
        if patron == akari:
            raise KeyError("age")
        return lending.loan_of(item, patron, **more)

    monkeypatch.setattr(lending_kept, "loan_of", breaks)
    with one_by_one.collecting() as failures:
        assert start(run) == delivery.RunResult(lent=2, exceptions=0)
    assert [failure.partition(" skipped")[0] for failure in failures] == [f"hold {broken.pk}"]
    assert [state_of(hold) for hold in (broken, *others)] == ["secured", "fulfilled", "fulfilled"]


def test_a_desk_that_was_quicker_is_no_exception(run, akari, bizen, home, coop, because, secure, monkeypatch):
    """A237, DLV-3: lent over the counter between the list and its turn."""
    hold = secure(akari, bizen)
    listed = list(queries.candidates(run))
    circulation.check_out(item=hold.item, patron=akari, by=coop, now=NOON, override=because)

    class Listed:
        def values_list(self, *_names, flat):
            return [hold.pk for hold in listed]

    monkeypatch.setattr(queries, "candidates", lambda run: Listed())
    assert start(run) == delivery.RunResult(0, 0)
    assert Loan.objects.get().channel == "counter"


def test_the_numbers_of_a_large_run_agree(run, bizen, okayama, hinase, desk, secure):
    """A157: loans, lines, bags and items tell the same story."""
    patrons = [PatronFactory() for _number in range(6)]
    for number in range(18):
        secure(patrons[number % 6], (bizen, okayama, hinase)[number % 3])
    start(run)
    lines = list(queries.lines_of_run(run))
    assert len(lines) == Loan.objects.open().count() == Item.objects.filter(whereabouts="on_loan").count() == 18
    for bag in queries.bags_of(run):
        assert {line.loan.patron for line in bag.lines.all()} == {bag.patron}
        assert {line.loan.return_to for line in bag.lines.all()} == {bag.library}
