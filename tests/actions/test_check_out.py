"""Lending: to whom, what, until when, and what it ends (LIM-1, LIM-3, LIM-4, SHF-3, LON-1…LON-5)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from catalog.models import Item
from circulation import actions as circulation
from circulation import queries
from circulation.models import Loan, LoanPeriod, RestPeriod
from delivery import actions as delivery
from delivery.models import DeliveryRun
from holds import actions as holds
from holds.models import Hold
from notifications.models import Notice
from okalib import days
from okalib.models import Block, PolicySettings, StaffAction
from okalib.rules import Override, Refused
from tests.factories import BibFactory, CategoryFactory, ItemFactory

pytestmark = pytest.mark.django_db


def refused(**lending):
    """The reasons why an item is not lent; a refusal leaves neither a loan nor another item behind."""
    before = list(Loan.objects.order_by("pk").values()), list(Item.objects.order_by("pk").values())
    with pytest.raises(Refused) as refusal:
        circulation.check_out(**lending)
    assert (list(Loan.objects.order_by("pk").values()), list(Item.objects.order_by("pk").values())) == before
    return refusal.value.codes


def lend(item, patron, desk, now, **how):
    return circulation.check_out(item=item, patron=patron, by=desk, now=now, **how)


@pytest.fixture
def secured(akari, botchan, home, desk, ten):
    """坊っちゃん, secured for Akari on Tuesday, to be collected at the prefectural library."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    return circulation.check_in(item=botchan.items.get(), by=desk, now=ten).hold


@pytest.fixture
def ready(secured, wednesday):
    """The same, and Akari has been told on Wednesday."""
    holds.announce(day=wednesday, now=days.at(wednesday, time(8)))
    return Hold.objects.get(pk=secured.pk)


# ── An ordinary loan ──


def test_a_free_item_is_lent_for_fifteen_days(akari, home, kusamakura, desk, ten, tuesday):
    """A101, LON-1: one open loan, the item knows who has it and until when."""
    item = kusamakura.items.first()
    loan = lend(item, akari, desk, ten).loan
    item.refresh_from_db()
    assert (item.whereabouts, item.holder, item.due_on) == ("on_loan", akari, date(2026, 12, 15))
    assert (loan.lent_on, loan.due_on, loan.return_to, loan.lent_by) == (tuesday, item.due_on, home, desk)
    assert list(queries.of_patron(akari)) == [loan]


def test_a_loan_keeps_figures_for_statistics(akari, kusamakura, desk, ten):
    """RET-5: class, age band and area, whoever it was."""
    akari.birth_year, akari.area = 1984, "備前市"
    akari.save()
    loan = lend(kusamakura.items.first(), akari, desk, ten).loan
    assert (loan.material_class, loan.age_band, loan.area) == ("print", "40-49", "備前市")


def test_a_loan_at_half_past_midnight_belongs_to_the_day_of_tokyo(akari, kusamakura, desk):
    """A124: told by the clock of a server in London."""
    loan = lend(kusamakura.items.first(), akari, desk, datetime(2026, 12, 1, 15, 30, tzinfo=UTC)).loan
    assert (loan.lent_on, loan.due_on) == (date(2026, 12, 2), date(2026, 12, 16))


def test_borrowing_counts_as_using_the_card(akari, kusamakura, desk, ten, tuesday):
    """PAT-1."""
    lend(kusamakura.items.first(), akari, desk, ten)
    akari.refresh_from_db()
    assert akari.last_used_on == tuesday


def test_a_due_date_counts_on_the_calendar_of_the_place_of_return(akari, bizen, home, kusamakura, desk, coop):
    """LON-1, CAL-5: 備前 is closed on Dec 15 and 16, the prefectural library is not."""
    from okalib.actions import calendar

    now = days.at(date(2026, 12, 1), time(10))
    calendar.close_period(
        library=bizen, first_on=date(2026, 12, 15), last_on=date(2026, 12, 16), reason="点検", by=coop, now=now
    )
    first, second = kusamakura.items.all()
    assert lend(first, akari, desk, now).loan.due_on == date(2026, 12, 15)
    second_loan = lend(second, akari, desk, now, return_to=bizen, channel="post").loan
    assert second_loan.due_on == date(2026, 12, 17)


def test_the_due_date_is_cut_where_membership_ends(akari, kusamakura, desk, ten):
    """A121."""
    akari.valid_until = date(2026, 12, 7)
    akari.save()
    assert lend(kusamakura.items.first(), akari, desk, ten).loan.due_on == date(2026, 12, 6)


