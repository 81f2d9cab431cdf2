"""Several people at the same moment: one is first, the others obey, and nobody sees an error (A228…A239).

Each race is run anew with random delays; OKALIB_RACES says how often (10 unless told otherwise).
"""

import os
from datetime import date, time, timedelta
from functools import partial
from uuid import uuid4

import pytest

from catalog.models import Item
from circulation import actions as circulation
from circulation import queries as loans
from circulation.models import Loan
from delivery import actions as delivery
from delivery import consistency
from delivery.models import Bag, DeliveryRun, RunException, SlipLine
from holds import actions as holds
from holds import queries
from holds.models import Hold, PullLine
from notifications.models import Notice
from okalib import days, jobs
from okalib.models import Block, JobRun, PolicySettings
from tests.factories import BibFactory, CategoryFactory, ItemFactory, PatronFactory

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

TIMES = range(int(os.environ.get("OKALIB_RACES", "10")))
SUNDAY = date(2026, 12, 6)
DUE = date(2026, 12, 15)


@pytest.fixture(autouse=True)
def all_is_well(db):
    """After every race no invariant of queue, items and bags is broken (A245, A248)."""
    yield
    rooms = (consistency.items, consistency.queue, consistency.bags)
    names = {name for room in rooms for name in vars(room)}
    found = consistency.check(now=days.at(SUNDAY, time(12)))
    assert [finding.name for finding in found if finding.is_broken and finding.name in names - {"run_not_lent"}] == []


def lend(item, patron, desk, now):
    return partial(circulation.check_out, item=item, patron=patron, by=desk, now=now)


def reserve(patron, bib, home, now, **how):
    return partial(holds.reserve, patron=patron, bib=bib, pickup_at=home, by=None, now=now, **how)


# ── At the desk ──


def test_one_item_at_two_desks_is_lent_once(at_once, akari, aya, desk, ten):
    """A228, LON-3: the other gets an ordinary refusal."""
    for _time in TIMES:
        item = ItemFactory()
        race = at_once(lend(item, akari, desk, ten), lend(item, aya, desk, ten))
        assert (len(race.won), race.refused) == (1, [{"on_loan"}])
        assert Loan.objects.open().filter(item=item).count() == 1
        circulation.check_in(item=item, by=desk, now=ten)


def test_the_last_place_under_the_limit_is_given_once(at_once, akari, desk, ten):
    """A230, LIM-1, LIM-4: nine on loan, and three more at three desks."""
    for _number in range(9):
        circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=ten)
    for _time in TIMES:
        race = at_once(*[lend(ItemFactory(), akari, desk, ten) for _desk in range(3)])
        assert (len(race.won), race.refused) == (1, [{"loan_limit"}] * 2)
        assert loans.on_loan(akari, "print", PolicySettings.current()) == 10
        circulation.check_in(item=race.won[0].loan.item, by=desk, now=ten)


def test_an_item_scanned_twice_at_once_serves_one_reservation(at_once, akari, aya, chiyo, home, desk, ten):
    """A67, RET-1: returned at two desks, with two who wait."""
    for _time in TIMES:
        bib = BibFactory(items=1)
        item = circulation.check_out(item=bib.items.get(), patron=akari, by=desk, now=ten).loan.item
        first, second = (
            holds.reserve(patron=patron, bib=bib, pickup_at=home, by=None, now=ten) for patron in (aya, chiyo)
        )
        scan = partial(circulation.check_in, item=item, by=desk, now=ten)
        race = at_once(scan, scan, scan)
        assert [answer.hold for answer in race.answers] == [first] * 3
        assert sum(answer.loan is not None for answer in race.answers) == 1
        assert Hold.objects.get(pk=second.pk).is_waiting
        for hold in (first, second):
            holds.cancel(hold=hold, by=desk, now=ten)


def test_a_ready_item_is_either_lent_or_expired(at_once, akari, home, desk, ten):
    """A235: the desk and the nightly job want the same reservation."""
    for _time in TIMES:
        hold = _ready(akari, home, desk, ten)
        night = days.midnight(days.plus(hold.keep_until, 1))
        race = at_once(lend(hold.item, akari, desk, night), partial(holds.expire, day=days.day_of(night), now=night))
        hold.refresh_from_db()
        lent = Loan.objects.open().filter(item=hold.bib.items.get()).exists()
        assert hold.state in ("fulfilled", "expired")
        assert lent or hold.state == "expired"
        assert race.answers[1]["expired"] == (hold.state == "expired")
        if lent:
            circulation.check_in(item=hold.bib.items.get(), by=desk, now=night)
        Notice.objects.all().delete()


