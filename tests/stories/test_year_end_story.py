"""The year ends: three weeks at the counter, two weeks of window, six closed days and a Monday (LON-2, DLV-1, CAL-3).

Closed from Dec 29 to Jan 3, and on Monday, Jan 4; Monday, Jan 11, is a holiday, so that Tuesday stands in for it.
"""

from datetime import date, time

import pytest

from circulation import actions as desk
from circulation import queries as loans
from circulation.models import LoanPeriod
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


def january(day):
    return date(2027, 1, day)


@pytest.fixture
def three_weeks(home):
    """Lent at the counter from Dec 15 to 28: three weeks."""
    return LoanPeriod.objects.create(
        name="年末年始", first_on=december(15), last_on=december(28), channel="counter", days=21
    )


def test_at_the_counter(akari, aya, chiyo, home, botchan, clerk, three_weeks, job, mailbox, all_is_well):
    """R1…R10 over New Year; LON-1, LON-2, REN-1, SHF-2, PUL-1, RET-2, LON-6."""
    item = botchan.items.get()
    akari.wants_due_reminders = True
    akari.save()

    # lent on the 15th for three weeks: Jan 4 is a Monday, so Jan 5; lent on the 13th it would be Dec 27
    ordinary = desk.check_out(item=BibFactory(items=1).items.get(), patron=chiyo, by=clerk, now=at(december(13))).loan
    loan = desk.check_out(item=item, patron=akari, by=clerk, now=at(december(15))).loan
    assert (ordinary.due_on, loan.due_on, loan.period) == (december(27), january(5), three_weeks)

    # 三四郎 is ready for Akari on the 26th: she has the 26th and 27th, and five days of January
    other = BibFactory(title="三四郎", items=1)
    queue.reserve(patron=akari, bib=other, pickup_at=home, by=akari.user, now=at(december(24)))
    assert job("pull_list", december(25)) == {"lines": 1}
    desk.check_in(item=other.items.get(), by=clerk, now=at(december(25)))
    assert job("ready_mails", december(26)) == {"told": 1}
    assert queries.of_patron(akari).get().keep_until == january(9)
    assert "1月9日（土）" in mailbox(akari)[0]

    # the house is shut: no list, nothing expires, and a reservation of Dec 30 is on the list of Jan 5
    waiting = queue.reserve(patron=aya, bib=botchan, pickup_at=home, by=aya.user, now=at(december(30), 22))
    free = queue.reserve(patron=aya, bib=BibFactory(items=1), pickup_at=home, by=aya.user, now=at(december(30), 22))
    for day in days.each_day(december(28), january(4)):
        assert job("pull_list", day) == {}
        assert job("expiry", day)["expired"] == 0
    assert job("pull_list", january(5)) == {"lines": 1}
    assert [line.item.bib for line in queries.pull_list(january(5))] == [free.bib]
    assert job("due_and_overdue", january(2))["due_soon"] == 1
    assert "1月5日（火）" in mailbox(akari)[1]

    # Chiyo's lay in the book drop since the evening of the 27th; emptied on Jan 5, it counts for that day
    scan = desk.check_in(item=ordinary.item, by=clerk, now=at(january(5), 9), dropped_on=december(27))
    assert (scan.loan.returned_on, queries.overdue_loans(chiyo, january(5))) == (december(27), 0)

    # Jan 5 is the due date: renewal is stopped by Aya; returned, it is hers; kept until the 14th
    said = loans.renewabilities(loans.of_patron(akari), akari, PolicySettings.current(), january(5))[loan.pk]
    assert [refusal.code for refusal in said.refusals] == ["reserved_by_another"]
    assert desk.check_in(item=item, by=clerk, now=at(january(5), 18)).hold == waiting
    assert job("ready_mails", january(6)) == {"told": 1}
    assert queries.of_patron(aya).get(bib=botchan).keep_until == january(13)

    # 三四郎 is collected on its last day, for the ordinary fifteen days
    last = desk.check_out(item=other.items.get(), patron=akari, by=clerk, now=at(january(9))).loan
    assert (last.due_on, last.period) == (january(23), None)
    all_is_well(january(9))


def test_a_renewal_is_of_the_ordinary_length(akari, botchan, clerk, three_weeks):
    """LON-2: renewals stay two weeks; the holiday Monday is open, the Tuesday after it is not."""
    loan = desk.check_out(item=botchan.items.get(), patron=akari, by=clerk, now=at(december(23))).loan
    assert loan.due_on == january(13)
    assert desk.renew(loan=loan, by=akari.user, now=at(january(13))).due_on == january(27)


def test_at_a_pickup_library(
    akari, aya, bizen, hinase, home, botchan, kusamakura, clerk, bizen_desk, coop, job, mailbox, all_is_well
):
    """R1…R10 over New Year; DLV-1, DLV-3, DLV-6, DLV-7, DLV-10, A176."""
    job("calendar_and_runs", december(20))
    run = DeliveryRun.objects.get(lend_on=december(27))
    assert (run.window_from, run.window_to) == (january(1), january(14))
    assert not DeliveryRun.objects.filter(lend_on=january(3)).exists()

    # secured on Saturday the 26th, the last day for this year's last run
    promise = ways.promise(bizen, december(26), PolicySettings.current())
    assert (promise.run, promise.due_on) == (run, january(28))
    for patron, bib, day in ((akari, botchan, 26), (aya, kusamakura, 27)):
        queue.reserve(patron=patron, bib=bib, pickup_at=bizen, by=patron.user, now=at(december(24)))
        desk.check_in(item=bib.items.first(), by=clerk, now=at(december(day)))

    # R5, Sunday the 27th: only Akari's; Aya's was a day late and waits for Jan 10, no run lying between
    DeliveryRun.objects.filter(lend_on__lt=december(27)).delete()
    assert job("delivery_run", december(27)) == {"lent": 1, "exceptions": 0}
    assert [hold.state for hold in queries.of_patron(aya)] == ["secured"]
    assert loans.of_patron(akari).get().due_on == january(28)
    delivery.send(bags=Bag.objects.all(), by=coop, now=at(december(28)))

    # R6, Thursday the 31st, closed as it is: the mail with a window of two weeks
    assert job("delivery_mail", december(31)) == {"told": 1}
    assert "1月1日（金）" in mailbox(akari)[0] and "1月14日（木）" in mailbox(akari)[0]

    # no run on Jan 3; on Jan 10 Aya's goes, with a window of its own
    assert job("delivery_run", january(3)) == {"lent": 0, "exceptions": 0}
    assert job("delivery_run", january(10)) == {"lent": 1, "exceptions": 0}
    assert job("delivery_mail", january(7)) == {"told": 0}
    assert job("delivery_mail", january(14)) == {"told": 1}
    assert "1月15日（金）" in mailbox(aya)[0] and "1月21日（木）" in mailbox(aya)[0]

    # R8: on Jan 14 Akari's may still be collected, on the 15th it is to be sent back
    assert ways.to_send_back(bizen, january(14)) == []
    (bag,) = ways.to_send_back(bizen, january(15))
    assert bag.patron == akari
    delivery.send_back(bag=bag, by=bizen_desk, now=at(january(15)))
    desk.check_in(item=botchan.items.get(), by=clerk, now=at(january(19)))
    assert list(loans.of_patron(akari)) == []
    all_is_well(january(14))
