"""The cast: who acts in the tests, and the days on which they do. Each is a fixture.

Libraries  home 県立図書館 · bizen 備前市立図書館 (pickup, takes returns) · okayama 岡山市立中央図書館 (pickup, takes
           no mutual returns) · hinase 日生分館 (branch, by way of bizen)
Patrons    akari 青木あかり · aya 馬場文 · chiyo 千葉千代
Staff      desk 出口 (counter, no override) · coop 江藤 (cooperation desk, may override) · bizen_desk (staff of bizen)
Titles     kusamakura 草枕 (two copies) · botchan 坊っちゃん (one copy) · film (one AV copy)
Days       today is tuesday 2026-12-01; monday is the day before, wednesday … sunday come after; ten is ten
           o'clock on Tuesday; because is an override with a reason

Holidays are those of 2026 and 2027, named here, so that no test hangs on the edition of a package.
"""

from datetime import date, datetime, time

import pytest
from django.core.cache import cache

from okalib import days
from okalib.models import Holiday, PolicySettings
from okalib.rules import Override
from tests.factories import BibFactory, HomeLibraryFactory, LibraryFactory, PatronFactory, StaffFactory

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = (
    date(2026, 11, 30),
    *(date(2026, 12, day) for day in range(1, 7)),
)
TEN = days.at(TUESDAY, time(10))

HOLIDAYS = {
    date(2026, 11, 3): "文化の日",
    date(2026, 11, 23): "勤労感謝の日",
    date(2027, 1, 1): "元日",
    date(2027, 1, 11): "成人の日",
    date(2027, 2, 11): "建国記念の日",
    date(2027, 2, 23): "天皇誕生日",
    date(2027, 3, 21): "春分の日",
    date(2027, 3, 22): "振替休日",
}


# ── Libraries ──


@pytest.fixture
def holidays_known(db):
    """The holidays of the winter, and a cache that knows no others, nor anybody's wrong passwords."""
    Holiday.objects.bulk_create([Holiday(day=day, name=name) for day, name in HOLIDAYS.items()])
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def policy(db):
    """The row of the policy, with the telephone numbers that pages and refusals name."""
    return PolicySettings.objects.create(counter_phone="086-000-0002", cooperation_phone="086-000-0003")


@pytest.fixture
def home(holidays_known, policy):
    """県立図書館, the prefectural library."""
    return HomeLibraryFactory(name_kana="ケンリツトショカン")


@pytest.fixture
def bizen(home):
    """備前市立図書館: a pickup library that takes returns of all kinds."""
    return LibraryFactory(code="bizen", name="備前市立図書館", takes_mutual_returns=True, arrival_weekday=4)


@pytest.fixture
def okayama(home):
    """岡山市立中央図書館: a pickup library that takes no mutual returns."""
    return LibraryFactory(code="okayama", name="岡山市立中央図書館", arrival_weekday=4)


@pytest.fixture
def hinase(bizen):
    """日生分館: a branch, served by way of bizen."""
    return LibraryFactory(code="hinase", name="備前市立図書館日生分館", central=bizen)


# ── People ──


@pytest.fixture
def akari(home):
    """青木あかり, who reads mail."""
    return PatronFactory(
        name="青木あかり", name_kana="アオキ アカリ", email="akari@example.com", phone="090-1111-0001", card="20000011"
    )


@pytest.fixture
def aya(home):
    """馬場文, the next in every queue."""
    return PatronFactory(
        name="馬場文", name_kana="ババ アヤ", email="aya@example.com", phone="090-1111-0002", card="20000028"
    )


@pytest.fixture
def chiyo(home):
    """千葉千代, who has no mail and is telephoned."""
    return PatronFactory(
        name="千葉千代", name_kana="チバ チヨ", email="", contact="phone", phone="090-1111-0003", card="20000035"
    )


@pytest.fixture
def desk(db):
    """出口, at the counter, without the right to override."""
    return StaffFactory(username="deguchi", last_name="出口")


@pytest.fixture
def coop(db):
    """江藤, at the cooperation desk, who may override."""
    return StaffFactory(username="eto", last_name="江藤", rights=["okalib.override_refusal", "holds.reorder_queue"])


@pytest.fixture
def bizen_desk(bizen):
    """A staff member of 備前市立図書館, who sees the bags of that library only."""
    return StaffFactory(username="bizen-desk", is_staff=False, library=bizen)


@pytest.fixture
def because():
    """An override with a reason."""
    return Override(reason="館長の承認による")


# ── Titles ──


@pytest.fixture
def kusamakura(db):
    """草枕, with two copies."""
    return BibFactory(title="草枕", title_kana="クサマクラ", items=2)


@pytest.fixture
def botchan(db):
    """坊っちゃん, with one copy."""
    return BibFactory(title="坊っちゃん", title_kana="ボッチャン", items=1)


@pytest.fixture
def film(db):
    """A film, with one copy."""
    return BibFactory(title="晩春", title_kana="バンシュン", material="video", items=1)


# ── Days ──


@pytest.fixture
def ten() -> datetime:
    """Ten o'clock on Tuesday, 2026-12-01."""
    return TEN


@pytest.fixture
def monday() -> date:
    """The day before, closed."""
    return MONDAY


@pytest.fixture
def tuesday() -> date:
    """Today."""
    return TUESDAY


@pytest.fixture
def wednesday() -> date:
    """Tomorrow."""
    return WEDNESDAY


@pytest.fixture
def thursday() -> date:
    """The day of the delivery mail."""
    return THURSDAY


@pytest.fixture
def friday() -> date:
    """The first day of the pickup window."""
    return FRIDAY


@pytest.fixture
def saturday() -> date:
    """The cut-off of the delivery run."""
    return SATURDAY


@pytest.fixture
def sunday() -> date:
    """The day of the delivery run."""
    return SUNDAY
