"""R1…R10 by way of a pickup library: packed on Sunday, told on Thursday, handed over, renewed, returned, sent back."""

from datetime import date, time

import pytest

from circulation import actions as desk
from circulation import queries as loans
from delivery import actions as delivery
from delivery import queries as ways
from delivery.models import Bag, DeliveryRun
from holds import actions as queue
from holds import queries
from okalib import days
from okalib.models import PolicySettings
from tests.factories import BibFactory

pytestmark = pytest.mark.django_db


def at(day, hour=10):
    return days.at(day, time(hour))


def december(day):
    return date(2026, 12, day)


def test_two_bags_one_collected_and_one_not(
    akari, aya, chiyo, bizen, home, botchan, kusamakura, clerk, bizen_desk, coop, job, mailbox, all_is_well
):
    """R1…R10; HLD-1, PUL-1, DLV-3…DLV-12, REN-1, RET-3."""
    item = botchan.items.get()
    delivery.plan(first=december(1), last=december(20))

    # R1, Tuesday: the page tells window and due date before Akari reserves
    promise = ways.promise(bizen, december(1), PolicySettings.current())
    assert (promise.run.window_from, promise.run.window_to) == (december(11), december(17))
    queue.reserve(patron=akari, bib=botchan, pickup_at=bizen, by=akari.user, now=at(december(1)))
    queue.reserve(patron=chiyo, bib=kusamakura, pickup_at=bizen, by=chiyo.user, now=at(december(1)))

    # R2, R3, Wednesday: both fetched, to the shelf of the delivery; no mail on Thursday
    assert job("pull_list", december(2)) == {"lines": 2}
    for line in queries.pull_list(december(2)):
        assert desk.check_in(item=line.item, by=clerk, now=at(december(2))).destination == "delivery_shelf"
    assert job("ready_mails", december(3)) == {"told": 0}

    # R5, Sunday: lent and packed; Akari sees it under loans, on its way
    assert job("delivery_run", december(6)) == {"lent": 2, "exceptions": 0}
    loan = loans.of_patron(akari).get()
    assert (list(queries.of_patron(akari)), loan.due_on, loan.return_to) == ([], promise.due_on, bizen)
    assert ways.ways(akari)[loan.pk].reached == "packed"
    assert mailbox(akari) == []

    # the van on Tuesday, and at 備前 on Friday; R6, Thursday: the mail with window, place and card
    assert delivery.send(bags=Bag.objects.all(), by=coop, now=at(december(8))) == 2
    assert job("delivery_mail", december(10)) == {"told": 2}
    (letter,) = mailbox(akari)
    for words in ("坊っちゃん", "備前市立図書館", "12月11日（金）", "12月17日（木）", "20000011"):
        assert words in letter
    for bag in ways.bags_at(bizen):
        delivery.arrive(bag=bag, by=bizen_desk, now=at(december(11), 9))

    # R7, Saturday: handed over to Akari; Chiyo does not come
    hers = Bag.objects.of_patron(akari).get()
    delivery.hand_over(bag=hers, by=bizen_desk, now=at(december(12)))
    assert ways.ways(akari)[loan.pk].reached == "handed_over"

    # R8, after the window: Chiyo's goes back, and is returned when it is scanned; Aya has it next
    waiting = queue.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=aya.user, now=at(december(15)))
    assert ways.to_send_back(bizen, december(17)) == []
    (not_collected,) = ways.to_send_back(bizen, december(18))
    assert not_collected.patron == chiyo
    delivery.send_back(bag=not_collected, by=bizen_desk, now=at(december(18)))
    assert loans.of_patron(chiyo).count() == 1
    scan = desk.check_in(item=not_collected.lines.get().loan.item, by=clerk, now=at(december(22)))
    assert (scan.hold, loans.of_patron(chiyo).count(), Bag.objects.get(pk=not_collected.pk).is_closed) == (
        waiting, 0, True,
    )  # fmt: skip

    # R9: renewed on the day before the due date, and the printed slip says an old day
    renewed = desk.renew(loan=loan, by=akari.user, now=at(date(2027, 1, 5)))
    assert (renewed.due_on, loan.slip_line.due_on) == (date(2027, 1, 19), date(2027, 1, 5))

    # R10: handed in at 備前 on the last day; on its way for a week, never overdue; then returned
    delivery.take_back(bag=hers, by=bizen_desk, now=at(date(2027, 1, 19)))
    assert loans.of_patron(akari).get().item.status == "on_its_way"
    assert queries.overdue_loans(akari, date(2027, 1, 26)) == 0
    scan = desk.check_in(item=item, by=clerk, now=at(date(2027, 1, 26)))
    assert (scan.loan.returned_on, scan.destination) == (date(2027, 1, 19), "shelf")
    assert list(loans.of_patron(akari)) == [] and ways.under_way() == []
    DeliveryRun.objects.filter(lent_at=None).delete()  # the weeks that this story does not tell
    all_is_well(date(2027, 1, 26))


def test_who_has_no_place_left_on_sunday_is_served_the_week_after(akari, bizen, clerk, job, mailbox, all_is_well):
    """R5 with exceptions; DLV-3, LIM-1, A160."""
    delivery.plan(first=december(6), last=december(13))
    wanted = BibFactory(title="門", items=1)
    queue.reserve(patron=akari, bib=wanted, pickup_at=bizen, by=akari.user, now=at(december(1)))
    desk.check_in(item=wanted.items.get(), by=clerk, now=at(december(2)))
    at_home = [BibFactory(items=1).items.get() for _number in range(10)]
    for item in at_home:
        desk.check_out(item=item, patron=akari, by=clerk, now=at(december(3)))

    # Sunday: the limit is full; the reservation stays, with the reason on the list
    assert job("delivery_run", december(6)) == {"lent": 0, "exceptions": 1}
    assert [hold.state for hold in queries.of_patron(akari)] == ["secured"]
    (exception,) = ways.exceptions_of(DeliveryRun.objects.get(lend_on=december(6)))
    assert "10点まで" in exception.reasons
    assert job("delivery_mail", december(10)) == {"told": 0}

    # one book comes back: the next run takes it along, and the mail of the week after names it
    desk.check_in(item=at_home[0], by=clerk, now=at(december(11)))
    assert job("delivery_run", december(13)) == {"lent": 1, "exceptions": 0}
    assert job("delivery_mail", december(17)) == {"told": 1}
    assert "門" in mailbox(akari)[0] and "12月18日（金）" in mailbox(akari)[0]
    all_is_well(december(17))
