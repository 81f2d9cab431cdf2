"""A library in the middle of its life: one patron with something in every state, made by calling the verbs in the past.

`lively` is a fixture of the page tests; the clock of a test that uses it stands at ten on Tuesday, 2026-12-01.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

import pytest
from django.http import QueryDict

from catalog import actions as keep
from catalog.models import Bib, SavedSearch
from catalog.search import index_bibs
from circulation import actions as desk
from circulation.models import Loan
from delivery import actions as delivery
from delivery.models import DeliveryRun, RunExclusion
from holds import actions as queue
from holds.models import Hold
from holds.rules import RequestKind
from okalib import clock, days
from tests.factories import BibFactory, ItemFactory, LocationFactory

NOVEMBER, DECEMBER = 11, 12


def _at(month: int, day: int, hour: int = 10) -> datetime:
    return days.at(date(2026, month, day), time(hour))


@dataclass
class Lively:
    """What the tests point at."""

    bibs: dict[str, Bib]
    holds: dict[str, Hold]
    loans: dict[str, Loan]
    searches: dict[str, SavedSearch]


@pytest.fixture
def lively(redis, home, bizen, okayama, hinase, akari, aya, chiyo, desk_clerk, ten):
    """Akari has loans at the counter and by delivery, and reservations waiting, paused, secured, ready and ended."""
    bibs = _catalogue()
    delivery.plan(first=date(2026, 11, 1), last=date(2027, 2, 28))
    RunExclusion.objects.create(
        run=DeliveryRun.objects.get(cut_off_on=date(2026, 12, 5)), library=okayama, reason="設備点検のため休館"
    )
    loans, holds = {}, {}

    def lend(title, patron, now):
        return desk.check_out(item=bibs[title].items.first(), patron=patron, by=desk_clerk, now=now).loan

    def fetch(title, now):
        return desk.check_in(item=bibs[title].items.first(), by=desk_clerk, now=now).hold

    def reserve(title, patron, place, now):
        return queue.reserve(patron=patron, bib=bibs[title], pickup_at=place, by=patron.user, now=now)

    loans["due_soon"] = lend("due_soon", akari, _at(11, 18))
    loans["new"] = lend("new", akari, _at(11, 28))
    reserve("delivered", akari, bizen, _at(11, 17))
    fetch("delivered", _at(11, 19))
    reserve("packed", akari, bizen, _at(11, 25))
    fetch("packed", _at(11, 26))
    for sunday in (date(2026, 11, 22), date(2026, 11, 29)):
        run = DeliveryRun.objects.get(lend_on=sunday)
        delivery.run(run=run, by=None, now=days.at(sunday, time(12)))
    run = DeliveryRun.objects.get(lend_on=date(2026, 11, 22))
    delivery.send(bags=run.bags.all(), by=None, now=_at(11, 25))
    delivery.announce(run=run, by=None, now=_at(11, 26))
    loans["delivered"] = Loan.objects.get(item__bib=bibs["delivered"])
    loans["packed"] = Loan.objects.get(item__bib=bibs["packed"])
    holds["ready"] = reserve("ready", akari, home, _at(11, 25))
    fetch("ready", _at(11, 27))
    queue.announce(day=date(2026, 11, 28), now=_at(11, 28))
    holds["secured"] = reserve("secured", akari, bizen, _at(11, 28))
    fetch("secured", _at(12, 1, 9))
    lend("waiting", aya, _at(11, 25))
    reserve("waiting", chiyo, home, _at(11, 26))
    holds["waiting"] = reserve("waiting", akari, hinase, _at(11, 27))
    holds["paused"] = reserve("paused", akari, home, _at(11, 27))
    queue.pause(hold=holds["paused"], until=date(2026, 12, 20), by=akari.user, now=_at(11, 27))
    holds["cancelled"] = reserve("cancelled", akari, home, _at(11, 20))
    queue.cancel(hold=holds["cancelled"], by=akari.user, now=_at(11, 21))
    holds["others"] = reserve("others", aya, home, _at(11, 27))
    loans["others"] = Loan.objects.get(item__bib=bibs["waiting"])
    queue.ask(kind=RequestKind.INQUIRY, patron=akari, by=akari.user, now=_at(11, 30), text="開館時間を教えてください。")
    for title in ("in_basket", "free"):
        queue.add_to_basket(patron=akari, bib=bibs[title], now=_at(12, 1, 9))
    searches = {
        "own": _save_search(akari, "q=編み物", "編み物の本", _at(11, 20)),
        "quiet": _save_search(akari, "subject=古地図&material=map", "古地図", _at(11, 25), wants_mail=False),
        "others": _save_search(aya, "q=園芸", "園芸", _at(11, 20)),
    }
    index_bibs([BibFactory(title="編み物の時間", publisher="岡山出版", year=2026)])
    keep.note_missed(now=_at(11, 30))
    for each in (*loans.values(), *holds.values()):
        each.refresh_from_db()
    with clock.standing_at(ten):
        yield Lively(bibs, holds, loans, searches)


def _save_search(patron, address, name, now, *, wants_mail=True) -> SavedSearch:
    keep.note_missed(now=now)
    return keep.save_search(
        patron=patron, address=QueryDict(address).urlencode(), name=name, wants_mail=wants_mail, now=now
    )


@pytest.fixture
def desk_clerk(desk):
    """The counter, under a name that does not hide the verbs of the desk."""
    return desk


def _catalogue() -> dict[str, Bib]:
    works = {
        "due_soon": ("吾輩は猫である", "夏目漱石", "913.6", 1905),
        "new": ("走れメロス", "太宰治", "913.6", 1940),
        "delivered": ("種の起原", "チャールズ・ダーウィン", "467.5", 1990),
        "packed": ("鉄道と日本の近代", "原田勝正", "686.2", 1998),
        "ready": ("銀河鉄道の夜", "宮沢賢治", "913.8", 1934),
        "secured": ("海と毒薬", "遠藤周作", "913.6", 1958),
        "waiting": ("こころ", "夏目漱石", "913.6", 1914),
        "paused": ("日本国憲法の論点", "伊藤真", "323.1", 2005),
        "cancelled": ("数学ガール", "結城浩", "410.4", 2007),
        "others": ("武士道", "新渡戸稲造", "156", 1938),
        "in_basket": ("日本の伝統色", "長崎盛輝", "757.3", 2001),
        "free": ("広辞苑を読む：ことばの海をゆく長い長い旅の記録", "柳瀬尚紀", "813.1", 1999),
    }
    shelf = LocationFactory(code="2F-literature", floor="2階", section="文学", section_en="Literature")
    bibs = {}
    for key, (title, author, ndc, year) in works.items():
        bibs[key] = BibFactory(
            title=title,
            contributors=[{"name": author, "kana": "", "role": ""}],
            publisher="岩波書店",
            year=year,
            ndc=[ndc],
            language="jpn",
        )
        ItemFactory(bib=bibs[key], location=shelf, class_mark=ndc, book_mark=author[0])
    bibs["reference"] = BibFactory(title="国史大辞典", publisher="吉川弘文館", year=1979, ndc=["210.03"])
    ItemFactory(bib=bibs["reference"], location=shelf, class_mark="210.03", loanability="reference")
    bibs["film"] = BibFactory(title="東京物語", material="video", year=1953, publisher="松竹", ndc=["778.2"])
    ItemFactory(bib=bibs["film"], location=shelf, class_mark="778.2")
    index_bibs(Bib.objects.all())
    return bibs