def _ready(patron, home, desk, now):
    bib = BibFactory(items=1)
    holds.reserve(patron=patron, bib=bib, pickup_at=home, by=None, now=now)
    hold = circulation.check_in(item=bib.items.get(), by=desk, now=now).hold
    morning = now + timedelta(days=1)
    holds.announce(day=days.day_of(morning), now=morning)
    Notice.objects.filter(cause=f"hold:{hold.pk}").update(state="sent", sent_at=morning, next_try_at=None)
    return Hold.objects.get(pk=hold.pk)


# ── In the queue ──


def test_the_last_reservation_under_the_limit_is_made_once(at_once, akari, home, ten):
    """A231, LIM-2, LIM-4: two tabs, two titles."""
    for _number in range(9):
        holds.reserve(patron=akari, bib=BibFactory(items=1), pickup_at=home, by=None, now=ten)
    for _time in TIMES:
        race = at_once(*[reserve(akari, BibFactory(items=1), home, ten) for _tab in range(2)])
        assert (len(race.won), race.refused) == (1, [{"hold_limit"}])
        holds.cancel(hold=race.won[0], by=akari.user, now=ten)


def test_five_requests_at_once_make_one_reservation(at_once, akari, home, ten):
    """A232, HLD-3: four of them are told that it is reserved already."""
    for _time in TIMES:
        bib = BibFactory(items=1)
        race = at_once(*[reserve(akari, bib, home, ten)] * 5)
        assert (len(race.won), race.refused) == (1, [{"already_reserved"}] * 4)
        holds.cancel(hold=race.won[0], by=akari.user, now=ten)


def test_one_form_sent_five_times_at_once_shows_one_reservation_to_all(at_once, akari, home, ten):
    """A30, HLD-11: no refusal, the same reservation five times."""
    for _time in TIMES:
        race = at_once(*[reserve(akari, BibFactory(items=1), home, ten, token=uuid4())] * 5)
        assert len({hold.pk for hold in race.answers}) == 1
        holds.cancel(hold=race.answers[0], by=akari.user, now=ten)


def test_fifty_patrons_at_once_stand_at_fifty_places(at_once, home, ten):
    """A236, HLD-2: nobody sees a deadlock."""
    bib = BibFactory(items=1)
    patrons = [PatronFactory() for _number in range(50)]
    race = at_once(*[reserve(patron, bib, home, ten) for patron in patrons])
    assert len(race.won) == 50
    found = queries.places(race.won, PolicySettings.current())
    assert sorted(place.position for place in found.values()) == list(range(1, 51))


def test_a_renewal_and_a_reservation_are_one_after_the_other(at_once, akari, aya, home, desk, ten):
    """A234, REN-3: renewed before somebody waited, or not at all."""
    for _time in TIMES:
        bib = BibFactory(items=1)
        loan = circulation.check_out(item=bib.items.get(), patron=akari, by=desk, now=ten).loan
        noon = days.at(DUE, time(12))
        race = at_once(partial(circulation.renew, loan=loan, by=akari.user, now=noon), reserve(aya, bib, home, noon))
        loan.refresh_from_db()
        assert race.answers[1].is_waiting
        assert race.refused in ([], [{"reserved_by_another"}])
        assert loan.renewals == 1 - len(race.refused)
        holds.cancel(hold=race.answers[1], by=aya.user, now=noon)
        circulation.check_in(item=loan.item, by=desk, now=noon)


