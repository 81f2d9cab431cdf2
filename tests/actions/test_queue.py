"""Who is next, who has left, who waits (HLD-2, HLD-4, HLD-5, HLD-7, HLD-8)."""

from datetime import date, time, timedelta

import pytest

from circulation import actions as circulation
from delivery import consistency
from holds import actions as holds
from holds import queries
from holds.models import Hold, HoldGroup
from notifications.models import Notice
from okalib import days
from okalib.models import PolicySettings, StaffAction
from okalib.rules import Refused
from tests.factories import BibFactory, PatronFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(akari, aya, chiyo, botchan, home, ten):
    """Akari, Aya and Chiyo wait for the one copy of 坊っちゃん, in this order."""
    return [
        holds.reserve(patron=patron, bib=botchan, pickup_at=home, by=None, now=ten + timedelta(minutes=minute))
        for minute, patron in enumerate((akari, aya, chiyo))
    ]


def order_of(bib):
    return [hold.patron.name for hold in queries.queue(bib)]


def positions(holds_of_bib):
    found = queries.places([Hold.objects.get(pk=hold.pk) for hold in holds_of_bib], PolicySettings.current())
    return {found[hold.pk].position: hold.patron.name for hold in holds_of_bib if hold.pk in found}


def test_positions_are_exactly_those_of_acceptance(three, botchan):
    """A2, A45, HLD-2."""
    assert positions(three) == {1: "青木あかり", 2: "馬場文", 3: "千葉千代"}
    assert order_of(botchan) == ["青木あかり", "馬場文", "千葉千代"]


def test_when_the_first_gets_an_item_the_rest_are_numbered_from_one(three, botchan, desk, ten):
    """A36, A45."""
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    assert positions(three) == {1: "馬場文", 2: "千葉千代"}


@pytest.mark.parametrize("leaving", [0, 1, 2])
def test_wherever_one_leaves_the_rest_keep_their_order(three, leaving, akari, ten):
    """A37, A46."""
    rest = [hold.patron.name for place, hold in enumerate(three) if place != leaving]
    holds.cancel(hold=three[leaving], by=three[leaving].patron.user, now=ten)
    assert list(positions(three).items()) == list(enumerate(rest, start=1))


def test_a_back_dated_reservation_stands_where_its_acceptance_says(three, botchan, home, desk, ten):
    """A39."""
    early = PatronFactory(name="早川")
    holds.reserve(patron=early, bib=botchan, pickup_at=home, by=desk, now=ten, accepted_at=ten - timedelta(days=1))
    assert order_of(botchan)[0] == "早川"
    assert circulation.check_in(item=botchan.items.get(), by=desk, now=ten).hold.patron == early


def test_two_reservations_of_one_moment_are_ordered_by_their_number(akari, aya, botchan, home, ten):
    """A39."""
    holds.reserve(patron=aya, bib=botchan, pickup_at=home, by=None, now=ten)
    holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    assert order_of(botchan) == ["馬場文", "青木あかり"]


def test_staff_move_a_reservation_and_the_others_keep_their_order(three, botchan, coop, ten):
    """A40."""
    holds.move(hold=three[2], before=three[0], by=coop, now=ten)
    assert order_of(botchan) == ["千葉千代", "青木あかり", "馬場文"]
    holds.move(hold=three[1], before=three[0], by=coop, now=ten)
    assert order_of(botchan) == ["千葉千代", "馬場文", "青木あかり"]
    assert StaffAction.objects.filter(verb="move").count() == 2


def test_moving_works_among_reservations_of_one_moment_too(botchan, home, coop, ten):
    """A40."""
    patrons = [PatronFactory(name=name) for name in "甲乙丙丁"]
    made = [holds.reserve(patron=patron, bib=botchan, pickup_at=home, by=None, now=ten) for patron in patrons]
    holds.move(hold=made[3], before=made[2], by=coop, now=ten)
    assert order_of(botchan) == ["甲", "乙", "丁", "丙"]
    holds.move(hold=made[2], before=made[1], by=coop, now=ten)
    assert order_of(botchan) == ["甲", "丙", "乙", "丁"]


def test_nobody_is_moved_above_a_reservation_that_is_served_nor_without_the_right(three, botchan, coop, desk, ten):
    """A41, A226."""
    with pytest.raises(Refused) as refused:
        holds.move(hold=three[2], before=three[1], by=desk, now=ten)
    assert refused.value.codes == {"no_right"}
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    with pytest.raises(Refused) as refused:
        holds.move(hold=three[2], before=three[0], by=coop, now=ten)
    assert refused.value.codes == {"not_waiting"}
    assert order_of(botchan) == ["青木あかり", "馬場文", "千葉千代"]


def test_a_patron_lets_the_next_who_can_be_served_go_first(three, akari, aya, chiyo, ten):
    """A43, HLD-2: exactly that one; who pauses does not count and keeps the order."""
    first, second, third = three
    holds.pause(hold=second, by=aya.user, now=ten)
    assert holds.yield_place(hold=first, by=akari.user, now=ten) == third
    assert positions(three) == {1: "千葉千代", 2: "青木あかり", 3: "馬場文"}
    assert StaffAction.objects.get().verb == "yield_place"
    assert not [found for found in consistency.check(now=ten) if found.name.startswith("queue_") and found.is_broken]


