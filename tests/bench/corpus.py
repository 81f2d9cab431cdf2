"""A made-up library of any size with a fixed seed: bibs, copies and patrons, loaded with COPY.

A bib has about the texts of a real one: a title of common and rare words with its reading, a subtitle, volume, people
with readings, publisher, series, subjects, classes, ISBN, a note. Words are drawn as texts use them (Zipf): a few in a
tenth of all titles, many in a handful. There are 11 copies to 8 bibs, as in the catalogue that okalib is meant for.
"""

from __future__ import annotations

import json
import random
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import accumulate, chain, count, islice

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from rich.progress import track

from catalog.models import Bib, Item, Location
from catalog.rules import Loanability, Material, MaterialClass, Whereabouts, item_number
from catalog.search import upkeep
from okalib import clock, numbers
from okalib.models import Card, Patron, PatronCategory
from okalib.rehearsal import furnishing, stocking
from okalib.rehearsal.people import people
from tests.bench import words

SEED = 20261129
RARE_WORDS = 60_000
AUTHORS = 80_000


def prepare(*, bibs: int, patrons: int = 0, fresh: bool = False) -> None:
    """Let Django's connection work on a database with exactly such a library, made now where there is none yet.

    The database is named after its sizes, so that each size is made once. Nobody is on loan or reserved yet.
    """
    name = f"bench_{bibs}_{patrons}"
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name
    connection.close()
    if fresh or not _is_complete(name, bibs, patrons):
        _make_anew(name)
        _fill(bibs, patrons)