# ── Loan periods of their own (LON-2) ──


@pytest.fixture
def year_end(home):
    """Lent from Dec 15 to 28 at the counter: three weeks."""
    return LoanPeriod.objects.create(
        name="年末年始", first_on=date(2026, 12, 15), last_on=date(2026, 12, 28), channel="counter", days=21
    )


@pytest.mark.parametrize(
    ("lent_on", "due", "is_special"),
    [
        (date(2026, 12, 13), date(2026, 12, 27), False),
        (date(2026, 12, 15), date(2027, 1, 5), True),
        (date(2026, 12, 27), date(2027, 1, 16), True),
    ],
)
def test_lent_in_the_second_half_of_december_it_may_stay_for_three_weeks(
    akari, kusamakura, desk, year_end, lent_on, due, is_special
):
    """LON-2, A115: the period that was applied stands on the loan."""
    loan = lend(kusamakura.items.first(), akari, desk, days.at(lent_on, time(10))).loan
    assert (loan.due_on, loan.period) == (due, year_end if is_special else None)


def test_an_item_of_another_library_and_another_channel_keep_the_ordinary_period(akari, kusamakura, desk, year_end):
    """LON-2: Dec 18 and 14 days are Jan 1, and so Jan 5."""
    now = days.at(date(2026, 12, 18), time(10))
    borrowed = ItemFactory(is_interlibrary=True)
    loans = [
        lend(borrowed, akari, desk, now).loan,
        lend(kusamakura.items.first(), akari, desk, now, channel="post").loan,
    ]
    assert [(loan.due_on, loan.period) for loan in loans] == [(date(2027, 1, 5), None)] * 2


def test_the_more_specific_period_wins(akari, film, kusamakura, desk, year_end):
    """A115: for films there is one of their own; for everything else the other stays."""
    films = LoanPeriod.objects.create(
        name="視聴覚",
        first_on=date(2026, 12, 1),
        last_on=date(2026, 12, 31),
        days=8,
        channel="counter",
        material_class="av",
        category=akari.category,
    )
    now = days.at(date(2026, 12, 15), time(10))
    assert lend(film.items.get(), akari, desk, now).loan.period == films
    assert lend(kusamakura.items.first(), akari, desk, now).loan.period == year_end


def test_a_due_date_named_by_the_run_leaves_no_period_on_the_loan(akari, bizen, kusamakura, desk):
    """LON-2, DLV-6, A115: what was not applied is not written down."""
    LoanPeriod.objects.create(name="全部", first_on=date(2026, 12, 1), last_on=date(2026, 12, 31), days=40)
    now = days.at(date(2026, 12, 6), time(12))
    how = {"channel": "pickup", "return_to": bizen, "due_on": date(2027, 1, 5)}
    loan = lend(kusamakura.items.first(), akari, None, now, **how).loan
    assert (loan.due_on, loan.period) == (date(2027, 1, 5), None)


# ── What is refused ──


def test_an_item_on_loan_is_not_lent_a_second_time(akari, aya, kusamakura, desk, ten):
    """A102, A103, LON-3: to another it says "return it first", to the same patron it offers a renewal."""
    item = kusamakura.items.first()
    lend(item, akari, desk, ten)
    assert refused(item=item, patron=aya, by=desk, now=ten) == {"on_loan"}
    assert refused(item=item, patron=akari, by=desk, now=ten) == {"already_yours"}


def test_the_database_holds_no_second_open_loan_of_an_item(akari, aya, home, kusamakura, desk, ten):
    """LON-3: the last guard, whatever the verbs do."""
    loan = lend(kusamakura.items.first(), akari, desk, ten).loan
    loan.pk, loan.patron = None, aya
    with pytest.raises(IntegrityError), transaction.atomic():
        loan.save(force_insert=True)


def test_the_eleventh_book_is_refused_and_films_are_counted_apart(akari, kusamakura, film, desk, ten):
    """A104, LIM-1, CAT-4: music is audio-visual too."""
    for _number in range(10):
        lend(ItemFactory(), akari, desk, ten)
    with pytest.raises(Refused) as refusal:
        lend(kusamakura.items.first(), akari, desk, ten)
    (reason,) = refusal.value.refusals
    assert reason.code == "loan_limit" and "10" in reason.text
    for _number in range(5):
        lend(ItemFactory(bib=BibFactory(material="music")), akari, desk, ten)
    assert refused(item=film.items.get(), patron=akari, by=desk, now=ten) == {"loan_limit"}