def test_a_later_volume_that_may_not_come_yet_is_nobody_to_let_go_first(three, aya, chiyo, akari, ten):
    """A43, HLD-9."""
    group = HoldGroup.objects.create(patron=aya, kind="in_order", made_at=ten)
    other = BibFactory(items=1)
    holds.reserve(patron=aya, bib=other, pickup_at=three[0].pickup_at, by=None, now=ten, group=group, volume_order=1)
    Hold.objects.filter(pk=three[1].pk).update(group=group, volume_order=2)
    assert holds.yield_place(hold=three[0], by=akari.user, now=ten) == three[2]


def test_who_is_served_or_last_has_nobody_to_let_go_first(three, botchan, chiyo, desk, ten):
    """A43."""
    with pytest.raises(Refused) as refused:
        holds.yield_place(hold=three[2], by=chiyo.user, now=ten)
    assert refused.value.codes == {"nobody_behind"}
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    with pytest.raises(Refused) as refused:
        holds.yield_place(hold=three[0], by=None, now=ten)
    assert refused.value.codes == {"not_waiting"}
    assert positions(three) == {1: "馬場文", 2: "千葉千代"}


def test_a_patron_cancels_what_waits_at_once(three, akari, ten):
    """A46, HLD-4."""
    hold = holds.cancel(hold=three[0], by=akari.user, now=ten)
    assert (hold.state, hold.end_reason) == ("cancelled", "by_patron")
    assert not Notice.objects.exists()


def test_once_an_item_is_bound_the_patron_asks_staff(three, akari, botchan, desk, ten):
    """A47, HLD-5."""
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    with pytest.raises(Refused) as refused:
        holds.cancel(hold=three[0], by=akari.user, now=ten)
    assert refused.value.codes == {"ask_staff"}
    assert Hold.objects.get(pk=three[0].pk).is_secured


def test_what_is_on_order_is_cancelled_through_staff(akari, home, desk, ten):
    """HLD-4 ③."""
    hold = holds.reserve(patron=akari, bib=BibFactory(is_on_order=True), pickup_at=home, by=desk, now=ten)
    with pytest.raises(Refused) as refused:
        holds.cancel(hold=hold, by=akari.user, now=ten)
    assert refused.value.codes == {"ask_staff"}
    assert holds.cancel(hold=hold, by=desk, now=ten).state == "cancelled"


def test_what_has_ended_cannot_end_again(three, desk, ten):
    """A48."""
    holds.cancel(hold=three[0], by=desk, now=ten, reason="電話で依頼")
    with pytest.raises(Refused) as refused:
        holds.cancel(hold=three[0], by=desk, now=ten)
    assert refused.value.codes == {"already_ended"}
    assert Notice.objects.filter(kind="cancelled_by_staff").count() == 1


def test_a_cancelled_reservation_gives_its_item_to_the_next_at_once(three, botchan, desk, ten):
    """A49, HLD-7."""
    item = botchan.items.get()
    circulation.check_in(item=item, by=desk, now=ten)
    holds.cancel(hold=three[0], by=desk, now=ten)
    following = Hold.objects.get(pk=three[1].pk)
    item.refresh_from_db()
    assert following.is_secured and following.item == item
    assert item.is_set_aside and item.clearance_since is None
    assert list(queries.to_relabel()) == [following]
    circulation.check_in(item=item, by=desk, now=ten)
    assert not queries.to_relabel().exists()


def test_with_nobody_waiting_the_item_is_on_the_clearance_list_until_scanned(akari, botchan, home, desk, ten):
    """HLD-7, A93."""
    item = botchan.items.get()
    hold = holds.reserve(patron=akari, bib=botchan, pickup_at=home, by=None, now=ten)
    circulation.check_in(item=item, by=desk, now=ten)
    holds.cancel(hold=hold, by=desk, now=ten)
    assert queries.clearance() == [item]
    assert circulation.check_in(item=item, by=desk, now=ten).destination == "shelf"
    assert queries.clearance() == []


def test_a_waiting_reservation_changes_its_pickup_library_at_once(three, akari, bizen, film, ten):
    """A53, HLD-5."""
    hold = holds.change_pickup(hold=three[0], pickup_at=bizen, by=akari.user, now=ten)
    assert hold.pickup_at == bizen
    bizen.closed_down_on = date(2026, 11, 1)
    bizen.save()
    with pytest.raises(Refused):
        holds.change_pickup(hold=three[1], pickup_at=bizen, by=three[1].patron.user, now=ten)
    assert Hold.objects.get(pk=three[1].pk).pickup_at.is_home


