"""The demonstration library: furnished, and then lived in for five weeks up to this moment by calling verbs and jobs.

`fill` is called once on an empty database (`manage.py demo`, which marks the filling and throws a half one away).
The same day fills the same library. Mails of the past go into the letterbox of rehearsals; those that are posted from
now on go where the settings say.
"""

from __future__ import annotations

import logging
from datetime import datetime

from catalog import actions as catalog
from delivery import actions as delivery
from okalib import clock, days, jobs
from okalib.actions import patrons
from okalib.models import JobRun, Patron, PatronCategory
from okalib.rehearsal import furnishing, letterbox, scratch, stocking
from okalib.rehearsal.casting import Cast, Titles
from okalib.rehearsal.furnishing import Crew, Progress
from okalib.rehearsal.scenes import PICKUP, Scenes
from okalib.rehearsal.stage import Stage
from okalib.rehearsal.town import Town
from okalib.rules import JobState
from okalib.transactions import can_be_done_again

SEED = 20261201
WEEKS = 5
PATRONS = 197  # and three with names of their own
LIVELINESS = 0.3

PASSWORD = "okalib-demo"  # noqa: S105 - printed on the screen; only this machine may come in
HANAKO, TARO, JIRO = "20000011", "20000028", "20000035"
PICKUP_STAFF = f"library-{PICKUP}"

LOGINS = [
    ("利用者 / patron", "/my/", HANAKO, PASSWORD),
    ("利用者（延滞中） / patron, overdue", "/my/", TARO, PASSWORD),
    ("カウンター / desk", "/staff/", "desk", PASSWORD),
    ("図書館協力班 / cooperation desk", "/staff/", "cooperation", PASSWORD),
    ("受渡館 / pickup library", "/pickup/", PICKUP_STAFF, PASSWORD),
    ("管理者 / administrator", "/staff/", "administrator", PASSWORD),
]
"""Who can log in: role, page, user (the card number for patrons) and password."""

CAST = {
    HANAKO: ("見本 花子", "ミホン ハナコ", "hanako@example.jp", "090-0000-0001", 1988),
    TARO: ("見本 太郎", "ミホン タロウ", "taro@example.jp", "090-0000-0002", 1975),
    JIRO: ("見本 次郎", "ミホン ジロウ", "jiro@example.jp", "090-0000-0003", 2001),
}


def fill(*, progress: Progress, now: datetime) -> list[str]:
    """Fill an empty, migrated database with a library that has lived until `now`; shows how far it is.

    Returns what could not be played, none as a rule: the rest of the library is whole.
    """
    missed: list[str] = []
    today = days.day_of(now)
    first = days.plus(today, -7 * WEEKS)
    opened_at = furnishing.opened_on(first)
    logging.getLogger("okalib").setLevel(logging.WARNING)
    with can_be_done_again(), letterbox.in_place_of_mail():
        crew, cast = _furnish(opened_at, progress)
        delivery.plan(first=first, last=days.plus(today, 366))
        titles = Titles()
        scenes = Scenes(cast, titles, now=now)
        stage = Stage(
            seed=SEED,
            crew=crew,
            liveliness=LIVELINESS,
            scripted=cast.ids,
            left_alone=[bib.pk for bib in titles.all],
            bad_weather=0,  # a closure on the day of a scene would spoil it, and the scenes have a storm of their own
        )
        town = Town(stage, extras=(scenes,))
        for done, day in enumerate(days.each_day(first, days.plus(today, -1)), start=1):
            if done % 7 == 1:
                scratch.learn_sizes()
            town.checks_every_night = done == 7 * WEEKS
            missed += town.live(day).errors
            progress("days of use", done, 7 * WEEKS)
        stage.leaves_work_on = today
        missed += town.live(today, until=now).errors
        town.sweep(now)
        _make_the_pull_list(now)
        catalog.count_classes()
    scenes.finish()
    return missed


def _furnish(opened_at: datetime, progress: Progress) -> tuple[Crew, Cast]:
    """Make the house and everybody in it."""
    furnishing.open_libraries(now=opened_at)
    names = [user for _role, _page, user, _password in LOGINS]
    crew = furnishing.hire(passwords=dict.fromkeys(names, PASSWORD))
    progress("libraries", 1, 1)
    stocking.stock(now=opened_at, progress=progress)
    furnishing.register_patrons(count=PATRONS, seed=SEED, now=opened_at, by=crew.desk, progress=progress)
    return crew, Cast(*(_register(card_number, crew, opened_at) for card_number in CAST))


def _register(card_number: str, crew: Crew, now: datetime) -> Patron:
    """Register one of the named patrons; who is to log in chooses a password as all do (PAT-3)."""
    name, kana, email, phone, birth_year = CAST[card_number]
    patron = patrons.register(
        name=name,
        name_kana=kana,
        category=PatronCategory.objects.get(code="general"),
        by=crew.desk,
        now=now,
        email=email,
        phone=phone,
        birth_year=birth_year,
        area="岡山市",
        card_number=card_number,
    )
    if card_number in (user for _role, _page, user, _password in LOGINS):
        code = patrons.issue_activation_code(patron=patron, by=crew.desk, now=now)
        patrons.activate(card_number=card_number, code=code, password=PASSWORD, now=now)
    patrons.set_contact(patron=patron, by=patron.user, now=now, wants_due_reminders=True)
    return Patron.objects.select_related("user", "category").get(pk=patron.pk)


def _make_the_pull_list(now: datetime) -> None:
    """Before half past seven there is none yet; make it, so that there is something to fetch."""
    with clock.standing_at(now):
        if not JobRun.objects.filter(job="pull_list", day=days.day_of(now), state=JobState.DONE).exists():
            jobs.run("pull_list", now=now)
