"""The dates of a run, made a year ahead, edited, shifted, and what hangs on them (DLV-1, DLV-6, DLV-8, CAL-8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from okalib import days
from okalib.rules import Policy, Refusal

SATURDAY, SUNDAY, THURSDAY, FRIDAY = 5, 6, 3, 4


@dataclass(frozen=True, slots=True)
class RunDates:
    """The dates of one run (DLV-1)."""

    cut_off_on: date
    lend_on: date
    mail_on: date
    window_from: date
    window_to: date


def weekly_run(sunday: date) -> RunDates:
    """Return the dates of the run of that Sunday by the weekly pattern (DLV-1).

    >>> weekly_run(date(2026, 12, 6)).window_to
    datetime.date(2026, 12, 17)
    """
    mail_on = days.next_weekday(sunday, THURSDAY)
    return RunDates(
        cut_off_on=days.plus(sunday, -1),
        lend_on=sunday,
        mail_on=mail_on,
        window_from=days.plus(mail_on, 1),
        window_to=days.plus(mail_on, 7),
    )


def year_of_runs(first: date, last: date, home: days.OpeningDays) -> list[RunDates]:
    """Return the runs of the weekly pattern whose Sunday lies in [first, last] and is open at home (DLV-1, A176).

    A Sunday on which the prefectural library is closed has no run; a window that would end in the run-less weeks is
    lengthened until the day before the next window, as the year-end run is (two weeks).
    """
    every_sunday = [weekly_run(day) for day in days.each_day(first, last) if day.weekday() == SUNDAY]
    runs = [run for run in every_sunday if home.is_open(run.lend_on)]
    lengthened = []
    for place, run in enumerate(runs):
        follower = runs[place + 1] if place + 1 < len(runs) else None
        until = days.plus(follower.window_from, -1) if follower else run.window_to
        lengthened.append(
            RunDates(run.cut_off_on, run.lend_on, run.mail_on, run.window_from, max(run.window_to, until))
        )
    return lengthened


def date_objections(dates: RunDates) -> list[Refusal]:
    """Return the reasons why the dates of a run cannot be: they must follow one another (DLV-1)."""
    in_order = dates.cut_off_on <= dates.lend_on <= dates.mail_on <= dates.window_from <= dates.window_to
    if in_order:
        return []
    return [
        Refusal(
            "dates_out_of_order",
            "日付は、締切日、貸出日、メール送信日、受渡期間の初日、末日の順にしてください。",
            "The dates must follow one another: cut-off, lending, email, first and last day of the window.",
        )
    ]


def overlap_objections(dates: RunDates, others: Iterable[RunDates]) -> list[Refusal]:
    """Return a reason for each other run whose window would share a day with this one (DLV-1).

    One week, one window: two of them at once would tell a patron two last days at the same counter.
    """
    return [
        Refusal(
            "windows_overlap",
            f"受渡期間が、{other.lend_on:%-m月%-d日}貸出の便の受渡期間"
            f"（{other.window_from:%-m月%-d日}〜{other.window_to:%-m月%-d日}）と重なります。"
            "その便の日程を変えるか、その週を中止してから変更してください。",
            f"The window would overlap that of the run lent on {other.lend_on} ({other.window_from} to "
            f"{other.window_to}). Please change or cancel that run first.",
        )
        for other in others
        if other.window_from <= dates.window_to and dates.window_from <= other.window_to
    ]


def same_cut_off(day: date) -> Refusal:
    """The refusal for a second run with the same cut-off (DLV-1)."""
    return Refusal(
        "same_cut_off",
        f"締切日が{day:%-m月%-d日}の便がすでにあります。",
        f"There is a run with the cut-off {day} already.",
    )


def shifted(dates: RunDates, by_days: int, *, is_lent: bool, is_announced: bool) -> RunDates:
    """Return the dates of a run that is late by some days: what has been done keeps its day, the cut-off too (DLV-1).

    >>> shifted(weekly_run(date(2026, 12, 6)), 3, is_lent=True, is_announced=False).mail_on
    datetime.date(2026, 12, 13)
    """
    return RunDates(
        cut_off_on=dates.cut_off_on,
        lend_on=dates.lend_on if is_lent else days.plus(dates.lend_on, by_days),
        mail_on=dates.mail_on if is_announced else days.plus(dates.mail_on, by_days),
        window_from=days.plus(dates.window_from, by_days),
        window_to=days.plus(dates.window_to, by_days),
    )


def shift_objections(before: RunDates, after: RunDates) -> list[Refusal]:
    """Return the reason why a run cannot be shifted so: never earlier, because people were told (DLV-1)."""
    pairs = zip(
        (before.lend_on, before.mail_on, before.window_from, before.window_to),
        (after.lend_on, after.mail_on, after.window_from, after.window_to),
        strict=True,
    )
    if any(later < earlier for earlier, later in pairs):
        return [
            Refusal(
                "never_earlier",
                "便をずらすときは、どの日付も今より早くできません。",
                "A shifted run may have no date earlier than now.",
            )
        ]
    return date_objections(after)


def same_week(first: date, second: date) -> bool:
    """Tell whether two cut-off days belong to the same weekly run, so that an edited run is not planned again."""
    return abs(days.days_between(first, second)) <= 3


def due_on(window_to: date, pickup: days.OpeningDays, policy: Policy) -> date:
    """Return the due date of a delivered item: days after the window, on an open day of the pickup library (DLV-6)."""
    due = days.plus(window_to, policy.delivered_due_days)
    return pickup.on_or_after(due) if policy.due_on_open_day else due


def arrival_day(run: RunDates, arrival_weekday: int | None) -> date | None:
    """Return the day on which the bags of a run arrive at a library that gets them on that weekday (DLV-8)."""
    if arrival_weekday is None:
        return None
    return days.next_weekday(run.lend_on, arrival_weekday, include=False)


def moved_date(before: date, opening: days.OpeningDays, spread_days: int, place: int) -> date:
    """Return where an emergency closure moves a date: an open day, spread by `place`, never earlier (CAL-8).

    `place` is a running number of the thing moved; things are spread over the first `spread_days` open days.

    The calendar must contain the closure already.
    """
    return opening.nth_open_day(before, place % spread_days + 1)
