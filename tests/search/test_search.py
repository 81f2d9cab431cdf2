"""The search as patrons meet it (CAT-5, CAT-6)."""

import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Value
from django.test.utils import CaptureQueriesContext

from catalog.models import Bib, Item, KanjiVariant, Location
from catalog.search import Query, index_bibs, merge, search, similar_spellings, suggest
from tests.factories import BibFactory, ItemFactory, LocationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True, params=["delta", "postings"])
def where(request, monkeypatch, ten) -> str:
    """Each sentence holds of what has just been written, and of what has been merged into the postings."""
    if request.param == "postings":
        index = index_bibs

        def index_and_merge(bibs):
            index(bibs)
            merge.merge(now=ten)

        monkeypatch.setattr(sys.modules[__name__], "index_bibs", index_and_merge)
    return request.param


def add(title: str, items: int = 0, **fields: object) -> Bib:
    """Put a bib into the catalogue."""
    fields.setdefault("title_kana", "")
    bib = BibFactory(title=title, items=items, **fields)
    index_bibs([bib])
    return bib


def found(text: str = "", **fields: object) -> list[str]:
    """The titles that a search finds, in order."""
    ids = search(Query.parse(text, **fields)).bib_ids
    titles = Bib.objects.in_bulk(ids)
    return [titles[bib_id].title for bib_id in ids]


def test_a_bib_on_order_without_items_is_not_found_by_patrons():
    """CAT-5."""
    bib = add("ほしい本", is_on_order=True)
    assert found("ほしい") == []
    assert found("ほしい", for_staff=True) == ["ほしい本"]
    ItemFactory(bib=bib)
    assert found("ほしい") == ["ほしい本"]


def test_a_hidden_bib_is_never_found_even_before_the_index_knows():
    bib = add("秘密の本", items=1)
    Bib.objects.filter(pk=bib.pk).update(is_suppressed=True)
    assert found("秘密") == found("秘密", for_staff=True) == suggest("秘密") == similar_spellings("秘密の木") == []


@pytest.mark.parametrize(
    "text",
    [
        "髙橋國男",
        "高橋国男",
        "髙橋 國男",
        "高橋，国男",
        "たかはし くにお",
        "タカハシクニオ",
        "ﾀｶﾊｼ",
        "髙",
        "高",
        "男",
        "お",
    ],
)
def test_a_name_is_found_however_it_is_written(text):
    """CAT-6."""
    add("随筆", contributors=[{"name": "髙橋, 國男", "kana": "タカハシ, クニオ", "role": "著"}])
    assert found(text) == ["随筆"]


@pytest.mark.parametrize(
    "text", ["コレワペンデス", "これはぺんです", "コレ ワ ペン", "これ は ぺん", "はぺん", "わぺん", "は", "わ"]
)
def test_particles_of_a_reading_are_found_as_written_and_as_spoken(text):
    """CAT-6."""
    add("此洋筆", title_kana="コレ ワ ペン デス")
    assert found(text) == ["此洋筆"]


def test_the_wrong_particle_inside_a_word_finds_nothing():
    """CAT-6: ハナ is no ワナ."""
    add("罠", title_kana="ワナ")
    assert found("はな") == []


def test_exact_matches_rank_above_folded_ones_and_titles_above_the_rest():
    """CAT-6."""
    add("金融入門", notes="ローン")
    add("自由研究", contributors=[{"name": "ローン, ジョン", "kana": ""}])
    add("借りる", title_kana="ローン")
    add("住宅ローン")
    add("ローンの組み方")
    add("ロンの物語")
    add("ロン")
    add("ローン")
    assert found("ローン") == [
        "ローン",
        "ロン",
        "ローンの組み方",
        "ロンの物語",
        "住宅ローン",
        "借りる",
        "自由研究",
        "金融入門",
    ]
    assert found("ロン")[:4] == ["ロン", "ローン", "ロンの物語", "ローンの組み方"]


def test_a_title_and_its_author_lead_to_the_work_and_not_to_books_about_it():
    add("漱石の「こころ」を読む")
    add("こころ", contributors=[{"name": "夏目漱石", "kana": ""}])
    add("こころの時代")
    assert found("漱石 こころ") == ["こころ", "漱石の「こころ」を読む"]


