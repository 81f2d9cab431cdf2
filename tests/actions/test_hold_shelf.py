"""Told, kept, lengthened, expired: the hold shelf of the prefectural library (SHF-1…SHF-5)."""

from datetime import date, time, timedelta

import pytest

from circulation import actions as circulation
from holds import actions as holds
from holds import queries
from holds.actions.shelf import ready_key
from holds.causes import no_longer_ready
from holds.models import Hold
from notifications import actions as notifications
from notifications.models import Notice
from okalib import days, jobs
from okalib.actions import calendar
from okalib.job_words import exception_in_words
from okalib.models import Closure, PolicySettings, SpecialOpening, StaffAction
from okalib.rules import Refused

pytestmark = pytest.mark.django_db


def at_eight(day):
    return days.at(day, time(8))


def told(notice, moment):
    """The mail server has taken this notice."""
    Notice.objects.filter(pk=notice.pk).update(state="sent", sent_at=moment, next_try_at=None)


@pytest.fixture
def secured(akari, botchan, home, desk, ten):
    """坊っちゃん, secured for Akari on Tuesday, to be collected at the prefectural library."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    return circulation.check_in(item=botchan.items.get(), by=desk, now=ten).hold


@pytest.fixture
def ready(secured, wednesday):
    """The same, told on Wednesday: kept until the seventh open day, Wednesday 2026-12-09 (Monday is closed)."""
    holds.announce(day=wednesday, now=at_eight(wednesday))
    told(Notice.objects.get(kind="ready"), at_eight(wednesday))
    secured.refresh_from_db()
    return secured


def fresh(hold):
    return Hold.objects.get(pk=hold.pk)


def test_the_mail_goes_out_on_the_day_after_and_the_deadline_is_stored_with_it(secured, tuesday, wednesday):
    """SHF-1, SHF-2, A77, A87."""
    assert holds.announce(day=tuesday, now=at_eight(tuesday)) == {"told": 0}
    assert holds.announce(day=wednesday, now=at_eight(wednesday)) == {"told": 1}
    hold, notice = fresh(secured), Notice.objects.get()
    assert (hold.state, hold.announced_on, hold.keep_until) == ("ready", wednesday, date(2026, 12, 9))
    assert (notice.kind, notice.context["keep_until"]) == ("ready", "2026-12-09")


def test_run_again_there_is_no_second_mail(secured, wednesday, thursday):
    """A177, A91."""
    for day in (wednesday, wednesday, thursday):
        holds.announce(day=day, now=at_eight(day))
    assert Notice.objects.count() == 1


def test_on_a_closed_day_the_mail_says_when_the_library_opens(akari, botchan, home, desk):
    """SHF-1: secured on Sunday, told on Monday, which is closed; counting begins on Tuesday (A87)."""
    sunday, monday = date(2026, 12, 6), date(2026, 12, 7)
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=at_eight(date(2026, 12, 5)))
    hold = circulation.check_in(item=botchan.items.get(), by=desk, now=days.at(sunday, time(11))).hold
    holds.announce(day=monday, now=at_eight(monday))
    assert Notice.objects.get().context["opens_on"] == "2026-12-08"
    assert fresh(hold).keep_until == date(2026, 12, 15)


def test_a_need_by_date_before_the_deadline_rules(akari, botchan, home, desk, ten, wednesday):
    """A60: and where it is a closed day, the open day before it."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten, need_by=date(2026, 12, 7))
    hold = circulation.check_in(item=botchan.items.get(), by=desk, now=ten).hold
    holds.announce(day=wednesday, now=at_eight(wednesday))
    assert fresh(hold).keep_until == date(2026, 12, 6)


def test_on_the_last_day_it_is_kept_and_in_the_first_run_of_the_next_day_it_expires(ready):
    """A89, SHF-4."""
    last = ready.keep_until
    assert holds.expire(day=last, now=days.at(last, time(23, 59)))["expired"] == 0
    following = days.plus(last, 1)
    assert holds.expire(day=following, now=days.midnight(following))["expired"] == 1
    hold = fresh(ready)
    assert (hold.state, hold.end_reason, hold.item) == ("expired", "not_collected", None)
    assert Notice.objects.filter(kind="expired").count() == 1


