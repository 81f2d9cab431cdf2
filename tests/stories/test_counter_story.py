"""R1…R10 at the counter of the prefectural library: reserved, fetched, told, lent, returned, not collected, renewed."""

from datetime import date, time

import pytest

from circulation import actions as desk
from circulation import queries as loans
from holds import actions as queue
from holds import queries
from holds.models import Hold
from okalib import days
from okalib.models import PolicySettings
from okalib.rules import Refused

pytestmark = pytest.mark.django_db


def at(day, hour=10):
    return days.at(day, time(hour))


def december(day):
    return date(2026, 12, day)


def test_one_copy_and_two_who_want_it(akari, aya, botchan, home, clerk, job, mailbox, all_is_well):
    """R1…R4, R7…R10; HLD-2, PUL-1, PUL-3, SHF-1, SHF-2, SHF-4, LON-1, LON-4, REN-2, RET-1."""
    item, policy = botchan.items.get(), PolicySettings.current()

    # R1, Tuesday: two reserve, and each sees the place in the queue
    hers = queue.reserve(patron=akari, bib=botchan, pickup_at=home, by=akari.user, now=at(december(1)))
    next_one = queue.reserve(patron=aya, bib=botchan, pickup_at=home, by=aya.user, now=at(december(1), 11))
    assert [queries.position(hold, policy).position for hold in (hers, next_one)] == [1, 2]
    assert queries.faces([hers], policy)[hers.pk] == "on_shelf"

    # R2: not on the same day; on Wednesday morning one line for the one copy
    assert job("pull_list", december(1)) == {"lines": 0}
    assert job("pull_list", december(2)) == {"lines": 1}
    (line,) = queries.pull_list(december(2))

    # R3: fetched and scanned, it goes to the hold shelf for Akari
    scan = desk.check_in(item=line.item, by=clerk, now=at(december(2)))
    assert (scan.destination, scan.hold) == ("hold_shelf", hers)
    assert [hold.state for hold in queries.of_patron(akari)] == ["secured"]
    assert mailbox(akari) == []

    # R4, Thursday: the mail, and the deadline seven open days on
    assert job("ready_mails", december(3)) == {"told": 1}
    assert queries.of_patron(akari).get().keep_until == december(10)
    assert "坊っちゃん" in mailbox(akari)[0] and "12月10日（木）" in mailbox(akari)[0]

    # R7, Saturday: lent to Akari, and to nobody else
    with pytest.raises(Refused):
        desk.check_out(item=item, patron=aya, by=clerk, now=at(december(5)))
    loan = desk.check_out(item=item, patron=akari, by=clerk, now=at(december(5))).loan
    assert (list(queries.of_patron(akari)), loan.due_on) == ([], december(19))

    # R9: her page says that somebody waits
    said = loans.renewabilities(loans.of_patron(akari), akari, policy, december(18))[loan.pk]
    assert [refusal.code for refusal in said.refusals] == ["reserved_by_another"]

    # R10, the 19th: returned, and set aside for Aya, who is told on Sunday
    scan = desk.check_in(item=item, by=clerk, now=at(december(19)))
    assert (scan.destination, scan.hold, list(loans.of_patron(akari))) == ("hold_shelf", next_one, [])
    assert job("ready_mails", december(20)) == {"told": 1}
    assert queries.of_patron(aya).get().keep_until == december(27)

    # R8: she does not come; the day after the deadline it is over, and the item is to be taken off the shelf
    assert job("expiry", december(27))["expired"] == 0
    assert job("expiry", december(28))["expired"] == 1
    assert "坊っちゃん" in mailbox(aya)[1]
    assert (list(queries.of_patron(aya)), queries.clearance()) == ([], [item])
    scan = desk.check_in(item=item, by=clerk, now=at(date(2027, 1, 5)))
    assert (scan.destination, queries.clearance()) == ("shelf", [])

    # the loan has forgotten Akari, and the reservation too (RET-5)
    assert not Hold.objects.filter(patron=akari).exists()
    all_is_well(date(2027, 1, 5))


def test_found_on_the_shelf_reminded_of_and_renewed(akari, aya, chiyo, botchan, home, clerk, job, mailbox, all_is_well):
    """R2, R7, R9, R10; PUL-4, NTF-1, REN-1, LON-5, LIM-3."""
    item, policy = botchan.items.get(), PolicySettings.current()
    akari.wants_due_reminders = True
    akari.save()

    # Aya reserves; on the next morning, before anybody fetches it, Akari takes it to the desk, and comes first
    hold = queue.reserve(patron=aya, bib=botchan, pickup_at=home, by=aya.user, now=at(december(1)))
    assert job("pull_list", december(2)) == {"lines": 1}
    lent = desk.check_out(item=item, patron=akari, by=clerk, now=at(december(2)))
    assert [warning.code for warning in lent.warnings] == ["wanted"]
    assert queries.pull_list(december(2)) == []
    assert queries.position(hold, policy).position == 1

    # three days before the due date a reminder; the day before, Aya gives up and the renewal is open
    assert job("due_and_overdue", december(13)) == {"due_soon": 1, "overdue": 0}
    assert "12月16日（水）" in mailbox(akari)[0]
    queue.cancel(hold=hold, by=aya.user, now=at(december(15), 9))
    said = loans.renewabilities(loans.of_patron(akari), akari, policy, december(15))[lent.loan.pk]
    assert said.new_due_on == date(2027, 1, 5)
    renewed = desk.renew(loan=lent.loan, by=akari.user, now=at(december(15)))
    assert (renewed.due_on, loans.of_patron(akari).get().renewals) == (said.new_due_on, 1)

    # a week late there is a mail, and nothing more to borrow until it is back
    assert job("due_and_overdue", date(2027, 1, 12))["overdue"] == 1
    assert "坊っちゃん" in mailbox(akari)[1]
    with pytest.raises(Refused) as refused:
        queue.reserve(patron=akari, bib=botchan, pickup_at=home, by=akari.user, now=at(date(2027, 1, 13)))
    assert refused.value.codes == {"already_on_loan", "overdue_loan"}

    # returned into the book drop on the closed Tuesday; for a week not to her, and to Chiyo at once
    desk.check_in(item=item, by=clerk, now=at(date(2027, 1, 13), 9), dropped_on=date(2027, 1, 12))
    with pytest.raises(Refused) as refused:
        desk.check_out(item=item, patron=akari, by=clerk, now=at(date(2027, 1, 18)))
    assert refused.value.codes == {"resting"}
    assert desk.check_out(item=item, patron=chiyo, by=clerk, now=at(date(2027, 1, 19))).loan.due_on == date(2027, 2, 2)
    all_is_well(date(2027, 1, 19))