def test_a_latin_word_ranks_above_words_that_contain_it_and_both_are_found():
    """CAT-6: what contains the query is found."""
    add("Rain and air")
    add("暮らしの本", notes="AI")
    add("AI入門")
    assert found("ai") == ["AI入門", "暮らしの本", "Rain and air"]
    assert found("rain AND") == found('"rain and"') == found("n A") == ["Rain and air"]
    assert found("rain OR AI入") == ["AI入門", "Rain and air"]


def test_operators_and_quotes():
    add("猫と犬")
    add("犬と鳥")
    add("犬の散歩")
    assert set(found("犬 NOT 猫")) == {"犬の散歩", "犬と鳥"}
    assert set(found("猫 OR 散歩 犬")) == {"犬の散歩", "猫と犬"}
    assert found('"犬と"') == ["犬と鳥"]
    assert found("犬 と NOT 鳥 NOT 猫") == []


def test_marks_between_words_ask_for_nothing_but_a_title_of_marks_is_found():
    add("Mac & Office 読本")
    add("○△×")
    assert found("Mac & Office") == ["Mac & Office 読本"]
    assert found("○") == found("○△×") == ["○△×"]
    assert found("%") == found("'") == found("\\") == found("☆") == []


@pytest.mark.parametrize(
    "text",
    [
        "9784794970756",
        "978-4-7949-7075-6",
        "4-7949-7075-7",
        "4794970757",
        "ISBN 978-4-7949-7075-6",
        "９７８４７９４９７０７５６",
    ],
)
def test_an_isbn_is_found_in_ten_and_in_thirteen_digits(text):
    """CAT-1."""
    add("本の話", isbns=["9784794970756"])
    add("同じ番号の本", isbns=["9784794970756"])
    assert set(found(isbn=text)) == {"本の話", "同じ番号の本"}
    if " " not in text:
        assert set(found(text)) == {"本の話", "同じ番号の本"}


def test_a_wrong_isbn_is_found_as_typed():
    """CAT-1."""
    add("誤植の本", isbns=["4000000001"])
    assert found(isbn="4-00-000000-1") == found("4-00-000000-1") == ["誤植の本"]
    assert found(isbn="4-00-000000-2") == found(isbn="?") == []


def test_an_item_is_found_by_its_number_and_by_the_beginning_of_its_call_number():
    bib = add("草枕")
    item = ItemFactory(bib=bib, shelf_mark="S", class_mark="913.6", book_mark="ナ", volume_mark="1")
    add("別の本", items=1)
    assert found(item.item_number) == found(item_number=item.item_number) == ["草枕"]
    assert (
        found(call_number="s913")
        == found(call_number="Ｓ９１３．６／ナ")
        == found(call_number=item.call_number)
        == ["草枕"]
    )
    assert found(call_number="913") == ["別の本"]
    assert found(call_number="%") == []


def test_a_call_number_without_a_book_mark_is_found_as_it_is_shown():
    item = ItemFactory(bib=add("地図"), class_mark="291", book_mark="", volume_mark="3")
    assert item.call_number == "291/3"
    assert found(call_number="291/3") == ["地図"]


def test_a_call_number_is_looked_up_in_its_index():
    bibs, shelf = Bib.objects.bulk_create(BibFactory.build_batch(2000)), LocationFactory()
    index_bibs(bibs)
    items = [ItemFactory.build(bib=bib, location=shelf, book_mark=f"ナ{bib.pk:07}") for bib in bibs]
    Item.objects.bulk_create(items)
    query = Query.parse("", call_number=items[1000].call_number)
    with CaptureQueriesContext(connection) as queries, connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE catalog_bib, catalog_item, catalog_searchentry, catalog_searchdelta, catalog_searchtouch"
        )
        search(query)
        plans = []
        for statement in [query["sql"] for query in queries if "normalize" in query["sql"]]:
            cursor.execute(f"EXPLAIN {statement}")
            plans.append("\n".join(row[0] for row in cursor.fetchall()))
    assert any("item_call_number_key" in plan for plan in plans)  # of few touched bibs each may be looked at instead


def test_classes_are_found_by_their_beginning_marks_left_aside():
    add("物語", ndc=["913.6"])
    add("児童書", ndc=["K933", "726.6"])
    assert found(ndc="913") == found(ndc="９１３．６") == ["物語"]
    assert found(ndc="933") == found(ndc="K933") == found(ndc="7") == ["児童書"]
    assert set(found(ndc="9")) == {"物語", "児童書"}
    assert found(ndc="13") == found(ndc="文学") == []


