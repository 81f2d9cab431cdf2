"""What the night counts, and that the counts outlive the patrons in them (RET-5, OPS-2)."""

from datetime import time, timedelta

import pytest

from circulation import actions as desk
from circulation.models import Loan
from delivery import figures
from holds import actions as queue
from holds.models import Hold
from okalib import days, jobs
from okalib.models import Figure
from okalib.rules import FigureName


def counted(name):
    """The kept numbers of one figure, by day and part."""
    rows = Figure.objects.filter(name=name).values_list("day", "part", "number")
    return {(f"{day:%m-%d}", part): number for day, part, number in rows}


@pytest.fixture
def nightly(lively, wednesday):
    """The night before Wednesday, on which Tuesday and what came before it is counted."""

    def nightly(day=wednesday):
        return figures.count(day=day, now=days.at(day, time(3, 30)))

    return nightly


def test_the_night_counts_loans_by_channel_and_leaves_out_what_was_undone(nightly, lively):
    """RET-5."""
    nightly()
    before = counted(FigureName.LOANS)
    day = lively.loans["new"].lent_on
    assert before[f"{day:%m-%d}", "counter"] >= 1
    assert sum(before.values()) == Loan.objects.count()
    assert sum(number for (_day, part), number in before.items() if part == "pickup") == 2
    Loan.objects.filter(lent_on=day).update(is_annulled=True)
    Figure.objects.exclude(name=FigureName.ITEMS).delete()
    nightly()
    assert (f"{day:%m-%d}", "counter") not in counted(FigureName.LOANS)


def test_the_night_counts_reservations_by_where_they_are_collected(nightly, lively):
    nightly()
    found = counted(FigureName.RESERVATIONS)
    assert sum(found.values()) == Hold.objects.count()
    assert {part for _day, part in found} == {"home", "pickup"}


def test_the_night_counts_items_and_bags_of_each_run(nightly, lively):
    """DLV-4: on the day of lending."""
    nightly()
    found = counted(FigureName.DELIVERIES)
    assert sum(number for (_day, part), number in found.items() if part == "items") == 2
    assert sum(number for (_day, part), number in found.items() if part == "bags") == 2


def test_waiting_is_counted_from_the_reservation_to_the_mail_here_and_elsewhere(nightly, lively):
    """SHF-1, DLV-7: reserved on the 25th and announced on the 28th; the delivered title by the mail of its run."""
    nightly()
    found = counted(FigureName.WAITED)
    assert found["11-28", "3"] == 1
    delivered = Loan.objects.get(pk=lively.loans["delivered"].pk)
    run = delivered.slip_line.bag.run
    hold = Hold.objects.get(item=delivered.item, state="fulfilled")
    told_on = days.day_of(run.announced_at)
    waited = days.days_between(days.day_of(hold.accepted_at), told_on)
    assert found[f"{told_on:%m-%d}", str(waited)] >= 1


def test_counting_again_gives_the_same_when_the_patrons_are_forgotten(nightly, lively, ten):
    """RET-5, OPS-2: a return cuts the links, and the retention what is left of them."""
    nightly()
    flows = [FigureName.LOANS, FigureName.RESERVATIONS, FigureName.DELIVERIES, FigureName.WAITED]
    first = {name: counted(name) for name in flows}
    for loan in Loan.objects.open():
        desk.check_in(item=loan.item, by=None, now=ten + timedelta(hours=2))
    queue.forget_ended(day=days.plus(ten.date(), 400))
    Figure.objects.exclude(name=FigureName.ITEMS).delete()
    nightly()
    assert {name: counted(name) for name in flows} == first


def test_counting_twice_changes_nothing(nightly):
    """OPS-2."""
    nightly()
    rows = set(Figure.objects.values_list("name", "day", "part", "number"))
    nightly()
    assert set(Figure.objects.values_list("name", "day", "part", "number")) == rows


def test_the_first_night_looks_back_a_year_and_the_next_ones_a_week(nightly, lively, wednesday):
    """OPS-2: what was counted long ago is left as it was."""
    long_ago = days.plus(wednesday, -300)
    Loan.objects.filter(pk=lively.loans["new"].pk).update(lent_on=long_ago)
    nightly()
    assert (f"{long_ago:%m-%d}", "counter") in counted(FigureName.LOANS)
    Figure.objects.filter(name=FigureName.LOANS, day=long_ago).update(number=77)
    nightly()
    assert counted(FigureName.LOANS)[f"{long_ago:%m-%d}", "counter"] == 77


def test_where_the_items_are_is_counted_of_today_alone(nightly, lively, wednesday, tuesday):
    """OPS-2: nobody knows any more where they were on a day that was missed."""
    figures.count(day=tuesday, now=days.at(wednesday, time(3, 30)))
    assert counted(FigureName.ITEMS) == {}
    nightly()
    assert {day for day, _part in counted(FigureName.ITEMS)} == {f"{wednesday:%m-%d}"}
    assert counted(FigureName.ITEMS)["12-02", "shelf"] > 5


def test_the_job_catches_up_the_days_that_it_missed(lively, tuesday, friday):
    """OPS-1, OPS-2: after two dead nights every day has its numbers."""
    jobs.run_for("figures", tuesday, now=days.at(tuesday, time(3, 30)))
    Loan.objects.filter(pk=lively.loans["new"].pk).update(lent_on=tuesday)
    rows = jobs.run("figures", now=days.at(friday, time(3, 30)))
    assert [row.day for row in rows] == [days.plus(tuesday, step) for step in (1, 2, 3)]
    assert counted(FigureName.LOANS)["12-01", "counter"] == 1


def test_a_week_is_summed_from_monday_and_the_current_one_is_left_out(home, tuesday):
    for day, number in (("2026-11-22", 1), ("2026-11-23", 2), ("2026-11-29", 4), ("2026-11-30", 8)):
        Figure.objects.create(day=day, name=FigureName.LOANS, part="counter", number=number)
    weeks = figures.weekly([FigureName.LOANS], until=tuesday)[FigureName.LOANS]
    assert len(weeks) == 52
    assert [(f"{week.first_on:%m-%d}", week.total) for week in weeks[-2:]] == [("11-16", 1), ("11-23", 6)]


@pytest.mark.parametrize(
    ("waits", "share", "answer"),
    [
        ({2: 1}, 0.5, 2),
        ({1: 5, 3: 4, 30: 1}, 0.5, 1),
        ({1: 5, 3: 4, 30: 1}, 0.9, 3),
        ({1: 5, 3: 4, 30: 2}, 0.9, 30),
        ({}, 0.5, None),
    ],
)
def test_the_median_and_p90_are_days_that_somebody_waited(waits, share, answer):
    assert figures.quantile(waits, share) == answer