def test_a_category_has_limits_of_its_own(akari, kusamakura, desk, ten):
    """PAT-5, LIM-1."""
    akari.category = CategoryFactory(code="child", loans_print=1)
    akari.save()
    lend(ItemFactory(), akari, desk, ten)
    assert refused(item=kusamakura.items.first(), patron=akari, by=desk, now=ten) == {"loan_limit"}


def test_waiting_reservations_do_not_count_against_loans(akari, home, kusamakura, desk, ten):
    """LIM-2, A14: the other way round."""
    for _number in range(10):
        holds.reserve(patron=akari, bib=BibFactory(items=1), pickup_at=home, by=None, now=ten)
    assert lend(kusamakura.items.first(), akari, desk, ten).loan.is_open


def test_an_overdue_loan_stops_borrowing_until_it_is_back_but_not_on_its_due_date(akari, kusamakura, desk, ten):
    """LIM-3, LON-6, A17."""
    late = lend(ItemFactory(), akari, desk, ten).loan
    first, second = kusamakura.items.all()
    assert lend(first, akari, desk, days.at(late.due_on, time(23, 59, 59))).loan.is_open
    midnight = days.midnight(days.plus(late.due_on, 1))
    assert refused(item=second, patron=akari, by=desk, now=midnight) == {"overdue_loan"}
    circulation.check_in(item=late.item, by=desk, now=midnight)
    assert lend(second, akari, desk, midnight).loan.is_open


@pytest.mark.parametrize(
    ("kind", "until", "expected"),
    [
        ("loans", None, {"blocked_loans"}),
        ("everything", date(2026, 12, 1), {"blocked_everything"}),
        ("loans", date(2026, 11, 30), set()),
        ("holds", None, set()),
    ],
)
def test_a_block_stops_loans_while_it_lasts(akari, kusamakura, desk, ten, kind, until, expected):
    """A18, A19: for the counter."""
    Block.objects.create(patron=akari, kind=kind, reason="弁償の相談中", until_on=until)
    lending = {"item": kusamakura.items.first(), "patron": akari, "by": desk, "now": ten}
    if expected:
        assert refused(**lending) == expected
    else:
        assert circulation.check_out(**lending).loan.is_open


def test_a_lapsed_card_borrows_nothing(akari, kusamakura, desk, ten):
    """PAT-1."""
    akari.last_used_on = date(2024, 11, 30)
    akari.save()
    assert refused(item=kusamakura.items.first(), patron=akari, by=desk, now=ten) == {"card_lapsed"}


@pytest.mark.parametrize("loanability", ["reference", "research", "video_stays"])
def test_what_must_stay_in_the_house_is_not_lent(akari, desk, ten, loanability):
    """CAT-3."""
    assert refused(item=ItemFactory(loanability=loanability), patron=akari, by=desk, now=ten) == {"not_lendable"}


def test_a_withdrawn_item_is_not_lent_in_silence(akari, desk, ten):
    """A200."""
    assert refused(item=ItemFactory(whereabouts="withdrawn"), patron=akari, by=desk, now=ten) == {"withdrawn"}


def test_asking_first_tells_every_reason_and_changes_nothing(akari, kusamakura, desk, ten):
    """A110."""
    Block.objects.create(patron=akari, kind="loans", reason="相談中")
    akari.last_used_on = date(2024, 11, 30)
    akari.save()
    item = ItemFactory(bib=kusamakura, loanability="research")
    before = list(Item.objects.values())
    reasons = queries.check_out_objections(item=item, patron=akari, now=ten, policy=PolicySettings.current())
    assert {reason.code for reason in reasons} == {"not_lendable", "card_lapsed", "blocked_loans"}
    assert list(Item.objects.values()) == before
    assert not Loan.objects.exists()


def test_of_ten_items_scanned_two_are_refused_with_reasons_and_eight_are_lent(akari, desk, ten):
    """A114: each is a transaction of its own; none vanishes silently."""
    items = [ItemFactory(loanability="reference" if number in (3, 7) else "lendable") for number in range(10)]
    answers = {}
    for number, item in enumerate(items):
        try:
            answers[number] = lend(item, akari, desk, ten).loan
        except Refused as refusal:
            answers[number] = refusal.codes
    assert [number for number, answer in answers.items() if answer == {"not_lendable"}] == [3, 7]
    assert Loan.objects.count() == 8