@pytest.mark.parametrize("runs", [[1], [1, 1, 1], [4], [1, 2, 3, 4]])
def test_however_often_or_late_the_job_runs_the_end_is_the_same(ready, botchan, runs):
    """A91, OPS-2."""
    for late in runs:
        day = days.plus(ready.keep_until, late)
        holds.expire(day=day, now=at_eight(day))
    assert fresh(ready).state == "expired"
    assert queries.clearance() == [botchan.items.get()]
    assert Notice.objects.filter(kind="expired").count() == 1


def test_an_expired_ones_item_is_bound_to_the_next_and_served_when_staff_have_scanned_it(
    ready, aya, botchan, home, desk, thursday
):
    """A92, SHF-4, HLD-7."""
    behind = holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=at_eight(thursday))
    item, day = botchan.items.get(), date(2026, 12, 10)
    holds.expire(day=day, now=at_eight(day))
    assert fresh(behind).item == item
    assert queries.clearance() == [item]
    assert holds.announce(day=date(2026, 12, 11), now=at_eight(date(2026, 12, 11))) == {"told": 0}
    assert circulation.check_in(item=item, by=desk, now=at_eight(date(2026, 12, 11))).hold == behind
    assert queries.clearance() == []
    assert holds.announce(day=date(2026, 12, 11), now=at_eight(date(2026, 12, 11))) == {"told": 0}
    assert holds.announce(day=date(2026, 12, 12), now=at_eight(date(2026, 12, 12))) == {"told": 1}


def test_nothing_expires_while_the_patron_could_not_be_told(secured, wednesday):
    """A77, SHF-4: no expiry while the mail failed."""
    holds.announce(day=wednesday, now=at_eight(wednesday))
    day = date(2026, 12, 20)
    assert holds.expire(day=day, now=at_eight(day)) == {"moved": 0, "expired": 0, "told_late": 0, "not_told": 1}
    assert fresh(secured).is_ready


def test_who_was_told_late_has_the_whole_period_from_that_day(secured, wednesday, desk):
    """A77: told by telephone on 12-08, so until 12-15, the seventh open day."""
    holds.announce(day=wednesday, now=at_eight(wednesday))
    told(Notice.objects.get(), at_eight(date(2026, 12, 8)))
    assert holds.expire(day=date(2026, 12, 10), now=at_eight(date(2026, 12, 10)))["told_late"] == 1
    assert fresh(secured).keep_until == date(2026, 12, 15)
    assert holds.expire(day=date(2026, 12, 16), now=at_eight(date(2026, 12, 16)))["expired"] == 1


def test_a_patron_on_the_phone_list_is_reached_when_staff_have_telephoned(
    chiyo, botchan, home, desk, coop, ten, wednesday
):
    """A77, A166, PAT-4."""
    holds.reserve(patron=chiyo, bib=botchan, pickup_at=home, by=None, now=ten)
    hold = circulation.check_in(item=botchan.items.get(), by=desk, now=ten).hold
    holds.announce(day=wednesday, now=at_eight(wednesday))
    notice = Notice.objects.get()
    assert notice.is_on_phone_list
    late = date(2026, 12, 20)
    assert holds.expire(day=late, now=at_eight(late))["not_told"] == 1
    notifications.mark_phoned(notice=notice, by=coop, now=at_eight(late), reason="ご本人に連絡")
    assert holds.expire(day=late, now=at_eight(late))["told_late"] == 1
    assert fresh(hold).keep_until == date(2026, 12, 27)


def test_staff_lengthen_the_period_once(ready, desk, coop, because):
    """SHF-5, A99: seven open days more, from 2026-12-09 to 12-17."""
    hold = holds.extend(hold=ready, by=desk, now=at_eight(date(2026, 12, 9)))
    assert hold.keep_until == date(2026, 12, 17)
    assert StaffAction.objects.filter(verb="extend", by=desk).count() == 1
    with pytest.raises(Refused) as refused:
        holds.extend(hold=ready, by=desk, now=at_eight(date(2026, 12, 9)))
    assert refused.value.codes == {"already_extended"}
    assert holds.expire(day=date(2026, 12, 10), now=at_eight(date(2026, 12, 10)))["expired"] == 0


