"""Where reservations stand: what the forecast is told of the copies and of those ahead (HLD-2, HLD-4, HLD-12)."""

from datetime import date, time, timedelta

import pytest

from holds import actions, queries
from holds.models import Hold
from okalib import days
from okalib.rules import Policy
from tests.factories import BibFactory, PatronFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 12, 1)
RUNS = [(date(2026, 12, 5), date(2026, 12, 11)), (date(2026, 12, 12), date(2026, 12, 18))]


@pytest.fixture
def say(home):
    """The standing of a reservation."""

    def say(hold):
        return queries.standings([Hold.objects.get(pk=hold.pk)], Policy(), TODAY, home.opening_days(), RUNS).get(
            hold.pk
        )

    return say


@pytest.fixture
def reserve(home, ten):
    """Reserve for a new patron, later than whoever came before."""
    moment = [ten]

    def reserve(bib, pickup_at=home, **how):
        moment[0] += timedelta(minutes=1)
        return actions.reserve(patron=PatronFactory(), bib=bib, pickup_at=pickup_at, by=None, now=moment[0], **how)

    return reserve


def test_it_agrees_with_the_place_the_face_and_the_forecast_told_apart(kusamakura, reserve, say, home, bizen):
    """HLD-2, HLD-4, HLD-12."""
    holds = [reserve(kusamakura, place) for place in (home, bizen, home)]
    for hold in holds:
        standing = say(hold)
        assert standing.place == queries.position(hold, Policy())
        assert standing.face == queries.faces([hold], Policy())[hold.pk]
    told = queries.forecasts(holds, Policy(), TODAY, home.opening_days(), RUNS)
    assert told == {hold.pk: say(hold).forecast for hold in holds}


def test_who_collects_elsewhere_lengthens_the_wait_of_those_behind(botchan, reserve, say, bizen):
    """HLD-12."""
    other = BibFactory(items=1)
    reserve(botchan, bizen)
    reserve(other)
    assert say(reserve(botchan)).forecast.earliest > say(reserve(other)).forecast.earliest


def test_a_pause_ahead_makes_the_early_end_earlier(botchan, reserve, say, ten):
    """HLD-8, HLD-12: of three who pause half may be gone."""
    ahead = [reserve(botchan) for _reader in range(3)]
    mine = reserve(botchan)
    before = say(mine).forecast
    for hold in ahead:
        actions.pause(hold=hold, by=None, now=ten)
    assert say(mine).place.position == 4
    assert say(mine).forecast.earliest < before.earliest


def test_a_particular_item_waits_for_that_item_alone(kusamakura, reserve, say, desk, akari, ten):
    """HLD-6: one copy is on the shelf, but not that one."""
    from circulation import actions as circulation

    lent, _free = kusamakura.items.all()
    circulation.check_out(item=lent, patron=akari, by=desk, now=ten)
    standing = say(reserve(kusamakura, only_item=lent))
    assert (standing.face, standing.place.copies) == ("all_on_loan", 2)
    assert standing.forecast.earliest > date(2026, 12, 5)


def test_what_a_pickup_library_has_taken_back_is_expected_soon(botchan, reserve, say, desk, akari, ten):
    """RET-3: its due date says nothing any more."""
    from circulation import actions as circulation

    circulation.check_out(item=botchan.items.get(), patron=akari, by=desk, now=ten)
    hold = reserve(botchan)
    before = say(hold).forecast
    botchan.items.update(received_on=TODAY)
    assert say(hold).forecast.latest < before.latest


def test_what_waits_on_the_hold_shelf_in_vain_is_as_good_as_free(botchan, reserve, say, desk, ten):
    """SHF-4."""
    from circulation import actions as circulation

    first, mine = reserve(botchan), reserve(botchan)
    circulation.check_in(item=botchan.items.get(), by=desk, now=ten)
    wednesday = days.plus(TODAY, 1)
    actions.announce(day=wednesday, now=days.at(wednesday, time(8)))
    waits = say(mine).forecast
    first.refresh_from_db()
    actions.cancel(hold=first, by=desk, now=ten)
    assert mine.pk and (say(mine) is None or say(mine).forecast.latest < waits.latest)


def test_nothing_is_said_where_no_copy_is_to_be_expected(reserve, say, botchan):
    """HLD-12, PUL-5."""
    hold = reserve(botchan)
    botchan.items.update(whereabouts="missing")
    assert say(hold).forecast is None


def test_two_queries_for_many(kusamakura, botchan, reserve, home, django_assert_num_queries):
    """As many for ten titles as for one."""
    holds = [reserve(bib) for bib in (kusamakura, botchan, *(BibFactory(items=1) for _title in range(5)))]
    holds = list(Hold.objects.filter(pk__in=[hold.pk for hold in holds]).select_related("bib", "pickup_at"))
    opening = home.opening_days()
    with django_assert_num_queries(2):
        assert len(queries.standings(holds, Policy(), TODAY, opening, RUNS)) == 7