# ── The week after a renewed loan (LON-5) ──


@pytest.fixture
def returned_after_renewal(akari, botchan, desk, ten):
    """坊っちゃん, lent on Dec 1, renewed on Dec 15, returned on Friday, Dec 18."""
    loan = lend(botchan.items.get(), akari, desk, ten).loan
    circulation.renew(loan=loan, by=akari.user, now=days.at(date(2026, 12, 15), time(9)))
    circulation.check_in(item=loan.item, by=desk, now=days.at(date(2026, 12, 18), time(15)))


@pytest.mark.parametrize(
    ("on", "is_refused"),
    [(date(2026, 12, 18), True), (date(2026, 12, 24), True), (date(2026, 12, 25), False)],
)
def test_a_renewed_title_rests_for_one_week(akari, botchan, desk, returned_after_renewal, on, is_refused):
    """LON-5, A112: on the seventh day it can be had again."""
    lending = {"item": botchan.items.get(), "patron": akari, "by": desk, "now": days.at(on, time(10))}
    if is_refused:
        assert refused(**lending) == {"resting"}
    else:
        assert circulation.check_out(**lending).loan.is_open


def test_the_rest_is_for_that_patron_and_that_title_alone(
    akari, aya, botchan, kusamakura, desk, returned_after_renewal
):
    """LON-5: another copy of the title rests too."""
    now = days.at(date(2026, 12, 19), time(10))
    assert refused(item=ItemFactory(bib=botchan), patron=akari, by=desk, now=now) == {"resting"}
    assert lend(kusamakura.items.first(), akari, desk, now).loan.is_open
    assert lend(botchan.items.first(), aya, desk, now).loan.is_open


def test_staff_with_the_right_shorten_the_rest(akari, botchan, coop, because, returned_after_renewal):
    """A112: and it is written down."""
    now = days.at(date(2026, 12, 19), time(10))
    assert lend(botchan.items.get(), akari, coop, now, override=because).loan.is_open
    assert StaffAction.objects.get(verb="check_out").overridden == ["resting"]


def test_the_note_of_a_renewed_loan_erases_itself(returned_after_renewal):
    """LON-5."""
    assert RestPeriod.objects.get().until_on == date(2026, 12, 24)
    assert circulation.erase_rest_periods(day=date(2026, 12, 24)) == {"rest_periods": 0}
    assert circulation.erase_rest_periods(day=date(2026, 12, 25)) == {"rest_periods": 1}


def test_a_loan_that_was_not_renewed_leaves_no_note(akari, botchan, desk, ten):
    """LON-5."""
    lend(botchan.items.get(), akari, desk, ten)
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    assert not RestPeriod.objects.exists()
    assert lend(botchan.items.get(), akari, desk, ten).loan.is_open


# ── Items kept for reservations (LON-4, SHF-3) ──


def test_before_the_mail_the_desk_does_not_lend_unless_staff_decide(secured, akari, coop, desk, because, ten):
    """A78, SHF-3."""
    assert refused(item=secured.item, patron=akari, by=desk, now=ten) == {"not_announced"}
    assert Hold.objects.get(pk=secured.pk).is_secured
    assert lend(secured.item, akari, coop, ten, override=because).hold == secured
    assert StaffAction.objects.get(verb="check_out").overridden == ["not_announced"]


def test_an_item_kept_for_one_is_not_lent_to_another_and_nobody_is_named(
    ready, akari, aya, home, botchan, desk, coop, because, thursday
):
    """A79, A80, A85, LON-4: not to the next in line either, and no override helps."""
    now = days.at(thursday, time(10))
    holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=now)
    with pytest.raises(Refused) as refusal:
        lend(ready.item, aya, desk, now)
    assert refusal.value.codes == {"kept_for_another"}
    assert akari.name not in refusal.value.refusals[0].text + refusal.value.refusals[0].text_en
    assert refused(item=ready.item, patron=aya, by=coop, now=now, override=because) == {"kept_for_another"}
    assert Hold.objects.get(pk=ready.pk).is_ready


