"""A blue bag on its way, what can be done to it, and whose it is (DLV-9…DLV-12; A165, A169…A173)."""

from datetime import date, time

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Item
from circulation import actions as circulation
from circulation.models import Loan
from delivery import actions as delivery
from delivery import queries
from delivery.models import Bag, DeliveryRun, SlipLine
from holds import actions as holds
from holds.models import Hold
from okalib import days
from okalib.models import StaffAction
from okalib.rules import Refused
from tests.factories import BibFactory

pytestmark = pytest.mark.django_db

SUNDAY, MONDAY = date(2026, 12, 6), date(2026, 12, 7)
LAST_DAY = date(2026, 12, 17)


def noon(day):
    return days.at(day, time(12))


@pytest.fixture
def pack(home, desk, coop, ten):
    """Reserve titles, fetch their items and let Sunday's run pack them; returns the bag of the first."""

    def packed(*wishes):
        for patron, library, bib in wishes:
            holds.reserve(patron=patron, bib=bib, pickup_at=library, by=None, now=ten)
            circulation.check_in(item=bib.items.first(), by=desk, now=ten)
        delivery.plan(first=SUNDAY, last=SUNDAY)
        delivery.run(run=DeliveryRun.objects.get(), by=coop, now=noon(SUNDAY))
        patron, library, _bib = wishes[0]
        return Bag.objects.of_patron(patron).get(library=library)

    return packed


@pytest.fixture
def bag(pack, akari, bizen, botchan, kusamakura):
    """A bag for Akari at 備前 with 坊っちゃん and 草枕."""
    return pack((akari, bizen, botchan), (akari, bizen, kusamakura))


@pytest.fixture
def sent(bag, coop):
    """The same, on its way."""
    delivery.send(bags=[bag], by=coop, now=noon(MONDAY))
    return Bag.objects.get()


def mark(bag, to, by, day=MONDAY):
    return delivery.mark(bag=bag, to=to, by=by, now=noon(day))


def way_of(patron, bib):
    loan = Loan.objects.open().get(patron=patron, item__bib=bib)
    return queries.ways(patron)[loan.pk]


# ── The way (DLV-9, DLV-12) ──


def test_step_by_step_the_patron_sees_each_with_its_moment(sent, akari, botchan, bizen_desk):
    """DLV-9, DLV-12."""
    assert way_of(akari, botchan).reached == "sent"
    for number, step in enumerate(("arrived", "handed_over", "on_the_way_back"), start=10):
        mark(sent, step, bizen_desk, date(2026, 12, number))
        way = way_of(akari, botchan)
        assert way.reached == step
        assert {one.step: one.at for one in way.steps}[step] == noon(date(2026, 12, number))


def test_a_branch_has_one_step_more(pack, akari, hinase, botchan, coop):
    """DLV-8, DLV-12."""
    bag = pack((akari, hinase, botchan))
    delivery.send(bags=[bag], by=coop, now=noon(MONDAY))
    mark(bag, "at_central", coop)
    assert way_of(akari, botchan).reached == "at_central"


@pytest.mark.parametrize("to", ["at_central", "arrived", "handed_over", "on_the_way_back"])
def test_nothing_forces_a_pickup_library_to_mark_each_step(sent, coop, to):
    """DLV-9: any later step will do."""
    assert mark(sent, to, coop).state == to


@pytest.mark.parametrize(
    ("steps", "back_to"),
    [
        (["arrived"], "sent"),
        (["arrived"], "at_central"),
        (["handed_over"], "arrived"),
        (["on_the_way_back"], "handed_over"),
        (["on_the_way_back"], "sent"),
    ],
)
def test_no_bag_goes_backwards(sent, coop, steps, back_to):
    """DLV-9."""
    for step in steps:
        mark(sent, step, coop)
    before = Bag.objects.values().get()
    with pytest.raises(Refused) as refused:
        mark(sent, back_to, coop, date(2026, 12, 10))
    assert refused.value.codes == {"bag_not_there"}
    assert Bag.objects.values().get() == before


@pytest.mark.parametrize("to", ["arrived", "handed_over", "on_the_way_back"])
def test_a_bag_leaves_the_house_before_anything_else(bag, coop, to):
    """DLV-9."""
    with pytest.raises(Refused):
        mark(bag, to, coop)
    assert Bag.objects.get().is_packed


