"""Due soon, overdue, and a card that lapses: one notice per reader, kind and day (NTF-1; A141, A179, A180)."""

from datetime import date, time

import pytest

from circulation import actions as circulation
from circulation import queries
from circulation.models import Loan
from delivery import actions as delivery
from notifications import causes
from notifications.models import Notice
from okalib import days, jobs
from okalib.models import Patron, PolicySettings
from tests.factories import ItemFactory

pytestmark = pytest.mark.django_db

DUE = date(2026, 12, 15)
SOON = date(2026, 12, 12)


def seven(day):
    return days.at(day, time(7))


def remind(day):
    return circulation.remind(day=day, now=seven(day))


@pytest.fixture
def loan(akari, botchan, desk, ten):
    """坊っちゃん, lent to Akari on Dec 1, due on Tuesday, Dec 15; she wants to be reminded."""
    akari.wants_due_reminders = True
    akari.save()
    return circulation.check_out(item=botchan.items.get(), patron=akari, by=desk, now=ten).loan


def standing(notice):
    """Whether the notice would still be sent, and with which titles."""
    reason = causes.reason_to_withdraw(notice)
    return None if reason else [line["title"] for line in notice.context["loans"]]


def test_three_days_before_the_due_date_those_who_want_it_are_reminded(loan, aya, kusamakura, desk, ten):
    """NTF-1: and nobody else, nor on another day."""
    circulation.check_out(item=kusamakura.items.first(), patron=aya, by=desk, now=ten)
    for day in days.each_day(date(2026, 12, 2), date(2026, 12, 21)):
        remind(day)
    notice = Notice.objects.get()
    assert (notice.kind, notice.patron, days.day_of(notice.posted_at)) == ("due_soon", loan.patron, SOON)


def test_how_long_before_is_a_setting(loan):
    """NTF-1."""
    PolicySettings.objects.update(due_soon_days=1)
    assert remind(SOON) == {"due_soon": 0, "overdue": 0}
    assert remind(date(2026, 12, 14)) == {"due_soon": 1, "overdue": 0}


def test_run_again_a_day_reminds_nobody_twice(loan):
    """NTF-2, A91, OPS-2."""
    for _again in range(3):
        remind(SOON)
    assert Notice.objects.count() == 1


def test_the_overdue_are_told_after_seven_fourteen_and_thirty_days_and_then_get_a_postcard(loan):
    """NTF-1: whether they wanted to be reminded or not."""
    Patron.objects.update(wants_due_reminders=False)
    told = [day for day in days.each_day(DUE, date(2027, 2, 15)) if remind(day)["overdue"]]
    assert told == [date(2026, 12, 22), date(2026, 12, 29), date(2027, 1, 14)]
    assert [notice.context["days_late"] for notice in Notice.objects.order_by("pk")] == [7, 14, 30]
    policy = PolicySettings.current()
    assert list(queries.postcard_list(date(2027, 1, 14), policy)) == []
    assert list(queries.postcard_list(date(2027, 1, 15), policy)) == [loan]


def test_a_reader_has_one_notice_a_day_for_all_that_it_is_time_for(loan, akari, desk, ten):
    """NTF-1, A185: three loans in one mail."""
    for _number in range(2):
        circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=ten)
    assert remind(date(2026, 12, 22))["overdue"] == 1
    assert len(Notice.objects.get().context["loans"]) == 3


def test_two_stages_of_one_day_are_two_notices(loan, akari, desk):
    """NTF-1: one loan is seven days late, another fourteen."""
    circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=seven(date(2026, 11, 24)))
    assert remind(date(2026, 12, 22))["overdue"] == 2
    assert {notice.context["days_late"]: len(notice.context["loans"]) for notice in Notice.objects.all()} == {
        7: 1,
        14: 1,
    }


def test_a_returned_item_is_no_longer_in_a_mail_that_waits(loan, akari, desk, ten):
    """A179: of two titles one is left; with both returned there is no mail."""
    other = circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=ten).loan
    remind(SOON)
    circulation.check_in(item=other.item, by=desk, now=seven(SOON))
    assert standing(Notice.objects.get()) == ["坊っちゃん"]
    circulation.check_in(item=loan.item, by=desk, now=seven(SOON))
    assert standing(Notice.objects.get()) is None


