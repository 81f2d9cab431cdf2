"""What is left of a reader and a title after the return, and what the reader wants to be left (RET-5; A201…A206)."""

from datetime import date, time

import pytest
from django.apps import apps

from catalog.models import Item
from circulation import actions as circulation
from circulation import queries
from circulation.models import Loan, ReadingRecord
from delivery import actions as delivery
from delivery.models import Bag, DeliveryRun
from holds import actions as holds
from holds.models import Hold, HoldGroup
from notifications.models import Notice
from okalib import days, jobs
from okalib.models import PolicySettings
from tests.factories import BibFactory

pytestmark = pytest.mark.django_db


def noon(day):
    return days.at(day, time(12))


# ── The reading record, for those who want one ──


def lend_and_return(patron, bib, desk, now):
    item = bib.items.first()
    circulation.check_out(item=item, patron=patron, by=desk, now=now)
    circulation.check_in(item=item, by=desk, now=now)


def test_without_asking_for_it_nobody_has_a_reading_record(akari, kusamakura, desk, ten):
    """RET-5."""
    lend_and_return(akari, kusamakura, desk, ten)
    assert not ReadingRecord.objects.exists()


def test_who_asks_for_it_has_one_from_then_on(akari, kusamakura, botchan, desk, ten, tuesday):
    """RET-5, A204: what was returned before is not brought back."""
    lend_and_return(akari, botchan, desk, ten)
    circulation.set_reading_record(patron=akari, wanted=True)
    lend_and_return(akari, kusamakura, desk, ten)
    (line,) = queries.reading_record(akari)
    assert (line.bib, line.lent_on, line.returned_on) == (kusamakura, tuesday, tuesday)


def test_opting_out_erases_at_once(akari, aya, kusamakura, desk, ten):
    """A204: one's own record and nobody else's."""
    for patron in (akari, aya):
        circulation.set_reading_record(patron=patron, wanted=True)
        lend_and_return(patron, kusamakura, desk, ten)
    circulation.set_reading_record(patron=akari, wanted=False)
    assert list(queries.reading_record(akari)) == []
    assert len(queries.reading_record(aya)) == 1
    lend_and_return(akari, kusamakura, desk, ten)
    assert list(queries.reading_record(akari)) == []


# ── What is left without one ──


def traces(patron, bib):
    """Every row of every table that leads both to a patron and to a title, as "app.Model" (of notices, the kind)."""
    return {
        f"{row._meta.label}:{row.kind}" if isinstance(row, Notice) else row._meta.label
        for model in apps.get_models()
        for row in model._default_manager.all()
        if leads_to(row, {patron, patron.user}, (patron.name, patron.email, patron.card_number))
        and leads_to(row, {bib, *bib.items.all(), *Hold.objects.filter(bib=bib)}, words_for(bib))
    }


def words_for(bib):
    numbers = [item.item_number for item in bib.items.all()]
    return [bib.title, *numbers, *(f"hold:{hold.pk}" for hold in Hold.objects.filter(bib=bib))]


def leads_to(row, goals, words):
    """Whether a row is one of `goals`, points to one, directly or by a row in between, or holds one of `words`."""
    fields = row._meta.concrete_fields
    others = [getattr(row, field.name) for field in fields if field.is_relation]
    texts = [str(getattr(row, field.attname)) for field in fields if not field.is_relation]
    return (
        row in goals
        or any(other in goals or leads_to_directly(other, goals) for other in others if other is not None)
        or any(word in text for word in words for text in texts if word)
    )


def leads_to_directly(row, goals):
    return any(getattr(row, field.name) in goals for field in row._meta.concrete_fields if field.is_relation)


@pytest.fixture
def a_long_story(akari, botchan, home, desk, coop, because, ten):
    """坊っちゃん reserved, told, lent early by override, reminded of, renewed, overdue, and returned on Jan 20."""
    akari.wants_due_reminders = True
    akari.save()
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=akari.user, now=ten)
    item = botchan.items.get()
    circulation.check_in(item=item, by=desk, now=ten)
    holds.announce(day=date(2026, 12, 2), now=noon(date(2026, 12, 2)))
    loan = circulation.check_out(item=item, patron=akari, by=desk, now=noon(date(2026, 12, 2))).loan
    circulation.remind(day=date(2026, 12, 13), now=noon(date(2026, 12, 13)))
    circulation.renew(loan=loan, by=coop, now=noon(date(2026, 12, 13)), override=because)
    circulation.remind(day=date(2027, 1, 3), now=noon(date(2027, 1, 3)))
    assert traces(akari, botchan) >= {"holds.Hold", "circulation.Loan", "catalog.Item", "notifications.Notice:ready"}
    circulation.check_in(item=item, by=desk, now=noon(date(2027, 1, 20)))