def test_two_titles_that_come_back_at_once_complete_a_group_of_one(at_once, akari, aya, home, desk, ten):
    """HLD-9: any one of three; the other title goes to the next in its own queue, never two to Akari."""
    for _time in TIMES:
        bibs = [BibFactory(items=1) for _number in range(3)]
        for bib in bibs:
            holds.add_to_basket(patron=akari, bib=bib, now=ten)
        holds.reserve_basket(patron=akari, pickup_at=home, by=akari.user, now=ten, order="any_of", wanted=1)
        behind = [holds.reserve(patron=aya, bib=bib, pickup_at=home, by=None, now=ten) for bib in bibs[:2]]
        race = at_once(*[partial(circulation.check_in, item=bib.items.get(), by=desk, now=ten) for bib in bibs[:2]])
        assert {answer.hold.patron for answer in race.answers} == {akari, aya}
        assert sorted(Hold.objects.filter(patron=akari, bib__in=bibs).values_list("state", flat=True)) == [
            "cancelled", "cancelled", "secured",
        ]  # fmt: skip
        for hold in [*behind, *Hold.objects.open().filter(patron=akari)]:
            if Hold.objects.open().filter(pk=hold.pk).exists():
                holds.cancel(hold=hold, by=desk, now=ten)


def test_a_cancellation_and_a_scan_leave_the_item_with_somebody_who_wants_it(at_once, akari, aya, home, desk, ten):
    """HLD-7, A49: whoever is first, Aya has it in the end."""
    for _time in TIMES:
        bib = BibFactory(items=1)
        hers, next_one = (
            holds.reserve(patron=patron, bib=bib, pickup_at=home, by=None, now=ten) for patron in (akari, aya)
        )
        at_once(
            partial(holds.cancel, hold=hers, by=desk, now=ten),
            partial(circulation.check_in, item=bib.items.get(), by=desk, now=ten),
        )
        next_one.refresh_from_db()
        assert (next_one.state, next_one.item) == ("secured", bib.items.get())
        holds.cancel(hold=next_one, by=desk, now=ten)


# ── Jobs ──


def test_two_workers_make_one_pull_list(at_once, home, ten, wednesday):
    """A76, PUL-6: nothing is listed twice, and nothing is marked as new."""
    for _number in range(10):
        holds.reserve(patron=PatronFactory(), bib=BibFactory(items=2), pickup_at=home, by=None, now=ten)
    morning = days.at(wednesday, time(7, 30))
    race = at_once(*[partial(holds.make_pull_list, day=wednesday, now=morning)] * 3)
    assert race.answers == [10] * 3
    assert PullLine.objects.count() == 10
    assert not PullLine.objects.filter(is_addition=True).exists()


def test_two_workers_tell_each_patron_once(at_once, home, desk, ten, wednesday):
    """A177, A242, SHF-1."""
    for _number in range(10):
        bib = BibFactory(items=1)
        holds.reserve(patron=PatronFactory(), bib=bib, pickup_at=home, by=None, now=ten)
        circulation.check_in(item=bib.items.get(), by=desk, now=ten)
    morning = days.at(wednesday, time(8))
    race = at_once(*[partial(holds.announce, day=wednesday, now=morning)] * 2)
    assert sum(answer["told"] for answer in race.answers) == Notice.objects.count() == 10


@pytest.fixture
def sunday_run(home, bizen, okayama, desk, ten):
    """A run with twelve reservations of six patrons for two libraries, one of whom is blocked."""
    patrons = [PatronFactory(name=f"利用者{number}") for number in range(6)]
    for number in range(12):
        bib = BibFactory(items=1)
        library = (bizen, okayama)[number % 2]
        holds.reserve(patron=patrons[number % 6], bib=bib, pickup_at=library, by=None, now=ten)
        circulation.check_in(item=bib.items.get(), by=desk, now=ten)
    Block.objects.create(patron=patrons[0], kind="loans", reason="相談中")
    delivery.plan(first=SUNDAY, last=SUNDAY)
    return DeliveryRun.objects.get()


def test_two_runs_at_once_end_as_one(at_once, sunday_run):
    """A76, A158, DLV-4: ten loans, ten lines, five bags, two exceptions."""
    noon = days.at(SUNDAY, time(12))
    race = at_once(*[partial(delivery.run, run=sunday_run, by=None, now=noon)] * 2)
    assert sum(answer.lent for answer in race.answers) == 10
    counts = [model.objects.count() for model in (Loan, SlipLine, Bag, RunException)]
    assert counts == [10, 10, 5, 2]


