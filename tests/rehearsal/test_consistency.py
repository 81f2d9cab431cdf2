"""The consistency check finds each broken invariant, and none in a sound library (OPS-4, A245).

`library` lives ten days in verbs; each anomaly is put in by hand behind their back, past the guards of the database.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from catalog.models import Item, SavedSearch
from catalog.rules import Whereabouts
from circulation import actions as circulation
from circulation.models import Loan, ReadingRecord
from delivery import actions as delivery
from delivery import consistency
from delivery import tasks as delivery_tasks
from delivery.models import Bag, DeliveryRun, SlipLine
from holds import actions as holds
from holds.models import Hold, HoldGroup
from holds.queries import pull_list
from notifications import actions as notifications
from notifications.models import Notice
from okalib import clock, days, jobs
from okalib.actions import calendar
from okalib.models import JobRun, Patron, PolicySettings, StaffAction
from tests.factories import BibFactory, ItemFactory, PatronFactory

pytestmark = pytest.mark.django_db

TUESDAY, WEDNESDAY, THURSDAY, SATURDAY, SUNDAY = (date(2026, 12, day) for day in (1, 2, 3, 5, 6))
NOW = days.at(date(2026, 12, 10), time(10))
TABLES = ("catalog_item", "circulation_loan", "holds_hold", "holds_holdgroup", "delivery_bag", "delivery_slipline")


def at(day: date, hour: int = 10) -> datetime:
    return days.at(day, time(hour))


@pytest.fixture
def library(home, bizen, hinase, akari, aya, chiyo, desk, kusamakura, botchan, film):
    """Ten days: akari's 坊っちゃん is ready, chiyo's film was delivered to bizen, aya has a 草枕, chiyo had one."""
    delivery.plan(first=TUESDAY, last=date(2026, 12, 31))
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=at(TUESDAY))
    holds.reserve(patron=chiyo, bib=film, pickup_at=bizen, by=None, now=at(TUESDAY))
    first, second = kusamakura.items.order_by("pk")
    holds.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=None, now=at(TUESDAY))
    circulation.check_out(item=first, patron=aya, by=desk, now=at(TUESDAY, 11))
    circulation.check_out(item=second, patron=chiyo, by=desk, now=at(TUESDAY, 12))
    circulation.check_in(item=second, by=desk, now=at(THURSDAY))
    holds.make_pull_list(day=WEDNESDAY, now=at(WEDNESDAY, 8))
    for line in pull_list(WEDNESDAY):
        circulation.check_in(item=line.item, by=desk, now=at(WEDNESDAY, 9))
    holds.announce(day=THURSDAY, now=at(THURSDAY, 8))
    notifications.send_due(now=at(THURSDAY, 9))
    run = DeliveryRun.objects.get(lend_on=SUNDAY)
    delivery.run(run=run, by=None, now=at(SUNDAY))
    delivery.send(bags=Bag.objects.all(), by=desk, now=at(SUNDAY, 16))
    delivery.announce(run=run, by=None, now=at(run.mail_on, 8))
    notifications.send_due(now=at(run.mail_on, 9))
    return home


def broken() -> dict[str, int]:
    return {finding.name: finding.count for finding in consistency.check(now=NOW) if finding.is_broken}


@pytest.fixture
def unguarded(library):
    """The library without the guards of the database, as a restored backup may be; this transaction alone sees it."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            constraints = connection.introspection.get_constraints(cursor, table)
            for name, facts in constraints.items():
                if facts["check"]:
                    cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}"')
                elif facts["unique"] and not facts["primary_key"] and facts["index"]:
                    cursor.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT IF EXISTS "{name}"')
                    cursor.execute(f'DROP INDEX IF EXISTS "{name}"')


def test_a_library_that_went_through_the_verbs_breaks_nothing(library):
    """OPS-4: the story has loans, a ready reservation, a bag and notices, and all of it agrees."""
    assert Hold.objects.filter(state="ready").count() == 1
    assert SlipLine.objects.count() == 1
    assert Loan.objects.open().count() == 2
    assert broken() == {}