def test_said_twice_the_first_moment_stays(sent, coop, bizen_desk):
    """DLV-9, A252: a second click, or two desks."""
    mark(sent, "arrived", bizen_desk, date(2026, 12, 10))
    mark(sent, "arrived", coop, date(2026, 12, 11))
    assert Bag.objects.get().arrived_at == noon(date(2026, 12, 10))
    assert StaffAction.objects.filter(verb="bag_arrived").count() == 1


def test_every_step_is_written_down_with_who_did_it_and_without_the_patron(sent, bizen_desk):
    """OPS-5, RET-5."""
    delivery.arrive(bag=sent, by=bizen_desk, now=noon(date(2026, 12, 10)))
    delivery.hand_over(bag=sent, by=bizen_desk, now=noon(date(2026, 12, 11)))
    traces = StaffAction.objects.filter(by=bizen_desk).order_by("at")
    assert [(trace.verb, trace.subject, trace.patron) for trace in traces] == [
        ("bag_arrived", f"bag {sent.number}", None),
        ("bag_handed_over", f"bag {sent.number}", None),
    ]


def test_only_packed_bags_are_sent(pack, akari, aya, bizen, okayama, botchan, kusamakura, coop):
    """DLV-9: clicked twice, the first moment stays."""
    pack((akari, bizen, botchan), (aya, okayama, kusamakura))
    assert delivery.send(bags=Bag.objects.all(), by=coop, now=noon(MONDAY)) == 2
    assert delivery.send(bags=Bag.objects.all(), by=coop, now=noon(date(2026, 12, 8))) == 0
    assert set(Bag.objects.values_list("sent_at", flat=True)) == {noon(MONDAY)}


# ── Taking out before it is sent (A165) ──


def test_what_is_taken_out_is_undone_and_its_reservation_holds_the_item_again(bag, akari, botchan, coop):
    """A165: the other title stays in the bag."""
    line = SlipLine.objects.get(loan__item__bib=botchan)
    hold = delivery.take_out(line=line, by=coop, now=noon(MONDAY), reason="破損を発見")
    assert (hold.state, hold.item) == ("secured", botchan.items.get())
    assert Loan.objects.get(item__bib=botchan).is_annulled
    assert botchan.items.get().is_set_aside
    assert Bag.objects.get().lines.count() == 1
    assert StaffAction.objects.get(verb="undo_check_out").reason == "破損を発見"
    assert DeliveryRun.objects.get().bags.get().patron == akari


def test_an_empty_bag_is_dissolved(pack, akari, bizen, botchan, coop):
    """A165."""
    bag = pack((akari, bizen, botchan))
    delivery.take_out(line=bag.lines.get(), by=coop, now=noon(MONDAY), reason="破損")
    assert not Bag.objects.exists()


def test_taken_out_twice_the_second_time_is_refused_and_changes_nothing(pack, akari, bizen, botchan, coop):
    """A48, A165: an old page, or two colleagues; the bag may be gone by then."""
    line = pack((akari, bizen, botchan)).lines.get()
    delivery.take_out(line=SlipLine.objects.get(), by=coop, now=noon(MONDAY), reason="破損")
    with pytest.raises(Refused) as refused:
        delivery.take_out(line=line, by=coop, now=noon(MONDAY), reason="破損")
    assert refused.value.codes == {"not_on_loan"}
    assert Hold.objects.get().is_secured


def test_nothing_is_taken_out_of_a_bag_that_has_left(sent, coop):
    """A165."""
    with pytest.raises(Refused) as refused:
        delivery.take_out(line=sent.lines.first(), by=coop, now=noon(MONDAY), reason="破損")
    assert refused.value.codes == {"not_packed"}
    assert sent.lines.count() == 2


def test_what_was_taken_out_goes_with_the_next_run(pack, akari, bizen, botchan, coop):
    """A165, DLV-3."""
    bag = pack((akari, bizen, botchan))
    delivery.take_out(line=bag.lines.get(), by=coop, now=noon(MONDAY), reason="別の袋へ")
    delivery.plan(first=date(2026, 12, 13), last=date(2026, 12, 13))
    following = DeliveryRun.objects.latest("lend_on")
    assert delivery.run(run=following, by=coop, now=noon(date(2026, 12, 13))).lent == 1