def test_one_job_begun_by_two_workers_is_worked_by_one_after_the_other(at_once, sunday_run):
    """OPS-2, A242: the second finds the work done."""
    noon = days.at(SUNDAY, time(12))
    at_once(*[partial(jobs.run, "delivery_run", now=noon)] * 2)
    assert sorted(row.counts["lent"] for row in JobRun.objects.all()) == [0, 10]


def test_two_mail_jobs_at_once_tell_each_patron_once(at_once, sunday_run):
    """A242, DLV-7."""
    delivery.run(run=sunday_run, by=None, now=days.at(SUNDAY, time(12)))
    thursday = days.at(sunday_run.mail_on, time(8, 30))
    at_once(*[partial(delivery.announce, run=sunday_run, by=None, now=thursday)] * 3)
    assert Notice.objects.filter(kind="delivery_ready").count() == 5


def test_the_desks_work_on_while_the_run_lends(at_once, sunday_run, akari, aya, home, desk):
    """A237: no desk waits a second for it, and nothing is lost; the same patrons and titles are among them."""
    noon = days.at(SUNDAY, time(12))
    busy = list(Hold.objects.filter(state="secured").select_related("patron", "bib", "item"))
    works = [partial(delivery.run, run=sunday_run, by=None, now=noon)]
    works += [lend(ItemFactory(), hold.patron, desk, noon) for hold in busy[1:6]]
    works += [partial(circulation.check_in, item=hold.item, by=desk, now=noon) for hold in busy[6:9]]
    works += [reserve(akari, hold.bib, home, noon) for hold in busy[9:12]]
    race = at_once(*works)
    assert race.refused == []
    assert max(race.seconds[1:]) < 1
    assert Loan.objects.filter(channel="counter").count() == 5
    lent_by_run = Loan.objects.filter(channel="pickup", returned_at=None).count()
    assert SlipLine.objects.filter(loan__returned_at=None).count() == lent_by_run
    assert Item.objects.filter(whereabouts="on_loan").count() == 5 + lent_by_run


def test_a_bag_that_is_sent_while_it_is_packed_is_whole(at_once, sunday_run, bizen, desk, coop):
    """DLV-4, DLV-9: what comes too late goes into a bag of its own."""
    noon = days.at(SUNDAY, time(12))
    delivery.run(run=sunday_run, by=None, now=noon)
    for _time in TIMES:
        bag = Bag.objects.filter(library=bizen, state="packed").first()
        if bag is None:
            break
        bib = BibFactory(items=1)
        holds.reserve(patron=bag.patron, bib=bib, pickup_at=bizen, by=None, now=noon - timedelta(days=2))
        circulation.check_in(item=bib.items.get(), by=desk, now=noon - timedelta(days=2))
        before = bag.lines.count()
        at_once(
            partial(delivery.run, run=sunday_run, by=None, now=noon),
            partial(delivery.send, bags=[bag], by=coop, now=noon),
        )
        line = SlipLine.objects.get(loan__item__bib=bib)
        assert (line.bag == bag) == (bag.lines.count() == before + 1)
        assert Bag.objects.get(pk=bag.pk).sent_at == noon


def test_two_colleagues_take_the_same_item_out_of_a_bag_once(at_once, sunday_run, coop):
    """A165: while a third runs the run again."""
    noon = days.at(SUNDAY, time(12))
    delivery.run(run=sunday_run, by=None, now=noon)
    for line in list(SlipLine.objects.select_related("loan__item", "bag"))[: len(TIMES)]:
        take = partial(delivery.take_out, by=coop, now=noon, reason="破損")
        pages = [SlipLine.objects.select_related("loan__item").get(pk=line.pk) for _colleague in range(2)]
        race = at_once(*[partial(take, line=page) for page in pages])
        assert (len(race.won), race.refused) == (1, [{"not_on_loan"}])
        assert race.won[0].is_secured


def test_a_card_with_room_for_one_book_gets_one_at_four_desks(at_once, home, desk, ten):
    """A230, PAT-5: a limit of the category, counted from nothing."""
    family = PatronFactory(category=CategoryFactory(code="family", loans_print=1))
    for _time in TIMES:
        race = at_once(*[lend(ItemFactory(), family, desk, ten) for _desk in range(4)])
        assert (len(race.won), race.refused) == (1, [{"loan_limit"}] * 3)
        circulation.check_in(item=race.won[0].loan.item, by=desk, now=ten)