# ── the anomalies, one for each invariant and by its name ──


def item_on_loan_without_its_loan():
    Item.objects.filter(whereabouts=Whereabouts.ON_LOAN).update(due_on=F("due_on") + timedelta(days=1))
    return 2


def open_loan_of_item_elsewhere():
    lent = Item.objects.filter(whereabouts=Whereabouts.ON_LOAN)
    return lent.update(whereabouts=Whereabouts.SHELF, holder=None, due_on=None)


def item_lent_twice():
    loan = Loan.objects.open().filter(channel="counter").get()
    loan.pk = None
    loan.save(force_insert=True)
    return 1


def item_set_aside_for_nobody():
    return Item.objects.filter(whereabouts=Whereabouts.SHELF).update(whereabouts=Whereabouts.SET_ASIDE)


def bound_hold_without_its_item():
    return Item.objects.filter(whereabouts=Whereabouts.SET_ASIDE).update(whereabouts=Whereabouts.SHELF)


def item_bound_twice():
    ready = Hold.objects.get(state="ready")
    ready.pk, ready.patron = None, Patron.objects.exclude(pk=ready.patron_id).first()
    ready.save(force_insert=True)
    return 1


def received_differently():
    return Loan.objects.open().filter(channel="pickup").update(received_on=SUNDAY)


def returned_loan_remembers_patron():
    return Loan.objects.exclude(returned_at=None).update(patron=Patron.objects.first())


def fulfilled_hold_remembers_patron():
    hold = Hold.objects.get(state="fulfilled", bib__title="草枕")
    loan = Loan.objects.get(item=hold.item, lent_at=hold.ended_at)
    return Loan.objects.filter(pk=loan.pk).update(returned_at=NOW, returned_on=NOW.date(), patron=None)


def reading_record_not_wanted():
    loan = Loan.objects.select_related("item").first()
    facts = {"patron": Patron.objects.first(), "lent_on": loan.lent_on, "returned_on": loan.lent_on}
    ReadingRecord.objects.create(bib_id=loan.item.bib_id, **facts)
    return 1


def loan_limit_exceeded():
    aya = Patron.objects.get(name="馬場文")
    ItemFactory.create_batch(10, holder=aya, whereabouts=Whereabouts.ON_LOAN, due_on=SUNDAY, bib=BibFactory())
    return 1


def hold_limit_exceeded():
    ready = Hold.objects.get(state="ready")
    for bib in BibFactory.create_batch(10):
        facts = {"pickup_at": ready.pickup_at, "accepted_at": NOW, "queue_at": NOW}
        Hold.objects.create(patron=ready.patron, bib=bib, **facts)
    return 1


def due_on_closed_day():
    loans = Loan.objects.open().filter(channel="counter")
    Item.objects.filter(loans__in=loans).update(due_on=date(2026, 12, 14))
    return loans.update(due_on=date(2026, 12, 14))


def title_reserved_twice():
    ready = Hold.objects.get(state="ready")
    facts = {"pickup_at": ready.pickup_at, "accepted_at": NOW, "queue_at": NOW}
    Hold.objects.create(patron=ready.patron, bib=ready.bib, **facts)
    return 1


def hold_bound_to_wrong_item():
    return Hold.objects.filter(state="ready").update(only_item=Item.objects.filter(bib__title="晩春").get())


def fulfilled_without_loan():
    return Hold.objects.filter(state="fulfilled", bib__title="草枕").update(item=None)


def queue_changed_without_trace():
    return Hold.objects.filter(state="ready").update(queue_at=NOW)


def later_volume_first():
    later = Hold.objects.get(state="ready")
    group = HoldGroup.objects.create(patron=later.patron, kind="in_order", made_at=NOW)
    Hold.objects.create(
        patron=later.patron, bib=BibFactory(), pickup_at=later.pickup_at, accepted_at=NOW, queue_at=NOW,
        group=group, volume_order=1,
    )  # fmt: skip
    return Hold.objects.filter(pk=later.pk).update(group=group, volume_order=2)