def test_a_bound_reservation_changes_its_pickup_library_through_staff(
    three, akari, botchan, bizen, desk, ten, wednesday
):
    """A54, HLD-5."""
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    holds.announce(day=wednesday, now=days.at(wednesday, time(8)))
    with pytest.raises(Refused) as refused:
        holds.change_pickup(hold=three[0], pickup_at=bizen, by=akari.user, now=ten)
    assert refused.value.codes == {"ask_staff"}
    hold = holds.change_pickup(hold=three[0], pickup_at=bizen, by=desk, now=ten)
    assert (hold.state, hold.pickup_at, hold.keep_until) == ("secured", bizen, None)


def test_staff_force_a_library_that_does_not_take_the_material_and_it_is_written_down(
    akari, film, home, bizen, coop, because, ten
):
    """A55."""
    bizen.accepts_av = False
    bizen.save()
    hold = holds.reserve(patron=akari, bib=film, pickup_at=home, by=None, now=ten)
    with pytest.raises(Refused):
        holds.change_pickup(hold=hold, pickup_at=bizen, by=coop, now=ten)
    hold = holds.change_pickup(hold=hold, pickup_at=bizen, by=coop, now=ten, override=because)
    assert hold.pickup_at == bizen
    assert StaffAction.objects.get(verb="change_pickup").overridden == ["pickup_not_allowed"]
    assert circulation.check_in(item=film.items.get(), by=coop, now=ten).hold == hold


def test_a_paused_reservation_keeps_its_place_and_is_skipped(three, akari, aya, botchan, desk, ten, wednesday):
    """HLD-8, A66."""
    holds.pause(hold=three[0], by=akari.user, now=ten)
    assert positions(three)[1] == "青木あかり"
    assert circulation.check_in(item=botchan.items.get(), by=desk, now=ten).hold == three[1]
    holds.resume(hold=three[0], by=akari.user, now=ten)
    holds.cancel(hold=three[1], by=desk, now=ten)
    assert Hold.objects.get(pk=three[0].pk).is_secured


def test_a_pause_ends_by_itself_on_its_day(three, akari, botchan, desk, ten, thursday):
    """HLD-8, A66."""
    holds.pause(hold=three[0], by=akari.user, now=ten, until=thursday)
    item = botchan.items.get()
    assert queries.next_for(item, date(2026, 12, 2)) == three[1]
    assert queries.next_for(item, thursday) == three[0]


def test_a_pause_until_today_or_of_what_is_bound_is_refused(three, botchan, desk, ten, tuesday):
    """A58, A57."""
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    with pytest.raises(Refused) as refused:
        holds.pause(hold=three[0], by=None, now=ten, until=tuesday)
    assert refused.value.codes == {"not_waiting", "pause_in_past"}


def test_an_unfilled_reservation_ends_after_its_need_by_date_and_no_other_does(three, botchan, desk, ten):
    """A96, A97, HLD-8."""
    holds.set_need_by(hold=three[1], need_by=date(2026, 12, 5), by=None, now=ten)
    assert holds.end_unneeded(day=date(2026, 12, 5), now=ten) == {"ended": 0}
    assert holds.end_unneeded(day=date(2026, 12, 6), now=ten) == {"ended": 1}
    assert holds.end_unneeded(day=date(2026, 12, 6), now=ten) == {"ended": 0}
    assert Hold.objects.get(pk=three[1].pk).end_reason == "need_by"
    assert positions([three[0], three[2]]) == {1: "青木あかり", 2: "千葉千代"}


def test_a_bound_reservation_follows_its_own_deadline_whatever_its_need_by_date(three, botchan, desk, ten):
    """A96."""
    holds.set_need_by(hold=three[0], need_by=date(2026, 12, 5), by=None, now=ten)
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    assert holds.end_unneeded(day=date(2026, 12, 20), now=ten) == {"ended": 0}


def test_what_a_waiting_reservation_waits_for_is_told_by_the_items(akari, aya, kusamakura, home, desk, ten):
    """HLD-4 ① and ②."""
    policy = PolicySettings.current()
    hold = holds.reserve(patron=akari, bib=kusamakura, pickup_at=home, by=None, now=ten)
    assert queries.faces([hold], policy)[hold.pk] == "on_shelf"
    for item in kusamakura.items.all():
        circulation.check_out(item=item, patron=PatronFactory(), by=desk, now=ten)
    assert queries.faces([hold], policy)[hold.pk] == "all_on_loan"


def test_a_reservation_whose_library_does_not_take_the_material_any_more_is_skipped(
    akari, aya, film, home, bizen, desk, ten
):
    """A64."""
    for_bizen = holds.reserve(patron=akari, bib=film, pickup_at=bizen, by=None, now=ten)
    behind = holds.reserve(patron=aya, bib=film, pickup_at=home, by=None, now=ten)
    bizen.accepts_av = False
    bizen.save()
    assert circulation.check_in(item=film.items.get(), by=desk, now=ten).hold == behind
    assert Hold.objects.get(pk=for_bizen.pk).is_waiting
    holds.cancel(hold=behind, by=desk, now=ten)
    assert queries.clearance() == [film.items.get()]