def test_after_a_renewal_the_reminder_is_for_the_new_date_and_none_for_the_old(loan, akari):
    """A141: Jan 5 is the new date."""
    remind(SOON)
    circulation.renew(loan=loan, by=akari.user, now=seven(date(2026, 12, 14)))
    assert standing(Notice.objects.get()) is None
    told = [day for day in days.each_day(SOON, date(2027, 1, 5)) if remind(day)["due_soon"]]
    assert told == [date(2027, 1, 2)]
    latest = Notice.objects.latest("pk")
    assert latest.context["loans"][0]["due_on"] == "2027-01-05"
    assert standing(latest) == ["坊っちゃん"]


def test_a_due_date_that_changes_long_after_brings_no_burst_of_mails(loan):
    """A180: moved from Dec 15 to Dec 1, twenty days ago: the seventh and the fourteenth day are over."""
    Loan.objects.update(due_on=date(2026, 12, 1))
    assert remind(date(2026, 12, 21)) == {"due_soon": 0, "overdue": 0}
    assert remind(date(2026, 12, 31)) == {"due_soon": 0, "overdue": 1}


def test_a_reminder_is_of_no_use_after_the_due_date(loan):
    """A180: a mail server that was down for a week sends no "due soon"."""
    remind(SOON)
    assert Notice.objects.get().useful_until == days.midnight(date(2026, 12, 16))


def test_what_a_counter_elsewhere_has_is_neither_due_soon_nor_overdue(loan, bizen):
    """RET-3, A150: nor is a mail sent that waited."""
    remind(SOON)
    circulation.receive(item=loan.item, library=bizen, by=None, now=seven(SOON))
    assert standing(Notice.objects.get()) is None
    Notice.objects.all().delete()
    for day in days.each_day(SOON, date(2027, 1, 20)):
        remind(day)
    assert not Notice.objects.exists()
    assert list(queries.postcard_list(date(2027, 2, 20), PolicySettings.current())) == []


def test_while_an_emergency_keeps_the_place_of_return_shut_nobody_is_reminded(
    loan, akari, home, bizen, coop, botchan, ten
):
    """CAL-8: of what cannot be returned; what goes back to another library is reminded of."""
    delivered = circulation.check_out(
        item=ItemFactory(), patron=akari, by=None, now=ten, channel="pickup", return_to=bizen, due_on=DUE
    ).loan
    delivery.close_in_emergency(
        library=home, first_on=date(2026, 12, 10), last_on=date(2026, 12, 13), reason="断水", by=coop, now=seven(SOON)
    )
    assert remind(SOON) == {"due_soon": 1, "overdue": 0}
    assert [line["loan"] for line in Notice.objects.get(kind="due_soon").context["loans"]] == [delivered.pk]


def test_a_missed_day_is_caught_up_in_order_and_names_what_is_still_out(loan, akari, desk, ten):
    """OPS-2, A179: the worker was away on the day; what has been returned since is not named."""
    other = circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=ten).loan
    jobs.run("due_and_overdue", now=seven(date(2026, 12, 11)))
    circulation.check_in(item=other.item, by=desk, now=seven(date(2026, 12, 13)))
    rows = jobs.run("due_and_overdue", now=seven(date(2026, 12, 14)))
    assert [(row.day, row.counts["due_soon"]) for row in rows] == [
        (date(2026, 12, 12), 1),
        (date(2026, 12, 13), 0),
        (date(2026, 12, 14), 0),
    ]
    assert standing(Notice.objects.get()) == ["坊っちゃん"]


def test_who_has_no_mail_is_on_the_telephone_list(loan, chiyo, desk):
    """PAT-4: nothing is skipped in silence."""
    circulation.check_out(item=ItemFactory(), patron=chiyo, by=desk, now=seven(date(2026, 12, 1)))
    remind(date(2026, 12, 22))
    assert Notice.objects.get(patron=chiyo).state == "phone"


def test_an_owner_of_a_card_is_warned_thirty_days_before_it_lapses_by_the_nightly_job(akari, aya):
    """PAT-1, NTF-1: last used on 2024-12-30; who has used it since is not."""
    Patron.objects.filter(pk=akari.pk).update(last_used_on=date(2024, 12, 30))
    counts = [
        jobs.run_for("card_lapse", day, now=seven(day)).counts["card_lapses"]
        for day in (date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 1), date(2026, 12, 2))
    ]
    assert counts == [0, 1, 1, 0]
    notice = Notice.objects.get()
    assert (notice.kind, notice.patron, notice.context["lapses_on"]) == ("card_lapses", akari, "2026-12-31")
