"""A patron reserves a title: accepted once, or refused with every reason (HLD-1…HLD-3, HLD-6, HLD-11, LIM-2, LIM-3)."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest

from circulation import actions as circulation
from holds import actions as holds
from holds import queries
from holds.models import Hold
from okalib import days
from okalib.models import Block, PolicySettings, StaffAction
from okalib.rules import Refused
from tests.factories import BibFactory, CategoryFactory, ItemFactory

pytestmark = pytest.mark.django_db


def codes_of(**request):
    """The reasons why a reservation is refused; a refusal leaves no reservation behind."""
    before = Hold.objects.count()
    with pytest.raises(Refused) as refused:
        holds.reserve(**request)
    assert Hold.objects.count() == before
    return refused.value.codes


def test_a_reserved_title_waits_and_its_patron_is_first(akari, kusamakura, home, ten, desk):
    """A1, HLD-1."""
    hold = holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=akari.user, now=ten)
    assert hold.is_waiting
    place = queries.position(hold, PolicySettings.current())
    assert (place.position, place.waiting, place.copies) == (1, 1, 2)


def test_a_title_is_reserved_once_by_the_same_patron(akari, kusamakura, home, ten):
    """A3, HLD-3."""
    holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    assert codes_of(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten) == {"already_reserved"}


def test_who_waits_for_one_copy_cannot_reserve_the_title_as_well_nor_the_other_way_round(
    akari, aya, kusamakura, home, desk, ten
):
    """A4, HLD-6."""
    copy = kusamakura.items.first()
    holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=desk, now=ten, only_item=copy)
    holds.reserve(patron=aya, bib=kusamakura, pickup_at=home, by=None, now=ten)
    assert codes_of(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten) == {"already_reserved"}
    assert codes_of(patron=aya, bib=kusamakura, pickup_at=home, by=desk, now=ten, only_item=copy) == {
        "already_reserved"
    }


def test_what_a_patron_has_on_loan_cannot_be_reserved(akari, kusamakura, home, desk, ten):
    """A5, HLD-3."""
    circulation.check_out(item=kusamakura.items.first(), patron=akari, by=desk, now=ten)
    assert codes_of(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten) == {"already_on_loan"}


def test_what_is_secured_for_a_patron_cannot_be_reserved_again(akari, kusamakura, home, desk, ten):
    """A6, HLD-3."""
    holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    circulation.check_in(item=kusamakura.items.first(), by=desk, now=ten)
    assert codes_of(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten) == {"already_secured"}


def test_two_titles_have_independent_queues(akari, aya, kusamakura, botchan, home, ten):
    """A8, HLD-2."""
    holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=ten)
    first = holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    second = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    policy = PolicySettings.current()
    assert queries.position(first, policy).position == 1
    assert queries.position(second, policy).position == 2


@pytest.mark.parametrize("loanability", ["reference", "research", "video_stays"])
def test_what_must_stay_in_the_house_cannot_be_reserved(akari, home, ten, loanability):
    """A9, CAT-3."""
    bib = BibFactory(items=1, items__loanability=loanability)
    assert codes_of(patron=akari, bib=bib, pickup_at=home, by=None, now=ten) == {"no_lendable_item"}


def test_only_the_lendable_copy_of_a_title_is_ever_bound(akari, home, desk, ten):
    """A10, CAT-3."""
    bib = BibFactory(items=1)
    stays = ItemFactory(bib=bib, loanability="reference")
    hold = holds.reserve(patron=akari, bib=bib, pickup_at=home, by=None, now=ten)
    assert circulation.check_in(item=stays, by=desk, now=ten).hold is None
    assert circulation.check_in(item=bib.items.get(loanability="lendable"), by=desk, now=ten).hold == hold


def test_the_eleventh_reservation_is_refused_and_the_limit_is_named(akari, home, ten):
    """A12, LIM-2."""
    for _number in range(10):
        holds.reserve(patron=akari, bib=BibFactory(items=1), pickup_at=home, by=None, now=ten)
    with pytest.raises(Refused) as refused:
        holds.reserve(patron=akari, bib=BibFactory(items=1), pickup_at=home, by=None, now=ten)
    (refusal,) = refused.value.refusals
    assert refusal.code == "hold_limit"
    assert "10" in refusal.text and "10" in refusal.text_en


def test_who_may_have_no_films_is_told_so_and_reserves_books(akari, film, kusamakura, home, desk, ten):
    """A11, PAT-5: a limit of nought is said in words, not as "0 of 0", for lending too."""
    akari.category = CategoryFactory(code="group", holds_av=0, loans_av=0)
    akari.save()
    with pytest.raises(Refused) as refused:
        holds.reserve(patron=akari, bib=film, pickup_at=home, by=None, now=ten)
    (refusal,) = refused.value.refusals
    assert refusal.code == "hold_limit"
    assert refusal.text == "お使いの利用者区分では、視聴覚資料の予約はできません。"
    assert refusal.text_en == "Audio-visual items cannot be reserved with your kind of card."
    with pytest.raises(Refused) as refused:
        circulation.check_out(item=film.items.get(), patron=akari, by=desk, now=ten)
    assert [refusal.text for refusal in refused.value.refusals] == [
        "お使いの利用者区分では、視聴覚資料の貸出はできません。"
    ]
    assert holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten).is_waiting


def test_secured_and_ready_reservations_count_too_and_audio_visual_ones_apart(akari, film, home, desk, ten, wednesday):
    """A12, LIM-2."""
    bibs = [BibFactory(items=1) for _number in range(10)]
    for bib in bibs:
        holds.reserve(patron=akari, bib=bib, pickup_at=home, by=None, now=ten)
    circulation.check_in(item=bibs[0].items.get(), by=desk, now=ten)
    circulation.check_in(item=bibs[1].items.get(), by=desk, now=ten)
    holds.announce(day=wednesday, now=days.at(wednesday, time(8)))
    assert codes_of(patron=akari, bib=BibFactory(items=1), pickup_at=home, by=None, now=ten) == {"hold_limit"}
    assert holds.reserve(patron=akari, bib=film, pickup_at=home, by=None, now=ten).is_waiting


def test_a_full_loan_limit_does_not_stop_a_reservation(akari, kusamakura, home, desk, ten):
    """A14, LIM-2."""
    for _number in range(10):
        circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=ten)
    assert holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten).is_waiting


@pytest.mark.parametrize(("cap", "accepted"), [(2, 2), (0, 0), (None, 5)])
def test_a_cap_of_the_day_is_a_setting_of_the_category(akari, home, ten, cap, accepted):
    """A15, PAT-5."""
    akari.category = CategoryFactory(code="capped", holds_per_day=cap)
    akari.save()
    for _number in range(accepted):
        holds.reserve(patron=akari, bib=BibFactory(items=1), pickup_at=home, by=None, now=ten)
    if cap is None:
        return
    bib = BibFactory(items=1)
    assert codes_of(patron=akari, bib=bib, pickup_at=home, by=None, now=ten) == {"hold_limit_of_the_day"}
    if cap:
        assert holds.reserve(patron=akari, bib=bib, pickup_at=home, by=None, now=ten + timedelta(days=1)).is_waiting


def test_without_a_cap_of_the_day_the_limit_still_refuses(akari, home, ten):
    """A16."""
    akari.category = CategoryFactory(code="small", holds_print=1, holds_per_day=None)
    akari.save()
    holds.reserve(patron=akari, bib=BibFactory(items=1), pickup_at=home, by=None, now=ten)
    assert codes_of(patron=akari, bib=BibFactory(items=1), pickup_at=home, by=None, now=ten) == {"hold_limit"}


def test_an_overdue_loan_refuses_until_it_is_returned_but_not_on_the_due_date(akari, kusamakura, home, desk, ten):
    """A17, LIM-3, LON-6."""
    loan = circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=ten).loan
    on_the_day = days.at(loan.due_on, time(23, 59, 59))
    hold = holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=on_the_day)
    holds.cancel(hold=hold, by=akari.user, now=on_the_day)
    after = days.midnight(days.plus(loan.due_on, 1))
    assert codes_of(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=after) == {"overdue_loan"}
    circulation.check_in(item=loan.item, by=desk, now=after)
    assert holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=after).is_waiting


@pytest.mark.parametrize(
    ("kind", "until", "expected"),
    [
        ("holds", None, {"blocked_holds"}),
        ("everything", date(2026, 12, 1), {"blocked_everything"}),
        ("holds", date(2026, 11, 30), set()),
        ("loans", None, set()),
    ],
)
def test_a_block_stops_reservations_while_it_lasts(akari, kusamakura, home, ten, kind, until, expected):
    """A18, A19."""
    Block.objects.create(patron=akari, kind=kind, reason="弁償の相談中", until_on=until)
    if expected:
        assert codes_of(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten) == expected
    else:
        assert holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten).is_waiting


def test_a_lapsed_card_can_no_longer_reserve_and_is_told_whom_to_call(akari, kusamakura, home, ten):
    """A20, PAT-1."""
    akari.last_used_on = date(2024, 11, 30)
    akari.save()
    with pytest.raises(Refused) as refused:
        holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=akari.user, now=ten)
    assert refused.value.codes == {"card_lapsed"}
    assert "086-000-0002" in refused.value.refusals[0].text


def test_only_a_pickup_library_that_is_not_closed_down_can_be_chosen(akari, kusamakura, bizen, ten):
    """A21, A22, HLD-3."""
    assert codes_of(patron=akari, bib=kusamakura, pickup_at=None, by=None, now=ten) == {"pickup_unknown"}
    bizen.closed_down_on = date(2026, 3, 31)
    bizen.save()
    assert codes_of(patron=akari, bib=kusamakura, pickup_at=bizen, by=None, now=ten) == {"pickup_closed_down"}
    bizen.closed_down_on, bizen.is_pickup = None, False
    bizen.save()
    assert codes_of(patron=akari, bib=kusamakura, pickup_at=bizen, by=None, now=ten) == {"pickup_closed_down"}


def test_audio_visual_items_cannot_go_where_the_library_does_not_take_them(akari, film, kusamakura, bizen, home, ten):
    """A23, HLD-3."""
    bizen.accepts_av = False
    bizen.save()
    assert codes_of(patron=akari, bib=film, pickup_at=bizen, by=None, now=ten) == {"pickup_not_allowed"}
    assert holds.reserve(patron=akari, bib=film, pickup_at=home, by=None, now=ten).is_waiting
    assert holds.reserve(patron=akari, bib=kusamakura, pickup_at=bizen, by=None, now=ten).is_waiting


def test_a_title_on_order_is_reserved_by_staff_and_served_by_its_first_item(akari, home, desk, ten):
    """A26, A72, CAT-5, HLD-4."""
    ordered = BibFactory(is_on_order=True)
    assert codes_of(patron=akari, bib=ordered, pickup_at=home, by=akari.user, now=ten) == {"no_lendable_item"}
    hold = holds.reserve(patron=akari, bib=ordered, pickup_at=home, by=desk, now=ten)
    assert queries.faces([hold], PolicySettings.current())[hold.pk] == "on_order"
    new = ItemFactory(bib=ordered, whereabouts="processing")
    assert circulation.check_in(item=new, by=desk, now=ten).hold == hold


def test_a_damaged_copy_fills_no_reservation_unless_the_policy_says_so(akari, home, desk, ten):
    """A27."""
    bib = BibFactory(items=1, items__is_damaged=True)
    assert codes_of(patron=akari, bib=bib, pickup_at=home, by=None, now=ten) == {"no_lendable_item"}
    PolicySettings.objects.update(holds_on_damaged=True)
    hold = holds.reserve(patron=akari, bib=bib, pickup_at=home, by=None, now=ten)
    assert circulation.check_in(item=bib.items.get(), by=desk, now=ten).hold == hold


def test_a_particular_copy_is_bound_by_that_copy_alone(akari, kusamakura, home, desk, ten):
    """A28, A63, HLD-6."""
    wanted, other = kusamakura.items.order_by("pk")
    hold = holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=desk, now=ten, only_item=wanted)
    assert circulation.check_in(item=other, by=desk, now=ten).hold is None
    assert circulation.check_in(item=wanted, by=desk, now=ten).hold == hold


def test_the_same_form_sent_twice_makes_one_reservation_and_shows_it(akari, kusamakura, home, ten):
    """A30, A252, HLD-11."""
    token = uuid4()
    first = holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten, token=token)
    again = holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten, token=token)
    assert again == first
    assert Hold.objects.count() == 1


def test_every_reason_is_told_at_once_and_nothing_changes(akari, kusamakura, home, desk, ten):
    """A31, HLD-3."""
    holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    circulation.check_out(item=ItemFactory(), patron=akari, by=desk, now=ten)
    Block.objects.create(patron=akari, kind="holds", reason="相談中")
    late = ten + timedelta(days=30)
    expected = {"already_reserved", "overdue_loan", "blocked_holds", "pickup_unknown", "need_by_in_past"}
    assert (
        codes_of(patron=akari, bib=kusamakura, pickup_at=None, by=None, now=late, need_by=date(2026, 12, 1)) == expected
    )


def test_staff_with_the_right_go_over_a_limit_and_it_is_written_down(akari, home, coop, because, ten):
    """LIM-4, A250."""
    akari.category = CategoryFactory(code="none", holds_print=0)
    akari.save()
    bib = BibFactory(items=1)
    assert codes_of(patron=akari, bib=bib, pickup_at=home, by=coop, now=ten) == {"hold_limit"}
    hold = holds.reserve(patron=akari, bib=bib, pickup_at=home, by=coop, now=ten, override=because)
    trace = StaffAction.objects.get(verb="reserve")
    assert hold.is_waiting
    assert (trace.by, trace.overridden, trace.reason) == (coop, ["hold_limit"], because.reason)


def test_no_override_makes_a_title_lendable(akari, home, coop, because, ten):
    """LIM-4."""
    bib = BibFactory(items=1, items__loanability="reference")
    assert codes_of(patron=akari, bib=bib, pickup_at=home, by=coop, now=ten, override=because) == {"no_lendable_item"}


def test_reserving_counts_as_using_the_card(akari, kusamakura, home, ten, tuesday):
    """PAT-1."""
    holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    akari.refresh_from_db()
    assert akari.last_used_on == tuesday