def test_what_is_set_aside_for_the_van_is_lent_to_its_patron_alone(
    akari, aya, botchan, bizen, desk, coop, because, ten, sunday
):
    """A106: who comes in person has it at once, by exception since no mail was sent, and the van has nothing."""
    holds.reserve(patron=akari, bib=botchan, pickup_at=bizen, by=None, now=ten)
    hold = circulation.check_in(item=botchan.items.get(), by=desk, now=ten).hold
    assert refused(item=hold.item, patron=aya, by=coop, now=ten, override=because) == {"kept_for_another"}
    assert refused(item=hold.item, patron=akari, by=desk, now=ten) == {"not_announced"}
    lent = lend(hold.item, akari, coop, ten, override=because)
    assert (lent.hold, lent.loan.channel) == (hold, "counter")
    delivery.plan(first=sunday, last=sunday)
    assert delivery.run(run=DeliveryRun.objects.get(), by=None, now=days.at(sunday, time(9))).lent == 0


def test_lending_what_is_ready_fulfils_the_reservation_in_the_same_transaction(ready, akari, desk, thursday):
    """A81, LON-4."""
    lent = lend(ready.item, akari, desk, days.at(thursday, time(10)))
    hold = Hold.objects.get(pk=ready.pk)
    assert lent.hold == hold
    assert (hold.state, hold.item, hold.keep_until) == ("fulfilled", ready.item, None)
    assert Loan.objects.open().get() == lent.loan


def test_a_loan_that_fails_leaves_the_reservation_as_it_was(ready, akari, desk, thursday, monkeypatch):
    """A81, A243: wholly or not at all."""

    def broken(*_arguments):
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(Item, "go_to", broken)
    with pytest.raises(RuntimeError):
        lend(ready.item, akari, desk, days.at(thursday, time(10)))
    assert Hold.objects.get(pk=ready.pk).is_ready
    assert not Loan.objects.exists()


@pytest.mark.parametrize("reason", ["overdue_loan", "loan_limit"])
def test_the_reservation_stays_ready_while_its_patron_may_not_borrow(ready, akari, desk, thursday, reason):
    """A83, SHF-3: and once that is mended, the item is lent."""
    now = days.at(thursday, time(10))
    if reason == "overdue_loan":
        others = [lend(ItemFactory(), akari, desk, now - timedelta(days=30)).loan]
    else:
        others = [lend(ItemFactory(), akari, desk, now).loan for _number in range(10)]
    assert refused(item=ready.item, patron=akari, by=desk, now=now) == {reason}
    assert Hold.objects.get(pk=ready.pk).is_ready
    circulation.check_in(item=others[0].item, by=desk, now=now)
    assert lend(ready.item, akari, desk, now).hold.state == "fulfilled"


def test_another_copy_of_the_title_fulfils_it_as_well_and_the_kept_one_goes_on(akari, aya, kusamakura, home, desk, ten):
    """LON-4, HLD-7: the copy that was set aside goes to the next."""
    kept, other = kusamakura.items.all()
    mine = holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    circulation.check_in(item=kept, by=desk, now=ten)
    hers = holds.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=None, now=ten)
    assert lend(other, akari, desk, ten).hold == mine
    hers.refresh_from_db()
    assert (hers.state, hers.item) == ("secured", kept)
    assert Item.objects.get(pk=kept.pk).clearance_since is not None


def test_a_waiting_reservation_ends_when_its_patron_finds_the_title_on_the_shelf(akari, kusamakura, home, desk, ten):
    """LON-4."""
    hold = holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    assert lend(kusamakura.items.first(), akari, desk, ten).hold == hold
    assert Hold.objects.get().state == "fulfilled"


def test_a_reservation_of_a_particular_copy_is_not_answered_by_another(akari, kusamakura, home, desk, ten):
    """LON-4, HLD-6."""
    wanted, other = kusamakura.items.all()
    holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=desk, now=ten, only_item=wanted)
    assert lend(other, akari, desk, ten).hold is None
    assert Hold.objects.get().is_waiting


def test_a_visitor_comes_first_and_the_desk_is_warned(akari, aya, botchan, home, desk, ten):
    """PUL-4, A69: the reservation keeps its place."""
    hold = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    lent = lend(botchan.items.get(), aya, desk, ten)
    assert [warning.code for warning in lent.warnings] == ["wanted"]
    assert lent.hold is None
    assert Hold.objects.get(pk=hold.pk).is_waiting


def test_a_copy_beyond_what_the_queue_needs_is_lent_without_a_warning(akari, aya, kusamakura, home, desk, ten):
    """A105: one waits, two are free."""
    holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    first, second = kusamakura.items.all()
    assert lend(first, aya, desk, ten).warnings == ()
    circulation.check_in(item=first, by=desk, now=ten)  # claimed for Akari
    assert lend(second, aya, desk, ten).warnings == ()