def test_only_what_is_ready_can_be_lengthened(secured, desk, ten):
    """SHF-5."""
    with pytest.raises(Refused) as refused:
        holds.extend(hold=secured, by=desk, now=ten)
    assert refused.value.codes == {"not_ready"}


def test_the_deadline_counts_exceptions_of_the_calendar(akari, botchan, home, desk, ten, wednesday):
    """SHF-2, CAL-4, CAL-5: two days closed, one Monday opened."""
    Closure.objects.create(library=home, first_on=date(2026, 12, 4), last_on=date(2026, 12, 5))
    SpecialOpening.objects.create(library=home, day=date(2026, 12, 7), opens=time(10), closes=time(17))
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    hold = circulation.check_in(item=botchan.items.get(), by=desk, now=ten).hold
    holds.announce(day=wednesday, now=at_eight(wednesday))
    assert fresh(hold).keep_until == date(2026, 12, 10)


def test_a_closure_entered_later_moves_the_deadline_and_its_patron_is_told(ready, home, coop, ten):
    """SHF-2, A88: two of the seven days are closed, so it is kept for two open days more; nothing expires meanwhile."""
    closed = {"first_on": date(2026, 12, 8), "last_on": date(2026, 12, 9), "public_note": "蔵書点検"}
    calendar.close_period(library=home, reason="点検", by=coop, now=ten, **closed)
    tenth = date(2026, 12, 10)
    assert holds.expire(day=tenth, now=at_eight(tenth))["moved"] == 1
    assert (fresh(ready).state, fresh(ready).keep_until) == ("ready", date(2026, 12, 11))
    moved = Notice.objects.get(kind="dates_moved")
    assert moved.context["reason"] == "蔵書点検"
    assert (moved.context["moves"][0]["old_on"], moved.context["moves"][0]["new_on"]) == ("2026-12-09", "2026-12-11")
    assert holds.expire(day=tenth, now=at_eight(tenth))["moved"] == 0
    assert holds.expire(day=date(2026, 12, 12), now=at_eight(date(2026, 12, 12)))["expired"] == 1


def test_a_closed_weekday_entered_later_moves_what_would_end_on_it(ready, home, thursday):
    """SHF-2: whatever closes the day, the patron has seven open days and the last of them is one."""
    home.opening_hours.filter(weekday=2).delete()  # Wednesdays: the contact day and the last one
    assert holds.expire(day=thursday, now=at_eight(thursday))["moved"] == 1
    assert fresh(ready).keep_until == date(2026, 12, 11)
    assert Notice.objects.get(kind="dates_moved").context["reason"] == {
        "ja": "休館日の追加",
        "en": "Additional closed days",
    }


def test_a_deadline_is_never_moved_earlier_nor_beyond_what_the_patron_needs(ready, home, coop, ten, thursday):
    """SHF-2, A60: a day that opens after all shortens nothing, and a need-by date goes on ruling what it ruled."""
    SpecialOpening.objects.create(library=home, day=date(2026, 12, 7), opens=time(10), closes=time(17))
    assert holds.expire(day=thursday, now=at_eight(thursday))["moved"] == 0
    Hold.objects.filter(pk=ready.pk).update(need_by=date(2026, 12, 6), keep_until=date(2026, 12, 6))
    calendar.close_period(
        library=home, first_on=date(2026, 12, 5), last_on=date(2026, 12, 5), reason="点検", by=coop, now=ten
    )
    assert holds.expire(day=thursday, now=at_eight(thursday))["moved"] == 0
    assert fresh(ready).keep_until == date(2026, 12, 6)


def test_who_has_not_been_told_yet_reads_the_new_deadline_in_the_first_mail(secured, home, coop, ten, wednesday):
    """SHF-2: one mail, with the day that holds."""
    holds.announce(day=wednesday, now=at_eight(wednesday))
    calendar.close_period(
        library=home, first_on=date(2026, 12, 9), last_on=date(2026, 12, 9), reason="点検", by=coop, now=ten
    )
    holds.expire(day=wednesday, now=at_eight(wednesday))
    notice = Notice.objects.get()
    assert no_longer_ready(notice) is None
    assert notice.context["keep_until"] == f"{fresh(secured).keep_until}" == "2026-12-10"