def _fill(bibs: int, patrons: int) -> None:
    now = clock.now()
    furnishing.open_libraries(now=now)
    furnishing.hire()
    places = list(stocking._locations().values())
    copy(Bib, track(_bibs(bibs), "bibs", total=bibs))
    copy(Item, track(_items(bibs, places), "items", total=bibs * 11 // 8))
    if patrons:
        load_patrons(patrons)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    upkeep.rebuild(now=now)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def load_patrons(number: int) -> None:
    """Make so many patrons with a card each; ids count from 1, nobody has a log-in."""
    now = clock.now()
    today = now.date()
    category, _ = PatronCategory.objects.get_or_create(code="general", defaults={"name": "一般"})
    drawn = (
        {
            "id": n,
            "category_id": category.pk,
            "name": person.name,
            "name_kana": person.name_kana,
            "area": "岡山市",
            "contact_person": "",
            "email": f"patron{n}@example.jp",
            "phone": "",
            "contact": "email",
            "language": "ja",
            "registered_on": today - timedelta(days=n % 3_000),
            "last_used_on": today - timedelta(days=n % 300),
            "wants_due_reminders": False,
            "keeps_reading_record": False,
        }
        for n, person in enumerate(people(number, SEED), start=1)
    )
    copy(Patron, track(drawn, "patrons", total=number))
    cards = (
        {
            "id": n,
            "number": numbers.card_number(numbers.SMALLEST_CARD_SERIAL + n),
            "patron_id": n,
            "issued_at": now,
            "ended_reason": "",
        }
        for n in range(1, number + 1)
    )
    copy(Card, cards)


# --- descriptions --------------------------------------------------------------------------------------------------


class Urn:
    """Draws from a list as texts use words: the n-th is drawn about 1/n as often as the first."""

    def __init__(self, things: Sequence, lot: random.Random, steepness: float = 1.0) -> None:
        self.things, self.lot = things, lot
        self.sums = list(accumulate(1 / (n + 3) ** steepness for n in range(len(things))))

    def __call__(self) -> tuple:
        """Draw one."""
        return self.things[bisect(self.sums, self.lot.random() * self.sums[-1])]


def _bibs(number: int) -> Iterator[dict]:
    return islice(descriptions(), number)


def descriptions(seed: int = SEED) -> Iterator[dict]:
    """Yield the columns of bibs for ever, always the same; ids count from 1."""
    lot = random.Random(seed)
    noun, rare = Urn(words.NOUNS, lot), Urn(_rare_words(lot), lot, 0.7)
    author, publisher, series = Urn(_authors(lot), lot, 0.7), Urn(words.PUBLISHERS, lot, 0.6), Urn(words.SERIES, lot)
    english = Urn(words.ENGLISH, lot)
    now = clock.now()
    for n in count(1):
        is_english = lot.random() < 0.08
        first, second = (rare() if lot.random() < 0.45 else noun()), (rare() if lot.random() < 0.25 else noun())
        if is_english:
            title = lot.choice(words.ENGLISH_FRAMES).format(a=english(), b=english()).capitalize()
            kana = ""
        else:
            frame, reading = lot.choice(words.FRAMES)
            title = frame.format(a=first[0], b=second[0])
            kana = reading.format(A=first[1], B=second[1])
        people = [author() for _ in range(lot.choice((1, 1, 1, 2, 2, 3)))]
        digit = lot.choice("0012233334444555667778999999")
        subject = noun()[0]
        yield {
            "id": n,
            "source": "bench",
            "source_id": str(n),
            "material": _material(lot),
            "title": title,
            "title_kana": kana,
            "subtitle": f"{noun()[0]}の{rare()[0]}" if lot.random() < 0.4 else "",
            "subtitle_kana": "",
            "volume": str(lot.randint(1, 30)) if lot.random() < 0.2 else "",
            "alt_titles": [],
            "contributors": json.dumps(
                [{"name": name, "kana": reading, "role": "著"} for name, reading in people], ensure_ascii=False
            ),
            "publisher": publisher(),
            "place": lot.choice(("東京", "東京", "東京", "京都", "大阪", "岡山")),
            "year": None if lot.random() < 0.03 else 2026 - min(120, int(lot.expovariate(1 / 25))),
            "date_text": "",
            "edition": lot.choice(("", "", "", "第2版", "新版", "改訂版")),
            "series": [series()] if lot.random() < 0.3 else [],
            "ndc": [f"{digit}{lot.randint(0, 99):02}" + lot.choice(("", "", f".{lot.randint(1, 99)}"))],
            "ndc_edition": "10",
            "subjects": [subject, f"{subject} -- {lot.choice(words.FORMS)}"] if lot.random() < 0.7 else [],
            "language": "eng" if is_english else lot.choice(("jpn",) * 30 + ("chi", "kor", "ger", "fre")),
            "isbns": [_isbn(n)] if lot.random() < 0.7 else [],
            "issn": "",
            "jpno": f"{20_000_000 + n}",
            "extent": f"{lot.randint(40, 600)}p",
            "size": lot.choice(("15cm", "18cm", "19cm", "21cm", "26cm", "31cm")),
            "price": "",
            "notes": f"{rare()[0]}に関する{noun()[0]}を含む" if lot.random() < 0.4 else "",
            "contents": "\n".join(f"{noun()[0]}と{rare()[0]}" for _ in range(4)) if lot.random() < 0.15 else "",
            "audience": "",
            "is_on_order": lot.random() < 0.002,
            "is_suppressed": lot.random() < 0.001,
            "updated_at": now,
        }


def _rare_words(lot: random.Random) -> list[tuple[str, str]]:
    """Words of two to four characters of the common words, with readings of about their length."""
    letters = sorted({letter for word, _ in words.NOUNS for letter in word if letter >= "一"})
    syllables = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン"
    return [
        (
            "".join(lot.choices(letters, k=length)),
            "".join(lot.choices(syllables, k=2 * length)),
        )
        for length in lot.choices((2, 3, 4), (6, 3, 1), k=RARE_WORDS)
    ]


def _authors(lot: random.Random) -> list[tuple[str, str]]:
    surnames, forenames = Urn(words.SURNAMES, lot, 0.5), Urn(words.FORENAMES, lot, 0.3)
    letters = "一二三太郎子美明正義信和久恵文雄夫介彦樹也人之助治平蔵"
    found = []
    for _ in range(AUTHORS):
        (surname, kana), (forename, reading) = surnames(), forenames()
        if lot.random() < 0.6:
            forename = "".join(lot.choices(letters, k=2))
        found.append((f"{surname}, {forename}", f"{kana}, {reading}"))
    return found


def _isbn(n: int) -> str:
    body = f"9784{n:08}"
    return body + str(-sum(int(digit) * (1 + 2 * (place % 2)) for place, digit in enumerate(body)) % 10)


def _material(lot: random.Random) -> str:
    draw = lot.random()
    shares = ((0.86, Material.BOOK), (0.9, Material.MAGAZINE), (0.94, Material.PICTURE_BOOK), (0.97, Material.VIDEO))
    return next((str(material) for share, material in shares if draw < share), str(Material.MUSIC))


# --- copies --------------------------------------------------------------------------------------------------------


def _items(bibs: int, places: list[Location]) -> Iterator[dict]:
    """Eleven copies to eight bibs; the bibs that patrons want most have none less than the others."""
    lot = random.Random(SEED + 1)
    now = clock.now()
    today = now.date()
    for n in range(1, bibs * 11 // 8 + 1):
        bib_id = n if n <= bibs else 1 + int(bibs * lot.random() ** 2)
        place = places[-1] if lot.random() < 0.55 else lot.choice(places)
        yield {
            "id": n,
            "bib_id": bib_id,
            "item_number": item_number(110_000_000 + n),
            "location_id": place.pk,
            "shelf_mark": "",
            "class_mark": f"{lot.randint(0, 999):03}.{lot.randint(0, 99)}",
            "book_mark": "".join(lot.choices("アイウエオカキクサシスセタチツテナニハヒフマミムヤヨラリワ", k=2)),
            "volume_mark": "",
            "material_class": str(MaterialClass.PRINT),
            "loanability": str(Loanability.LENDABLE if lot.random() < 0.85 else Loanability.REFERENCE),
            "is_damaged": False,
            "is_interlibrary": False,
            "whereabouts": str(Whereabouts.SHELF if lot.random() < 0.995 else Whereabouts.WITHDRAWN),
            "is_disputed": False,
            "arrived_on": today - timedelta(days=int(lot.expovariate(1 / 3_000))),
        }


# --- the database --------------------------------------------------------------------------------------------------


def copy(model: type, rows: Iterable[dict]) -> int:
    """Load rows, all with the same columns, into a model's table by COPY; return how many. Sequences follow."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return 0
    table, columns = model._meta.db_table, list(first)
    done = 0
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as into:
            for row in chain([first], rows):
                into.write_row([row[column] for column in columns])
                done += 1
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
    return done


def _server() -> psycopg.Connection:
    at = connection.settings_dict
    address = {"host": at["HOST"], "user": at["USER"], "password": at["PASSWORD"], "port": at["PORT"] or None}
    return psycopg.connect(dbname="postgres", autocommit=True, **address)


def _make_anew(name: str) -> None:
    with _server() as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}"')
    call_command("migrate", verbosity=0)


def _is_complete(name: str, bibs: int, patrons: int) -> bool:
    """Whether the database was filled to the end: the last thing that is done is noted."""
    with _server() as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
    call_command("migrate", verbosity=0)
    return Bib.objects.count() == bibs and Patron.objects.count() >= patrons and upkeep.status().rebuilt_at is not None
