"""December of a small library: at one moment or another every job of the timetable has work for several patrons.

    live(stage=…)   lives through it by verbs, and calls stage(job, at) just before a job is run for the first time
                    with work to do; the job itself is run afterwards, so that the story goes on

Two or three of each: a job that is killed between two patrons has one behind it and one before it.
"""

from collections.abc import Callable
from datetime import date, datetime, time

from django.http import QueryDict

from catalog import actions as catalog
from catalog.search import index_bibs, upkeep
from circulation import actions as circulation
from delivery import actions as delivery
from delivery.models import Bag
from holds import actions as holds
from holds.models import Hold
from holds.queries import pull_list
from notifications.models import Notice
from okalib import days, jobs
from okalib.actions import staff
from okalib.celery import TIMETABLE
from okalib.models import PolicySettings
from tests.factories import BibFactory, HomeLibraryFactory, LibraryFactory, PatronFactory, StaffFactory

Stage = Callable[[str, datetime], None]


def december(day: int, hour: int = 10, minute: int = 0) -> datetime:
    return days.at(date(2026, 12, day), time(hour, minute))


def november(day: int) -> datetime:
    return days.at(date(2026, 11, day), time(10))


NEXT_SUMMER = days.at(date(2027, 7, 1), time(2))


def live(stage: Stage = lambda job, at: None) -> None:
    """Live through it."""
    story = _Story(stage)
    story.open()
    story.first_days()
    story.first_run()
    story.towards_christmas()
    story.next_summer()
    assert story.staged == set(TIMETABLE), "every job of the timetable has its moment"


class _Story:
    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.staged: set[str] = set()

    def run(self, name: str, at: datetime) -> None:
        """A job's moment: shown to whoever wants to see it, and then lived."""
        self._stage(name, at)
        self.staged.add(name)
        jobs.run(name, now=at)

    # ── who is there ──

    def open(self) -> None:
        PolicySettings.objects.create(counter_phone="086-000-0002", cooperation_phone="086-000-0003")
        self.home = HomeLibraryFactory()
        self.bizen = LibraryFactory(code="bizen", name="備前市立図書館", arrival_weekday=4)
        self.okayama = LibraryFactory(code="okayama", name="岡山市立中央図書館", arrival_weekday=4)
        self.desk = StaffFactory(username="deguchi", last_name="出口")
        self.readers = [PatronFactory(name=f"読者{number}") for number in range(8)]
        self.readers[7].email, self.readers[7].contact = "", "phone"
        self.readers[7].save()
        self.titles = [
            BibFactory(title=f"物語{number}", ndc=["913.6"], items=2 if number < 4 else 1) for number in range(16)
        ]
        upkeep.rebuild(now=november(16))

    def reserve(self, reader: int, title: int, place, at: datetime, **more) -> Hold:
        patron = self.readers[reader]
        hold = holds.reserve(patron=patron, bib=self.titles[title], pickup_at=place, by=patron.user, now=at)
        Hold.objects.filter(pk=hold.pk).update(**more)
        return hold

    def lend(self, reader: int, title: int, at: datetime) -> None:
        item = self.titles[title].items.filter(whereabouts="shelf").first()
        circulation.check_out(item=item, patron=self.readers[reader], by=self.desk, now=at)

    # ── 1 to 3 December ──

    def first_days(self) -> None:
        for reader, title in ((0, 4), (1, 5), (2, 6)):
            self.lend(reader, title, november(17))  # due on 1 December
        self.run("calendar_and_runs", december(1, 0, 10))
        for reader, title, place in (
            (3, 0, self.home), (4, 1, self.home), (5, 2, self.home), (7, 3, self.home),
            (3, 8, self.bizen), (4, 9, self.bizen), (4, 10, self.bizen), (5, 11, self.okayama), (7, 12, self.okayama),
        ):  # fmt: skip
            self.reserve(reader, title, place, december(1))
        self.reserve(6, 4, self.home, december(1, 11), need_by=date(2026, 12, 5))
        self.reserve(6, 5, self.home, december(1, 11), need_by=date(2026, 12, 5))
        for title in (0, 1):  # somebody comes after them, and all copies are out
            self.lend(6, title, december(1, 12))
            self.reserve(2, title, self.home, december(1, 13))
        self.run("pull_list", december(2, 7, 30))
        for line in pull_list(date(2026, 12, 2)):
            circulation.check_in(item=line.item, by=self.desk, now=december(2))
        for reader in (1, 2):
            address = QueryDict("q=新しい物語").urlencode()
            catalog.note_missed(now=december(2))
            catalog.save_search(
                patron=self.readers[reader], address=address, name="新着", wants_mail=True, now=december(2)
            )
        index_bibs([BibFactory(title=f"新しい物語{number}") for number in range(2)])
        self.run("new_arrivals", december(3, 6))
        self.run("ready_mails", december(3, 8))
        self.run("send_notices", december(3, 8, 5))
        # two letters that a worker took with it when it was killed: one before it spoke to the server, one after
        queued = {"state": "in_flight", "taken_at": december(3, 8, 5), "attempts": 1, "sent_at": None}
        first, second = Notice.objects.filter(kind="ready", state="sent").order_by("pk")[:2]
        before = list(Notice.objects.filter(pk__in=[first.pk, second.pk]).values())
        Notice.objects.filter(pk=first.pk).update(**queued, handed_over_at=None)
        Notice.objects.filter(pk=second.pk).update(**queued, handed_over_at=december(3, 8, 5))
        self.run("sweep_notices", december(3, 9, 10))
        for row in before:
            Notice.objects.filter(pk=row["id"]).update(**row)

    # ── 6 to 10 December ──

    def first_run(self) -> None:
        self.readers[5].blocks.create(kind="manual", reason="連絡待ち", placed_at=december(5))
        self.run("delivery_run", december(6, 9))
        delivery.send(bags=Bag.objects.all(), by=self.desk, now=december(6, 15))
        self.lend(3, 13, november(27))  # due on 11 December
        self.lend(4, 14, november(27))
        for reader in (3, 4):
            self.readers[reader].wants_due_reminders = True
            self.readers[reader].save()
        self.run("due_and_overdue", december(8, 7))
        self.run("delivery_mail", december(10, 8, 30))

    # ── until the figures are counted ──

    def towards_christmas(self) -> None:
        self.run("expiry", december(12, 0, 30))
        for item in self.titles[4].items.all():
            circulation.check_in(item=item, by=self.desk, now=december(12))
        self.run("search_refresh", december(12, 10, 5))
        self.run("figures", december(13, 3, 30))
        self.run("class_counts", december(13, 4))
        self.run("search_merge", december(13, 4, 30))
        self.run("consistency_check", december(13, 5))

    # ── and what is forgotten ──

    def next_summer(self) -> None:
        for hold in Hold.objects.waiting().filter(patron=self.readers[2]):
            holds.cancel(hold=hold, by=self.readers[2].user, now=december(14))
        for reader in self.readers[:2]:
            staff.record(verb="change_patron", subject="phone", by=self.desk, now=december(14), patron=reader)
        for reader in self.readers[5:]:
            reader.refresh_from_db()
            reader.last_used_on = date(2025, 7, 30)  # lapses on 2027-07-31, in thirty days
            reader.save()
        self.run("retention", NEXT_SUMMER)
        self.run("card_lapse", NEXT_SUMMER)