# ── Not collected, kept longer (DLV-10) ──


def test_after_the_window_a_bag_that_nobody_collected_is_to_be_sent_back(sent, bizen, okayama, coop):
    """A169, DLV-10: not on the last day, and only in the list of its library."""
    assert queries.to_send_back(bizen, LAST_DAY) == []
    assert queries.to_send_back(bizen, days.plus(LAST_DAY, 1)) == [sent]
    assert queries.to_send_back(okayama, days.plus(LAST_DAY, 1)) == []
    delivery.send_back(bag=sent, by=coop, now=noon(days.plus(LAST_DAY, 1)))
    assert queries.to_send_back(bizen, days.plus(LAST_DAY, 1)) == []


def test_a_collected_bag_is_not_to_be_sent_back(sent, bizen, coop):
    """DLV-10."""
    delivery.hand_over(bag=sent, by=coop, now=noon(LAST_DAY))
    assert queries.to_send_back(bizen, days.plus(LAST_DAY, 5)) == []


def test_sent_back_it_counts_as_returned_when_it_is_scanned_and_the_next_is_served(
    sent, akari, aya, botchan, home, desk, coop
):
    """A169, DLV-10: until then the loan stays."""
    hers = holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=noon(LAST_DAY))
    delivery.send_back(bag=sent, by=coop, now=noon(date(2026, 12, 18)))
    assert Loan.objects.open().filter(patron=akari).count() == 2
    answer = circulation.check_in(item=botchan.items.get(), by=desk, now=noon(date(2026, 12, 22)))
    assert (answer.hold, answer.destination) == (hers, "hold_shelf")
    assert Loan.objects.open().filter(patron=akari).count() == 1


def test_the_patron_may_ask_for_more_time(sent, bizen, coop):
    """DLV-10: with a trace, and the list of the library follows."""
    until = date(2026, 12, 24)
    delivery.keep_longer(bag=sent, until=until, by=coop, now=noon(LAST_DAY), reason="入院のため")
    assert Bag.objects.get().last_day == until
    assert queries.to_send_back(bizen, until) == []
    assert queries.to_send_back(bizen, days.plus(until, 1)) == [sent]
    assert StaffAction.objects.get(verb="keep_longer").reason == "入院のため"


@pytest.mark.parametrize("until", [LAST_DAY, date(2026, 12, 10)])
def test_more_time_means_a_later_day(sent, coop, until):
    """DLV-10."""
    with pytest.raises(Refused):
        delivery.keep_longer(bag=sent, until=until, by=coop, now=noon(MONDAY))
    assert Bag.objects.get().last_day == LAST_DAY


# ── Returned by bag, in parts, without slip (DLV-11) ──


def test_in_several_parts_the_slip_shows_what_is_still_out(sent, botchan, kusamakura, desk):
    """DLV-11: and the bag is closed, by itself, with the last of them."""
    circulation.check_in(item=botchan.items.get(), by=desk, now=noon(LAST_DAY))
    (bag,) = queries.under_way()
    assert [line.loan.item.bib for line in bag.lines.all() if line.loan.is_open] == [kusamakura]
    assert not bag.is_closed
    circulation.check_in(item=Loan.objects.open().get().item, by=desk, now=noon(LAST_DAY))
    assert queries.under_way() == []
    assert (Bag.objects.get().is_closed, Bag.objects.get().shown_state, Bag.objects.get().patron) == (
        True, "closed", None,
    )  # fmt: skip


def test_a_counter_takes_back_all_that_is_out_at_once(sent, akari, bizen, bizen_desk):
    """RET-3, DLV-11: the patron is no longer overdue, the loans stay until they are here."""
    delivery.hand_over(bag=sent, by=bizen_desk, now=noon(date(2026, 12, 11)))
    assert delivery.take_back(bag=sent, by=bizen_desk, now=noon(LAST_DAY)) == 2
    assert set(Loan.objects.values_list("received_on", "received_at")) == {(LAST_DAY, bizen.pk)}
    assert {item.status for item in Item.objects.filter(holder=akari)} == {"on_its_way"}
    assert not Bag.objects.get().is_closed