def any_of_goes_on():
    ready = Hold.objects.get(state="ready")
    group = HoldGroup.objects.create(patron=ready.patron, kind="any_of", wanted=1, made_at=NOW)
    Hold.objects.create(
        patron=ready.patron, bib=BibFactory(), pickup_at=ready.pickup_at, accepted_at=NOW, queue_at=NOW,
        group=group, volume_order=2,
    )  # fmt: skip
    return Hold.objects.filter(pk=ready.pk).update(group=group, volume_order=1)


def ready_without_deadline():
    return Hold.objects.filter(state="ready").update(keep_until=None)


def deadline_on_closed_day():
    return Hold.objects.filter(state="ready").update(keep_until=date(2026, 12, 14))


def kept_beyond_deadline():
    return Hold.objects.filter(state="ready").update(keep_until=date(2026, 12, 8))


def waiting_beyond_need():
    hold = Hold.objects.get(state="ready")
    facts = {"pickup_at": hold.pickup_at, "accepted_at": at(TUESDAY), "queue_at": at(TUESDAY)}
    Hold.objects.create(patron=hold.patron, bib=BibFactory(), need_by=SATURDAY, **facts)
    return 1


def slip_line_without_loan():
    return Loan.objects.filter(channel="pickup").update(is_annulled=True)


def delivered_without_slip():
    SlipLine.objects.all().delete()
    return 1


def bag_of_run_never_lent():
    DeliveryRun.objects.update(lent_at=None)
    return 1


def bag_of_two_patrons():
    bag = Bag.objects.get()
    SlipLine.objects.create(bag=bag, loan=Loan.objects.open().get(channel="counter"), due_on=SUNDAY)
    return 1


def empty_bag():
    bag = Bag.objects.get()
    Bag.objects.create(run=bag.run, library=bag.library, packed_at=NOW)
    return 1


def run_not_lent():
    DeliveryRun.objects.filter(lend_on=SUNDAY).update(lent_at=None)
    return 1


def run_not_announced():
    DeliveryRun.objects.filter(lend_on=SUNDAY).update(announced_at=None, mail_on=date(2026, 12, 9))
    return 1


def delivered_without_notice():
    Notice.objects.filter(kind="delivery_ready").delete()
    return 1


def ready_without_notice():
    return Hold.objects.filter(state="ready").update(announced_on=WEDNESDAY)


def notice_without_cause():
    facts = {"state": "queued", "sent_at": None, "next_try_at": NOW - timedelta(days=1)}
    Notice.objects.filter(kind="ready").update(**facts)
    ready = Hold.objects.get(state="ready")
    holds.cancel(hold=ready, by=None, now=NOW)
    Notice.objects.filter(kind="delivery_ready").update(**{**facts, "context": {"loans": [0]}})
    return 2


def notice_not_sent():
    late = {"state": "queued", "sent_at": None, "next_try_at": NOW - timedelta(hours=2)}
    return Notice.objects.filter(kind="ready").update(**late)


def search_ahead_of_news():
    facts = {"patron": Patron.objects.first(), "saved_at": NOW, "told_batch": 99, "looked_batch": 0}
    SavedSearch.objects.create(name="猫", address="q=猫", **facts)
    return 1


def last_use_forgotten():
    return Patron.objects.filter(name="馬場文").update(last_used_on=date(2026, 11, 30))


def job_failed():
    JobRun.objects.create(job="expiry", day=SUNDAY, state="failed", started_at=at(SUNDAY), finished_at=at(SUNDAY))
    return 1


def job_not_ended():
    JobRun.objects.create(job="expiry", day=SUNDAY, state="running", started_at=at(SUNDAY))
    return 1


def job_not_run():
    JobRun.objects.create(job="expiry", day=SUNDAY, state="done", started_at=at(SUNDAY), finished_at=at(SUNDAY))
    return 1