def test_a_missing_item_that_turns_up_at_the_desk_is_lent_with_a_word(akari, desk, ten):
    """PUL-5."""
    lent = lend(ItemFactory(whereabouts="searched_for"), akari, desk, ten)
    assert [warning.code for warning in lent.warnings] == ["found"]


def test_the_loan_of_a_fulfilled_reservation_serves_the_next_when_it_comes_back(
    ready, akari, aya, botchan, home, desk, thursday
):
    """A86: and the one that was fulfilled never matters again."""
    now = days.at(thursday, time(10))
    lend(ready.item, akari, desk, now)
    hers = holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=now)
    assert circulation.check_in(item=ready.item, by=desk, now=now).hold == hers
    holds.announce(day=days.plus(thursday, 1), now=now + timedelta(days=1))
    assert lend(ready.item, aya, desk, now + timedelta(days=1)).hold == hers
    assert circulation.check_in(item=ready.item, by=desk, now=now + timedelta(days=2)).hold is None


# ── Overrides (LIM-4, A192…A195) ──


def test_without_a_reason_nothing_is_overridden(akari, coop, ten):
    """A192."""
    item = ItemFactory(whereabouts="withdrawn")
    codes = refused(item=item, patron=akari, by=coop, now=ten, override=Override(" "))
    assert codes == {"withdrawn", "reason_missing"}


def test_an_override_goes_over_manual_and_automatic_blocks_that_it_names(akari, kusamakura, coop, ten):
    """A192: what it does not name still stands."""
    Block.objects.create(patron=akari, kind="loans", reason="相談中")
    akari.last_used_on = date(2024, 11, 30)
    akari.save()
    item = kusamakura.items.first()
    half = Override("館長の承認による", frozenset({"blocked_loans"}))
    assert refused(item=item, patron=akari, by=coop, now=ten, override=half) == {"card_lapsed"}
    whole = Override("館長の承認による", frozenset({"blocked_loans", "card_lapsed"}))
    assert lend(item, akari, coop, ten, override=whole).loan.is_open
    assert StaffAction.objects.get().overridden == ["blocked_loans", "card_lapsed"]


@pytest.mark.django_db(transaction=True)
def test_without_the_right_an_override_is_refused_and_the_attempt_stays_written_down(akari, desk, because, ten):
    """A193."""
    item = ItemFactory(loanability="reference")
    how = {"override": because, "due_on": date(2026, 12, 8)}
    assert refused(item=item, patron=akari, by=desk, now=ten, **how) == {"override_not_allowed"}
    trace = StaffAction.objects.get()
    assert (trace.by, trace.was_refused) == (desk, True)


@pytest.mark.parametrize("due", [None, date(2026, 11, 30), date(2026, 12, 1)])
def test_what_is_not_lendable_is_lent_by_exception_only_with_a_later_due_date(akari, coop, because, ten, due):
    """A194."""
    item = ItemFactory(loanability="research")
    assert refused(item=item, patron=akari, by=coop, now=ten, override=because, due_on=due) == {"due_date_needed"}
    loan = lend(item, akari, coop, ten, override=because, due_on=date(2026, 12, 3)).loan
    assert loan.due_on == date(2026, 12, 3)


def test_an_override_without_need_is_an_ordinary_loan(akari, kusamakura, coop, because, ten):
    """A195."""
    loan = lend(kusamakura.items.first(), akari, coop, ten, override=because).loan
    assert loan.due_on == date(2026, 12, 15)
    assert not StaffAction.objects.exists()


def test_the_limit_is_exceeded_only_by_an_override_that_leaves_a_trace(akari, kusamakura, coop, because, ten):
    """LIM-4, A250."""
    akari.category = CategoryFactory(code="none", loans_print=0)
    akari.save()
    item = kusamakura.items.first()
    assert refused(item=item, patron=akari, by=coop, now=ten) == {"loan_limit"}
    assert lend(item, akari, coop, ten, override=because).loan.is_open
    trace = StaffAction.objects.get()
    assert (trace.by, trace.patron, trace.overridden, trace.reason) == (coop, akari, ["loan_limit"], because.reason)


def test_lending_writes_no_mail(akari, kusamakura, desk, ten):
    """A111: nothing at the desk waits for a mail server."""
    lend(kusamakura.items.first(), akari, desk, ten)
    assert not Notice.objects.exists()