def test_detailed_fields_look_only_where_they_should():
    add("漱石論", contributors=[{"name": "江藤淳", "kana": "エトウ ジュン"}], publisher="新潮社", subjects=["夏目漱石"])
    add(
        "坊っちゃん",
        contributors=[{"name": "夏目漱石"}],
        publisher="岩波書店",
        series=["岩波文庫"],
        title_kana="ボッチャン",
    )
    assert found(author="漱石") == ["坊っちゃん"]
    assert found(author="えとう　じゅん") == found(title="漱石") == found(subject="夏目漱石") == ["漱石論"]
    assert found(title="ぼっちゃん") == found(publisher="岩波") == found(series="文庫") == ["坊っちゃん"]
    assert found("岩波", author="江藤") == []
    assert found("漱石", author="夏目 OR 太宰") == ["坊っちゃん"]


def test_filters_by_year_material_language_and_copies():
    """One and the same copy must meet all that is asked of copies."""
    stacks = Location.objects.create(code="B1", floor="地下", section="書庫")
    old = add("古い本", year=1950, material="book", language="jpn", items=1)
    ItemFactory(bib=old, location=stacks, loanability="reference")
    add("新しい映画", year=2020, material="video", language="eng")
    assert found(year_from=1950, year_to=1950) == found(year_to="1960") == found(material="book") == ["古い本"]
    assert found(year_from=1951) == found(language="eng") == ["新しい映画"]
    assert found(language=["eng", "jpn"], sort="year") == ["新しい映画", "古い本"]
    assert (
        found(lendable_only=True)
        == found(available_now=True)
        == found(place="書庫")
        == found(place="一般開架")
        == ["古い本"]
    )
    assert found(lendable_only=True, place="書庫") == []
    old.items.update(whereabouts="searched_for")
    assert found(available_now=True) == []


def test_facets_count_all_results_and_lead_to_as_many():
    for number in range(25):
        add(f"研究{number}", year=1990 + number, material="book", language="jpn", ndc=["407", "375"], items=2)
    add("研究の映像", year=2001, material="video", language="", ndc=["913.6"])
    results = search(Query.parse("研究"), page=2)
    assert (results.total, len(results.bib_ids), results.page, results.pages) == (26, 6, 2, 2)
    facets = {name: {value.value: value.count for value in values} for name, values in results.facets.items()}
    assert facets == {
        "material": {"book": 25, "video": 1},
        "place": {"一般開架": 25},
        "ndc1": {"3": 25, "4": 25, "9": 1},
        "decade": {"2010": 5, "2000": 11, "1990": 10},
        "language": {"jpn": 25},
        "lendable": {"1": 25},
        "available": {"1": 25},
    }
    assert [value.value for value in results.facets["decade"]] == ["2010", "2000", "1990"]
    assert search(Query.parse("研究", year_from=2000, year_to=2009)).total == 11
    assert search(Query.parse("研究", ndc="3")).total == 25


def test_a_facet_in_use_still_says_what_else_there_would_be():
    """As many as the search finds that takes the other value, with the other conditions kept."""
    add("研究の本", material="book", language="jpn", items=1, ndc=["9"])
    for year in (1999, 2001):
        add("研究の映像", material="video", language="jpn", year=year, items=1)
    lent = add("研究の漫画", material="comic", language="eng", items=1)
    lent.items.update(whereabouts="searched_for")
    narrow = {"material": ["book"], "language": ["jpn"]}
    without = {
        "material": Query.parse("研究", **narrow | {"material": None}),
        "language": Query.parse("研究", **narrow | {"language": None}),
        "available": Query.parse("研究"),
        "place": Query.parse(),
    }
    results = search(Query.parse("研究", **narrow), beside=without)
    assert (results.total, len(results.facets["material"])) == (1, 1)
    beside = results.beside
    assert {name: {value.value: value.count for value in values} for name, values in beside.items()} == {
        "material": {"video": 2, "book": 1},
        "language": {"jpn": 1},
        "available": {"1": 3},
        "place": {},
    }
    assert beside["material"][0].value == "video"
    assert search(Query.parse("研究", material="video", language="jpn")).total == 2
    assert search(Query.parse("研究")).beside == {}