def test_each_anomaly_is_found_and_said_with_an_example_and_what_to_do(unguarded):
    """OPS-4, A245: every invariant can be broken, and is found as often as it is."""
    for name in consistency.INVARIANTS.keys() - {"guard_missing"}:
        savepoint = transaction.savepoint()
        anomaly: Callable[[], int] = globals()[name]
        number = anomaly()
        found = {finding.name: finding for finding in consistency.check(now=NOW)}[name]
        assert (name, found.count) == (name, number)
        assert len(found.examples) == min(number, 5) >= 1, name
        assert found.what_to_do, name
        assert found.title, name
        transaction.savepoint_rollback(savepoint)


def test_a_missing_guard_of_the_database_is_named(unguarded):
    """OPS-4: the last guard is missed when it is gone."""
    missing = consistency.INVARIANTS["guard_missing"].find(NOW)
    assert {"one_open_loan_per_item", "item_on_loan_has_holder_and_due_date", "one_open_hold_per_patron_and_bib"} <= {
        *missing
    }


# ── what only looks like an anomaly ──


def test_limits_may_be_exceeded_by_an_override_that_was_written_down(library, desk):
    """LIM-4: an exception with a reason is no anomaly."""
    loan_limit_exceeded()
    aya = Patron.objects.get(name="馬場文")
    StaffAction.objects.create(at=NOW, by=desk, verb="check_out", patron=aya, reason="団体", overridden=["loan_limit"])
    assert "loan_limit_exceeded" not in broken()


def test_nothing_is_kept_too_long_while_an_emergency_keeps_the_library_shut(library, home, desk):
    """CAL-8, SHF-4: the sweep rests; it has one night when the library opens again, or when the closure is undone."""
    closing = {"library": home, "first_on": THURSDAY, "last_on": date(2026, 12, 11), "reason": "台風", "by": desk}
    closure = delivery.close_in_emergency(**closing, now=at(THURSDAY))
    Hold.objects.filter(state="ready").update(keep_until=date(2026, 12, 2))
    days_broken = {}
    for day in (10, 11, 12, 13):
        found = consistency.check(now=at(date(2026, 12, day)))
        days_broken[day] = any(each.name == "kept_beyond_deadline" and each.is_broken for each in found)
    assert days_broken == {10: False, 11: False, 12: False, 13: True}
    delivery.undo_emergency(closure=closure, by=desk, now=at(date(2026, 12, 9)))
    Hold.objects.filter(state="ready").update(keep_until=date(2026, 12, 2))
    assert "kept_beyond_deadline" not in broken()
    assert consistency.INVARIANTS["kept_beyond_deadline"].check(at(date(2026, 12, 11))).is_broken


def test_due_dates_on_closed_days_are_right_while_the_switch_is_off(library):
    """LON-1: the switch of the policy decides, and a closure entered later is not counted."""
    due_on_closed_day()
    PolicySettings.objects.update(due_on_open_day=False)
    assert "due_on_closed_day" not in broken()


def test_a_closure_entered_after_lending_does_not_break_due_dates(library, desk):
    """LON-1: dates given before a closure was known stay as they are, unless the emergency closure moves them."""
    due_on = Loan.objects.open().get(channel="counter").due_on
    calendar.close_period(library=library, first_on=due_on, last_on=due_on, reason="点検", by=desk, now=NOW)
    assert "due_on_closed_day" not in broken()


def test_a_queue_that_staff_have_reordered_is_no_anomaly(library, coop):
    """HLD-2, A40: what `move` wrote down explains the order."""
    title = BibFactory(items=1)
    first, second = (
        holds.reserve(patron=patron, bib=title, pickup_at=library, by=None, now=at(WEDNESDAY, hour))
        for hour, patron in enumerate(PatronFactory.create_batch(2), start=10)
    )
    holds.move(hold=second, before=first, by=coop, now=at(THURSDAY))
    assert "queue_changed_without_trace" not in broken()


def test_a_notice_that_waits_for_its_next_try_may_have_lost_its_cause(library):
    """NTF-2: the worker asks the cause just before sending, so until then nothing is wrong."""
    later = {"state": "queued", "sent_at": None, "next_try_at": NOW + timedelta(hours=1)}
    Notice.objects.filter(kind="ready").update(**later)
    holds.cancel(hold=Hold.objects.get(state="ready"), by=None, now=NOW)
    assert {"notice_without_cause", "notice_not_sent"}.isdisjoint(broken())