def test_a_counter_that_takes_no_returns_takes_none_of_them(sent, bizen, bizen_desk):
    """RET-4: wholly or not at all."""
    bizen.takes_delivered_returns = False
    bizen.save()
    with pytest.raises(Refused) as refused:
        delivery.take_back(bag=sent, by=bizen_desk, now=noon(LAST_DAY))
    assert refused.value.codes == {"not_taken_here"}
    assert set(Loan.objects.values_list("received_on", flat=True)) == {None}


def test_a_renewed_loan_marks_its_printed_date_as_outdated(sent, akari, botchan):
    """A142."""
    line = SlipLine.objects.select_related("loan").get(loan__item__bib=botchan)
    assert not line.is_outdated
    circulation.renew(loan=line.loan, by=akari.user, now=noon(date(2027, 1, 5)))
    assert SlipLine.objects.get(pk=line.pk).is_outdated


# ── Who sees what (A170), lists (A173), guards (A171) ──


def test_a_pickup_library_sees_its_own_bags_and_no_others(pack, akari, aya, bizen, okayama, botchan, kusamakura):
    """A170."""
    own = pack((akari, bizen, botchan), (aya, okayama, kusamakura))
    assert queries.bags_at(bizen) == [own]
    assert own not in queries.bags_at(okayama)


def test_what_is_under_way_is_listed_once_with_the_oldest_first(pack, akari, aya, bizen, okayama, botchan, kusamakura):
    """A173: two titles in a bag make it no two bags."""
    more = BibFactory(items=1)
    pack((akari, bizen, botchan), (akari, bizen, more), (aya, okayama, kusamakura))
    listed = queries.under_way()
    assert len(listed) == len(set(listed)) == 2
    assert [bag.packed_at for bag in listed] == sorted(bag.packed_at for bag in listed)


def test_a_loan_is_on_one_slip_only(bag, okayama):
    """A171: by the database."""
    loan = bag.lines.first().loan
    other = Bag.objects.create(run=bag.run, library=okayama, packed_at=noon(SUNDAY))
    with pytest.raises(IntegrityError), transaction.atomic():
        SlipLine.objects.create(bag=other, loan=loan, due_on=loan.due_on)


def test_the_number_on_the_label_finds_the_bag(bag):
    """DLV-4, DLV-11."""
    assert Bag.objects.by_number(bag.number) == bag
    assert Bag.objects.by_number("00000000") is None


def test_a_bag_that_a_colleague_has_emptied_is_not_sent(pack, akari, bizen, botchan, coop):
    """A165, DLV-9: the page still shows it; a race had ended in an error."""
    bag = pack((akari, bizen, botchan))
    page = Bag.objects.get(pk=bag.pk)
    delivery.take_out(line=bag.lines.get(), by=coop, now=noon(MONDAY), reason="破損")
    assert delivery.send(bags=[page], by=coop, now=noon(MONDAY)) == 0
    for step in (delivery.arrive, delivery.hand_over, delivery.seal):
        with pytest.raises(Refused) as refused:
            step(bag=page, by=coop, now=noon(MONDAY))
        assert refused.value.codes == {"dissolved"}
    assert delivery.slips_replaced(bags=[page], by=coop, now=noon(MONDAY)) == 0


def test_of_two_colleagues_who_send_the_same_bags_one_has_sent_them(pack, akari, bizen, botchan, coop):
    """DLV-9: what has arrived meanwhile is not sent once more, and nobody sees an error."""
    bag = pack((akari, bizen, botchan))
    page = Bag.objects.get(pk=bag.pk)
    assert delivery.send(bags=[bag], by=coop, now=noon(MONDAY)) == 1
    delivery.arrive(bag=bag, by=coop, now=noon(MONDAY))
    assert delivery.send(bags=[page], by=coop, now=noon(MONDAY)) == 0
    assert Bag.objects.get().is_here


def test_taking_out_again_after_a_deadlock_is_another_try(pack, akari, bizen, botchan, coop):
    """A239: the verb is tried again with the same page; its line must not have lost its number."""
    line = pack((akari, bizen, botchan)).lines.get()
    with pytest.raises(RuntimeError), transaction.atomic():
        delivery.take_out(line=line, by=coop, now=noon(MONDAY), reason="破損")
        raise RuntimeError("a deadlock")
    assert delivery.take_out(line=line, by=coop, now=noon(MONDAY), reason="破損").is_secured