def test_pages_hold_every_bib_once():
    for number in range(45):
        add(f"同じ本{number % 3}", year=2000)
    query = Query.parse("同じ")
    seen = [bib_id for page in (1, 2, 3) for bib_id in search(query, page=page).bib_ids]
    assert len(seen) == len(set(seen)) == 45
    assert search(query, page=99).page == search(query, page=10**30).page == 3
    assert search(query, page=-1).page == 1


def test_orders():
    few, many = add("い", title_kana="イ", year=2001), add("ア", title_kana="", year=1999)
    add("う", title_kana="ウ", year=None)
    assert found(sort="title_kana", title="い OR ア OR う") == ["ア", "い", "う"]
    assert found(sort="year", title="い OR ア OR う") == ["い", "ア", "う"]
    demand = Bib.objects.filter(pk__in=[few.pk, many.pk]).annotate(n=Value(many.pk) - Value(few.pk))
    demand = demand.filter(pk=many.pk).values_list("pk", "n")
    assert search(Query.parse("", title="い OR ア OR う", sort="holds"), demand=demand).bib_ids[0] == many.pk
    assert search(Query.parse("", title="い OR ア", sort="holds")).total == 2


def test_an_empty_search_finds_nothing():
    add("本")
    assert search(Query.parse("")).total == 0


def test_a_changed_bib_is_found_as_it_is_now_and_a_deleted_one_no_more():
    bib = add("前の書名")
    bib.title = "後の書名"
    bib.save()
    index_bibs([bib, bib])
    assert (found("前の"), found("後の")) == ([], ["後の書名"])
    bib.delete()
    assert found("後の") == []


def test_a_record_of_monstrous_size_and_strange_characters_goes_in():
    letters = "".join(chr(0x4E00 + number % 20_000) for number in range(60_000))
    add(
        "怪物", notes=letters, contents="x" * 100_000 + " \u0001\u200b\ufffe" + "".join(f" w{n}" for n in range(30_000))
    )
    add("長" * 5_000, title_kana="ナガ" * 5_000)
    add("引用 'a' \\ \" : & | ! <-> * (b)", isbns=["'; DROP TABLE"], ndc=["'9:*"])
    assert found("怪物") == ["怪物"]
    assert len(found("長" * 300)) == 1
    assert found("'a' \\ : & | ! <-> * (b)") == ["引用 'a' \\ \" : & | ! <-> * (b)"]


def test_titles_are_suggested_while_a_word_is_typed():
    add("吾輩は猫である", title_kana="ワガハイ ワ ネコ デ アル")
    add("我が家の味")
    assert suggest("わがはいは") == suggest("ワガハイワネ") == suggest("吾") == ["吾輩は猫である"]
    assert suggest("我が") == ["我が家の味"]
    assert suggest("") == suggest("・") == suggest("家") == []


def test_other_spellings_are_offered_that_find_something():
    add("銀河鉄道の夜", contributors=[{"name": "宮沢賢治", "kana": "ミヤザワ ケンジ"}])
    add("Harry Potter")
    assert similar_spellings("銀河鉄導の夜") == ["銀河鉄道の夜"]
    assert similar_spellings("宮沢健治") == ["宮沢賢治"]
    assert similar_spellings("Hary Poter") == ["Harry Potter"]
    assert similar_spellings("量子力学") == similar_spellings("") == similar_spellings("!") == []


def test_an_edit_of_the_variants_takes_effect_with_a_rebuild_and_loses_nothing_before():
    """CAT-6: the table is editable."""
    add("丼物の本")
    KanjiVariant.objects.create(variant="丼", standard="井")
    assert found("丼物") == ["丼物の本"]
    assert found("井物") == []
    add("丼鉢")
    assert found("丼鉢") == ["丼鉢"]
    with pytest.raises(CommandError, match="rebuild"):
        run("verify")
    assert "変わっています" in run("status")
    assert "2" in run("rebuild")
    assert found("井物") == found("丼物") == ["丼物の本"]
    assert "一致" in run("verify")


def test_verify_names_what_is_missing_and_what_is_outdated():
    bib = add("前の書名")
    Bib.objects.filter(pk=bib.pk).update(title="後の書名")
    BibFactory(title="索引のない本")
    with pytest.raises(CommandError, match=r"索引のない書誌1件、索引の古い書誌1件"):
        run("verify")
    run("rebuild")
    assert "一致" in run("verify")


def run(work: str) -> str:
    """What the command answers."""
    answer = StringIO()
    call_command("search_index", work, stdout=answer, stderr=StringIO())
    return answer.getvalue()