# ── where it is asked ──


def test_the_nightly_job_writes_down_what_is_broken(library):
    """OPS-4: names, numbers and examples stand in the row of the job, and no person does."""
    due_on_closed_day()
    report = delivery_tasks.consistency_check(NOW.date(), NOW)
    assert report.counts == {"broken": 1}
    assert report.exceptions[0].startswith("due_on_closed_day: 1 (loan ")


def test_it_is_a_job_of_the_timetable():
    """OPS-1."""
    assert "consistency_check" in jobs.known()


def test_the_command_ends_with_1_and_says_what_to_do(library, capsys):
    """OPS-4: by name, count, example and remedy."""
    due_on_closed_day()
    with clock.standing_at(NOW), pytest.raises(SystemExit) as ended:
        call_command("check_invariants")
    assert ended.value.code == 1
    printed = capsys.readouterr().out
    assert "due_on_closed_day: 1" in printed
    assert "臨時休館の操作" in printed.replace("\n", "")


def test_the_command_ends_well_where_all_is_well(library, capsys):
    """OPS-4."""
    with clock.standing_at(NOW):
        call_command("check_invariants", all=True)
    assert "item_lent_twice" in capsys.readouterr().out


def test_the_number_of_questions_does_not_grow_with_the_library(library, django_assert_max_num_queries):
    """A245: one question for each invariant, and a few for the calendars; never one for each row."""
    with django_assert_max_num_queries(70):
        consistency.check(now=NOW)


# ── what the guards of the database refuse at once ──

REFUSED = {
    "item_on_loan_without_its_loan": "UPDATE catalog_item SET due_on = NULL WHERE whereabouts = 'on_loan'",
    "open_loan_of_item_elsewhere": "UPDATE catalog_item SET whereabouts = 'shelf' WHERE whereabouts = 'on_loan'",
    "item_lent_twice": lambda: item_lent_twice(),
    "bound_hold_without_its_item": "UPDATE holds_hold SET item_id = NULL WHERE state = 'ready'",
    "item_bound_twice": lambda: item_bound_twice(),
    "returned_loan_remembers_patron": lambda: returned_loan_remembers_patron(),
    "title_reserved_twice": lambda: title_reserved_twice(),
    "ready_without_deadline": lambda: ready_without_deadline(),
    "received_differently": "UPDATE circulation_loan SET received_on = '2026-12-06' WHERE received_at_id IS NULL",
    "item_set_aside_for_nobody": "UPDATE catalog_item SET clearance_since = now() WHERE whereabouts = 'shelf'",
    "later_volume_first": "UPDATE holds_holdgroup SET wanted = 0 WHERE kind = 'any_of'",
    "notice_not_sent": "UPDATE notifications_notice SET state = 'queued', next_try_at = NULL",
    "run_not_lent": "UPDATE delivery_deliveryrun SET mail_on = lend_on - 1",
    "job_not_ended": "UPDATE okalib_jobrun SET state = 'done', finished_at = NULL",
}
"""Anomalies that cannot be made while the guards stand: by a hand in SQL, or as above."""


@pytest.mark.parametrize("name", REFUSED)
def test_the_database_itself_refuses_what_would_break_it(library, name):
    """OPS-4: the last guard; the check is for what goes round it."""
    JobRun.objects.create(job="expiry", day=SUNDAY, state="running", started_at=at(SUNDAY))
    HoldGroup.objects.create(patron=Patron.objects.first(), kind="any_of", wanted=1, made_at=NOW)
    anomaly = REFUSED[name]
    with pytest.raises(IntegrityError), transaction.atomic():
        if callable(anomaly):
            anomaly()
        else:
            with connection.cursor() as cursor:
                cursor.execute(anomaly)
                assert cursor.rowcount, "there was nothing to break"
    assert broken().keys() <= {"job_not_ended"}