def test_after_a_return_only_what_has_a_term_of_its_own_leads_from_patron_to_title(a_long_story, akari, botchan):
    """RET-5: reservation, loan, item and the mail about the reservation are cut at once.

    Left, and each for its days: the reminders (60), the week of rest after a renewal (LON-5), what staff overrode (90).
    """
    assert traces(akari, botchan) == {
        "notifications.Notice:due_soon",
        "notifications.Notice:overdue",
        "circulation.RestPeriod",
        "okalib.StaffAction",
    }


def test_once_those_terms_are_over_nothing_does(a_long_story, akari, botchan, home):
    """RET-5, A201: by the nightly job, day for day."""
    Notice.objects.filter(state="queued").update(state="sent", sent_at=noon(date(2027, 1, 3)), next_try_at=None)
    jobs.run_for("retention", date(2027, 1, 27), now=noon(date(2027, 1, 27)))
    assert "circulation.RestPeriod" not in traces(akari, botchan)
    jobs.run_for("retention", date(2027, 4, 25), now=noon(date(2027, 4, 25)))
    assert traces(akari, botchan) == set()


def test_what_statistics_need_is_left(akari, botchan, desk, ten, tuesday):
    """RET-5, A201: counts by class, age band and area."""
    akari.birth_year, akari.area = 1990, "岡山市"
    akari.save()
    lend_and_return(akari, botchan, desk, ten)
    loan = Loan.objects.get()
    assert (loan.patron, loan.lent_on, loan.material_class, loan.age_band, loan.area) == (
        None, tuesday, "print", "30-39", "岡山市",
    )  # fmt: skip


def test_open_loans_are_never_forgotten(akari, botchan, home, desk, ten):
    """A202: nor the reservation that the loan fulfilled, however old."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    circulation.check_out(item=botchan.items.get(), patron=akari, by=desk, now=ten)
    jobs.run_for("retention", date(2028, 12, 1), now=noon(date(2028, 12, 1)))
    assert Loan.objects.get().patron == akari
    assert Hold.objects.get().patron == akari
    assert Item.objects.get().holder == akari


def test_cancelled_reservations_are_forgotten_after_their_days(akari, botchan, home, ten):
    """A206: after 35 days, and the list of reservations still opens."""
    hold = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=akari.user, now=ten)
    holds.cancel(hold=hold, by=akari.user, now=ten)
    for day, is_left in ((date(2027, 1, 5), True), (date(2027, 1, 6), False)):
        jobs.run_for("retention", day, now=noon(day))
        assert (Hold.objects.get().patron == akari) is is_left
    assert "holds.Hold" not in traces(akari, botchan)


def test_a_group_of_reservations_does_not_lead_to_what_was_read(akari, botchan, home, desk, ten):
    """RET-5, HLD-9: what was lent and returned leaves its group, which is the patron's."""
    others = [BibFactory(items=1) for _number in range(3)]
    for bib in (botchan, *others):
        holds.add_to_basket(patron=akari, bib=bib, now=ten)
    holds.reserve_basket(patron=akari, pickup_at=home, by=akari.user, now=ten, order="any_of", wanted=2)
    lend_and_return(akari, botchan, desk, ten)
    assert traces(akari, botchan) == set()
    assert HoldGroup.objects.get().holds.count() == 3
    circulation.check_in(item=others[0].items.get(), by=desk, now=ten)
    assert sorted(Hold.objects.filter(bib__in=others).values_list("state", flat=True)) == [
        "cancelled", "cancelled", "secured",
    ]  # fmt: skip


def test_a_delivered_title_leaves_its_mail_for_sixty_days_and_nothing_else(
    akari, bizen, botchan, desk, coop, ten, sunday
):
    """RET-5, DLV-4: the bag does not say whose it was once its loans are closed."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=bizen, by=None, now=ten)
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    delivery.plan(first=sunday, last=sunday)
    run = DeliveryRun.objects.get()
    delivery.run(run=run, by=coop, now=noon(sunday))
    delivery.announce(run=run, by=None, now=noon(run.mail_on))
    Notice.objects.update(state="sent", sent_at=noon(run.mail_on), next_try_at=None)
    assert {"circulation.Loan", "delivery.SlipLine", "holds.Hold"} <= traces(akari, botchan)
    circulation.check_in(item=botchan.items.get(), by=desk, now=noon(run.window_to))
    assert traces(akari, botchan) == {"notifications.Notice:delivery_ready"}
    assert Bag.objects.get().patron is None
    kept = PolicySettings.current().notices_kept_days
    day = days.plus(run.mail_on, kept + 1)
    jobs.run_for("retention", day, now=noon(day))
    assert traces(akari, botchan) == set()