def test_one_reservation_with_bad_data_stops_no_other_and_is_reported(
    secured, aya, kusamakura, home, desk, ten, wednesday
):
    """A75, OPS-2: its job goes on and says which one was left, where staff read it; what was left stays as it was."""
    holds.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=None, now=ten)
    sound = circulation.check_in(item=kusamakura.items.first(), by=desk, now=ten).hold
    Hold.objects.filter(pk=secured.pk).update(need_by=date.min)  # before it there is no open day, nor any day
    row = jobs.run_for("ready_mails", wednesday, now=at_eight(wednesday))
    assert (row.state, row.counts, fresh(sound).state, fresh(secured).state) == (
        "done",
        {"told": 1},
        "ready",
        "secured",
    )
    assert row.exceptions[0].startswith(f"hold {secured.pk} skipped: OverflowError at days.py:")
    assert exception_in_words(row.exceptions[0]).startswith(f"予約{secured.pk}は")
    told(Notice.objects.get(), at_eight(wednesday))
    Hold.objects.filter(pk=secured.pk).update(state="ready", announced_on=wednesday, keep_until=wednesday)
    Notice.objects.filter().update(key=ready_key(fresh(secured)))
    late = date(2026, 12, 20)
    assert jobs.run_for("expiry", late, now=at_eight(late)).exceptions[0].startswith(f"hold {secured.pk} skipped")


def test_what_is_not_on_the_hold_shelf_is_searched_for_and_its_reservation_waits_at_its_place(
    ready, aya, botchan, home, desk, ten, thursday
):
    """PUL-5, A52: before all who came later; found again, it is kept for the same patron."""
    behind = holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=ten)
    holds.mark_kept_missing(hold=ready, by=desk, now=at_eight(thursday))
    hold, item = fresh(ready), botchan.items.get()
    assert (hold.state, hold.item, hold.keep_until, item.whereabouts) == ("waiting", None, None, "searched_for")
    assert StaffAction.objects.get(verb="mark_missing").by == desk
    assert list(queries.cannot_be_filled(PolicySettings.current())) == [hold, behind]
    assert circulation.check_in(item=item, by=desk, now=at_eight(thursday)).hold == hold


def test_a_lost_item_is_sent_nowhere_when_its_reservation_is_cancelled(ready, desk, botchan, thursday):
    """A52: it is searched for, not waited for on the clearance list."""
    holds.mark_kept_missing(hold=ready, by=desk, now=at_eight(thursday))
    holds.cancel(hold=fresh(ready), by=desk, now=at_eight(thursday))
    assert (queries.clearance(), botchan.items.get().whereabouts) == ([], "searched_for")
    with pytest.raises(Refused) as refused:
        holds.mark_kept_missing(hold=fresh(ready), by=desk, now=at_eight(thursday))
    assert refused.value.codes == {"holds_no_item"}


def test_a_mail_about_a_cancelled_reservation_is_not_sent(secured, desk, wednesday):
    """A178, NTF-2."""
    holds.announce(day=wednesday, now=at_eight(wednesday))
    holds.cancel(hold=secured, by=desk, now=at_eight(wednesday) + timedelta(minutes=1))
    notifications.send_due(now=at_eight(wednesday) + timedelta(minutes=2))
    notice = Notice.objects.get(kind="ready")
    assert notice.state == "withdrawn" and notice.withdrawn_reason


def test_in_the_clearance_list_each_item_names_who_gets_it(ready, aya, botchan, bizen, desk):
    """A92, A95."""
    holds.reserve(patron=aya, bib=botchan, pickup_at=bizen, by=None, now=at_eight(date(2026, 12, 8)))
    holds.expire(day=date(2026, 12, 10), now=at_eight(date(2026, 12, 10)))
    (item,) = queries.clearance()
    assert queries.bound_to(item).pickup_at == bizen
    assert [hold.patron for hold in queries.on_hold_shelf(bizen)] == [aya]
    assert not queries.on_hold_shelf(ready.pickup_at).exists()


def test_the_number_of_shelf_days_is_a_setting(secured, wednesday):
    """SHF-2."""
    PolicySettings.objects.update(shelf_days=1)
    holds.announce(day=wednesday, now=at_eight(wednesday))
    assert fresh(secured).keep_until == wednesday
