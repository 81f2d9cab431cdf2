"""CAT-6 on real records: what contains the query is found, and nothing else, held against brute force."""

import random
from functools import lru_cache
from itertools import product

import pytest

from catalog.models import Bib
from catalog.search import Query, index_bibs, merge, search, suggest
from catalog.search.variants import folding_of_index
from tests.search import real_records

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not real_records.IS_THERE, reason=real_records.WHY_SKIPPED),
]

QUERIES = """
本 人 の は わ え ー々 あ 髙 國 a z 1 7 é
研究 日本 文学 物語 世界 雑誌 こころ ねこ ネコ ろん ロン ローン ワタシ はな かへ 第1 20 ai it the
銀河鉄道 國文學 藝術新潮 夏目漱石 夏目,漱石 なつめそうせき ナツメ 渡邊 渡辺 斉藤 芥川龍之介 芥川竜之介 太宰治
ハリー・ポッター ヴァイオリン コンピューター ＣＤ ＤＶＤ Blu-ray Vol.1 new comic ovel NHK 週刊少年
吾輩は猫である 量子色力学 ぬるぽぬるぽ 東京都千代田区 岩波書店 新潮社 『 明治40年
"""

PHRASES = [
    "日本 の 文学",
    "研究 OR 物語",
    "日本 NOT 文学",
    "雑誌 NOT 週刊 NOT 月刊",
    '"new type"',
    '"の日本"',
    "夏目　漱石",
    "コレ ワ",
    "漫画 OR comic 1",
    "ザ NOT ゲーム OR 鉄道",
]


@lru_cache
def spellings(phrase: str) -> list[str]:
    """A folded phrase, each ハ, ワ, ヘ and エ taken for the particle or not."""
    alike = {"は": "はゎ", "わ": "わゎ", "へ": "へぇ", "え": "えぇ"}
    return ["".join(letters) for letters in product(*(alike.get(letter, letter) for letter in phrase))]


class Shelf:
    """Every field of every bib, folded, and the slow way to search in them."""

    def __init__(self) -> None:
        self.bibs = list(Bib.objects.order_by("pk"))
        self.fold = folding_of_index()
        self.fields = {bib.pk: self._fields(bib) for bib in self.bibs}

    def _fields(self, bib: Bib) -> dict[str, str]:
        fold, names = self.fold, [one["name"] for one in bib.contributors]
        fields = {
            "title": [fold(text) for text in (bib.title, bib.subtitle, bib.volume, *bib.alt_titles)],
            "author": [fold(name) for name in names] + [fold.reading(one["kana"]) for one in bib.contributors],
            "publisher": [fold(bib.publisher)],
            "subject": [fold(subject) for subject in bib.subjects],
            "series": [fold(series) for series in bib.series],
        }
        fields["title"] += [fold.reading(text) for text in (bib.title_kana, bib.subtitle_kana)]
        others = [fold(text) for text in (bib.place, bib.edition, bib.notes, bib.contents)]
        fields["words"] = sum(fields.values(), others)
        return {name: "|".join(texts) for name, texts in fields.items()}

    def found(self, query: Query) -> set[int]:
        """The ids of all bibs that the query wants."""
        wishes = {
            name: [
                [(spellings(self.fold(term.text)), term.is_excluded) for term in terms] for terms in wish.alternatives
            ]
            for name, wish in query.wishes.items()
            if wish
        }
        return {
            pk
            for pk, fields in self.fields.items()
            if all(
                any(
                    all(is_excluded != any(one in fields[name] for one in phrases) for phrases, is_excluded in terms)
                    for terms in alternatives
                )
                for name, alternatives in wishes.items()
            )
        }


STATES = [(400, "delta"), (400, "ranked"), (400, "edited"), pytest.param((5_000, "edited"), marks=pytest.mark.slow)]


@pytest.fixture(params=STATES, ids=lambda param: f"{param[0]} {param[1]}")
def shelf(request, ten) -> Shelf:
    """Real records, evenly from all 51,510, in the index: all in the delta; all in the postings, by rank; or some in
    each, some changed, some deleted."""
    number, state = request.param
    bibs = Bib.objects.bulk_create(real_records.bibs(number, every=50_000 // number), batch_size=1_000)
    if state != "edited":
        index_bibs(bibs)
        if state == "ranked":
            merge.renumber(now=ten)
        return Shelf()
    start, end = 8 * len(bibs) // 10, 9 * len(bibs) // 10
    index_bibs(bibs[:start])
    merge.renumber(now=ten)
    edited = bibs[5:end:40]
    for bib, other in zip(edited, bibs, strict=False):
        bib.title, bib.notes = f"{other.title}{bib.title}", other.title
    Bib.objects.bulk_update(edited, ["title", "notes"])
    index_bibs([*bibs[start:end], *edited])
    for bib in bibs[7:start:50]:
        bib.delete()
    merge.merge(now=ten)
    again = bibs[9:start:60]
    for bib in again:
        bib.subtitle = "日本の文学"
    Bib.objects.bulk_update(again, ["subtitle"])
    index_bibs([*bibs[end:], *again])
    bibs[11].delete()
    return Shelf()


def test_recall_and_precision_are_complete(shelf):
    """CAT-6: about a hundred queries of all kinds, single characters included."""
    queries = [Query.parse(text) for text in (*QUERIES.split(), *PHRASES) if shelf.fold(text)]
    queries += [
        Query.parse("", title="は"),
        Query.parse("", author="治"),
        Query.parse("人", author="太宰"),
        Query.parse("", publisher="新潮", title="文学 OR 物語"),
        Query.parse("", series="文庫"),
        Query.parse("", subject="書"),
    ]
    hits = 0
    for query in queries:
        results = search(query, per_page=1_000)
        wanted = shelf.found(query)
        assert results.total == len(wanted), query
        assert set(results.bib_ids) <= wanted and len(results.bib_ids) == min(1_000, len(wanted)), query
        hits += results.total
    assert hits > 3 * len(shelf.bibs), "the queries must find something for this to prove anything"


def test_any_part_of_any_title_finds_it(shelf):
    """CAT-6: a random part of each of two hundred titles, as one quoted phrase."""
    draw = random.Random(6)
    tried = 0
    for bib in draw.sample(shelf.bibs, 200):
        title = bib.title.replace('"', " ")
        start = draw.randrange(len(title))
        part = title[start : start + draw.randint(1, 12)]
        if not shelf.fold(part):
            continue
        query = Query.parse("", title=f'"{part}"', sort="year")
        results = search(query, per_page=1_000)
        ids = set(results.bib_ids)
        for page in range(2, results.pages + 1):
            ids.update(search(query, page=page, per_page=1_000).bib_ids)
        assert bib.pk in ids, (bib.title, part)
        tried += 1
    assert tried > 150


def test_a_whole_title_leads_to_it(shelf):
    """CAT-6: exact matches come first."""
    for bib in random.Random(1).sample(shelf.bibs, 100):
        text = " ".join(bib.title.replace('"', " ").split())
        if not shelf.fold(text):
            continue
        first = Bib.objects.get(pk=search(Query.parse(f'"{text}"')).bib_ids[0])
        assert shelf.fold(first.title)[:200] == shelf.fold(bib.title)[:200]
        assert bib.title in suggest(text, limit=1_000)
