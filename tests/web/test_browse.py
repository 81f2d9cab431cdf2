"""Looking around: new arrivals, most reserved, by class, along the shelf."""

import io
import re
from datetime import date

import pytest
from django.core.cache import cache
from django.core.management import call_command

from catalog import actions, queries
from catalog.models import SHELF_KEY, ClassCount, Item
from catalog.rules import shelf_key
from catalog.search import Query, index_bibs, search
from holds import actions as holds
from okalib import clock, jobs
from okalib.rules import JobState
from tests.factories import BibFactory, ItemFactory, LocationFactory

pytestmark = pytest.mark.django_db
KILOBYTE = 1024


@pytest.fixture(autouse=True)
def house(home):
    """Every page names the library and its telephone."""


def text(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def titles(page):
    """The titles on a page, in order."""
    return re.findall(r'<a href="/records/\d+/">([^<]*)</a>', page)


def came(title, day, **bib):
    return BibFactory(title=title, items=1, items__arrived_on=day, **bib)


# ── New arrivals ──


def test_new_arrivals_stand_under_the_day_on_which_they_came_the_latest_first(client):
    came("十月の本", date(2026, 10, 20))
    came("昨日の本", date(2026, 11, 30))
    came("昨日の雑誌", date(2026, 11, 30), material="magazine")
    page = text(client.get("/new/"))
    assert titles(page) == ["昨日の雑誌", "昨日の本", "十月の本"]
    assert page.index("11月30日（月）に入った資料") < page.index("昨日の本") < page.index("10月20日（火）に入った資料")


def test_a_copy_added_to_an_old_record_is_a_new_arrival_and_the_title_stands_there_once(client):
    old = came("古い本", date(2020, 4, 1))
    came("新しい本", date(2026, 11, 1))
    ItemFactory(bib=old, arrived_on=date(2026, 11, 20))
    assert titles(text(client.get("/new/"))) == ["古い本", "新しい本"]


def test_what_is_not_ours_to_show_is_no_new_arrival(client):
    """CAT-5, A221: hidden, withdrawn, borrowed elsewhere, without a copy, or nobody knows since when."""
    day = date(2026, 11, 30)
    came("非公開の本", day, is_suppressed=True)
    came("注文中の本", None)
    BibFactory(title="資料のない書誌")
    for title, field in [("除籍された本", {"whereabouts": "withdrawn"}), ("借りた本", {"is_interlibrary": True})]:
        ItemFactory(bib=BibFactory(title=title), arrived_on=day, **field)
    assert "新しく入った資料はありません" in text(client.get("/new/"))


def test_new_arrivals_of_one_kind(client):
    came("図書", date(2026, 11, 30))
    came("映像", date(2026, 11, 29), material="video")
    page = text(client.get("/new/"))
    assert "/new/?material=video" in page
    assert titles(text(client.get("/new/?material=video"))) == ["映像"]
    assert client.get("/new/?material=nonsense%00").status_code == 200


def test_leafing_through_new_arrivals_shows_each_once_and_none_is_lost_when_one_comes_meanwhile(client):
    for number in range(45):
        came(f"本{number:02}", date(2026, 11, 1 + number // 3))
    seen, address = [], "/new/"
    while address:
        page = text(client.get(address))
        seen += titles(page)
        if len(seen) == 20:
            came("あとから来た本", date(2026, 12, 1))
        found = re.search(r'href="(\?[^"]*after=[^"]*)" rel="next"', page)
        address = found and "/new/" + found[1].replace("&amp;", "&")
    assert seen == [f"本{number:02}" for number in reversed(range(45))]


@pytest.mark.parametrize(
    "after", ["x", "20261301-1", "20261101-", "99999999-9", "２０２６1101-1", "20261101-" + "9" * 40]
)
def test_a_place_in_the_list_that_cannot_be_read_is_its_beginning(client, after):
    """A219."""
    came("本", date(2026, 11, 30))
    assert titles(text(client.get("/new/", {"after": after}))) == ["本"]


def test_the_front_page_shows_what_came_last_and_leads_to_the_list(client):
    came("古い本", date(2020, 4, 1))
    came("新しい本", date(2026, 11, 30))
    assert [bib.title for bib in queries.new_arrivals(1)] == ["新しい本"]
    assert 'href="/new/"' in text(client.get("/"))


def test_a_copy_taken_in_today_arrives_today(ten):
    """And a table of copies that names the day of each is believed."""
    LocationFactory()
    actions.give_trial_items(bib_ids=[BibFactory(ndc=["913.6"]).pk], seed=1, now=ten)
    assert set(Item.objects.values_list("arrived_on", flat=True)) == {date(2026, 12, 1)}


def test_a_table_of_copies_may_say_on_which_day_each_came(tmp_path, ten):
    """CAT-2: a day that cannot be read is a fault of the row, not a new arrival; no day means today."""
    LocationFactory()
    BibFactory(source_id="b1")
    rows = [("1000000016", "2019/4/1"), ("1000000023", ""), ("1000000030", "令和8年")]
    table = tmp_path / "items.csv"
    lines = [f"{number},1F,b1,913.6/ナ,{day}" for number, day in rows]
    table.write_text("資料番号,配置場所,書誌番号,請求記号,受入日\n" + "\n".join(lines))
    with clock.standing_at(ten):
        call_command("import_items", str(table), "--check-digit", "none", stdout=io.StringIO(), stderr=io.StringIO())
    came_on = Item.objects.order_by("item_number").values_list("arrived_on", flat=True)
    assert list(came_on) == [date(2019, 4, 1), date(2026, 12, 1)]


def test_a_copy_that_staff_enter_comes_today(admin_client, ten):
    with clock.standing_at(ten):
        assert 'value="2026-12-01"' in text(admin_client.get("/staff/catalog/item/add/"))


# ── Most reserved ──


def test_the_most_reserved_titles_come_first_with_how_many_wait_and_how_many_copies_there_are(
    client, akari, aya, home, ten
):
    """CAT-7."""
    little, much = BibFactory(title="一人が待つ本", items=1), BibFactory(title="二人が待つ本", items=3)
    for patron, bib in [(akari, little), (akari, much), (aya, much)]:
        holds.reserve(patron=patron, bib=bib, pickup_at=home, by=None, now=ten)
    page = text(client.get("/most-reserved/"))
    assert titles(page) == ["二人が待つ本", "一人が待つ本"]
    assert "<strong>予約 2件</strong>（順番待ち 2人・貸出できる所蔵 3点）" in page
    holds.cancel(hold=much.holds.get(patron=aya), by=aya.user, now=ten)
    cache.clear()
    assert "<strong>予約 2件</strong>" not in text(client.get("/most-reserved/"))


def test_the_ranking_is_counted_once_an_hour(client, akari, home, ten):
    assert "いま予約されている資料はありません" in text(client.get("/most-reserved/"))
    holds.reserve(patron=akari, bib=BibFactory(items=1), pickup_at=home, by=None, now=ten)
    assert "いま予約されている資料はありません" in text(client.get("/most-reserved/"))


def test_a_hidden_title_is_in_no_ranking(client, akari, home, ten):
    """A221."""
    bib = BibFactory(title="非公開になった本", items=1)
    holds.reserve(patron=akari, bib=bib, pickup_at=home, by=None, now=ten)
    bib.is_suppressed = True
    bib.save()
    assert "非公開になった本" not in text(client.get("/most-reserved/"))


# ── By class ──

WRITTEN = [["913.6"], ["９１３．６"], ["K933.7", "913"], ["E"], ["210.03"], ["91"], [" 913.6/ナ"], []]


def test_a_class_says_as_many_titles_as_its_search_finds():
    """A title counts once in a class, a mark before the number is left aside, hidden ones do not count (CAT-5)."""
    bibs = [BibFactory(ndc=ndc, items=1) for ndc in WRITTEN]
    bibs += [BibFactory(ndc=["913.6"], is_suppressed=True), BibFactory(ndc=["913.6"], is_on_order=True)]
    index_bibs(bibs)
    actions.count_classes()
    counts = dict(ClassCount.objects.values_list("notation", "bibs"))
    assert counts["913"] == 4
    for notation in ("9", "91", "913", "93", "933", "2", "21", "210", "4"):
        assert counts.get(notation, 0) == search(Query.parse(ndc=notation)).total, notation


def test_counting_again_changes_nothing_and_what_is_gone_is_not_counted_any_more():
    """OPS-2."""
    bib = BibFactory(ndc=["913.6"], items=1)
    assert actions.count_classes() == actions.count_classes() == 3
    bib.ndc = ["410"]
    bib.save()
    actions.count_classes()
    assert dict(ClassCount.objects.values_list("notation", "bibs")) == {"4": 1, "41": 1, "410": 1}


def test_the_nightly_job_counts_and_has_nothing_to_catch_up(ten):
    """OPS-1, OPS-2."""
    BibFactory(ndc=["913.6"], items=1)
    [row] = jobs.run("class_counts", now=ten)
    assert (row.state, row.counts) == (JobState.DONE, {"classes": 3})
    assert jobs.run_for("class_counts", date(2026, 11, 29), now=ten).counts == {}


def test_one_walks_down_the_classes_and_up_again_and_over_to_the_search(client):
    BibFactory(ndc=["913.6"], items=1)
    actions.count_classes()
    page = text(client.get("/classes/"))
    assert 'href="/classes/9/"' in page
    assert 'href="/search/?ndc=9"' in page
    page = text(client.get("/classes/91/"))
    assert "日本文学" in page
    assert '<span class="subtitle quiet" lang="en">Japanese literature</span>' in page
    assert "この分類の資料を見る（1件）" in page
    assert 'href="/classes/9/"' in page
    assert 'href="/classes/913/"' in page
    page = text(client.get("/classes/913/"))
    assert 'href="/search/?ndc=913"' in page
    assert 'rel="next">914 評論・エッセイ・随筆 →' in page


def test_english_readers_read_the_english_names_first(client):
    client.cookies["django_language"] = "en"
    page = text(client.get("/classes/91/"))
    assert "<title>91 Japanese literature" in page
    assert '<span class="subtitle quiet" lang="ja">日本文学</span>' in page


@pytest.mark.parametrize("notation", ["062", "9136", "abc", "９", "-1", "9.1"])
def test_a_class_that_is_none_is_a_page_that_does_not_exist(client, notation):
    """A215."""
    assert client.get(f"/classes/{notation}/").status_code == 404


# ── Along the shelf ──


def put(call_number, title="", **item):
    """Put a copy on a shelf: "K913.6/ナ/2", shelf mark apart."""
    first, *others = call_number.split("/")
    book, volume = ([*others, "", ""])[:2]
    shelf = first.rstrip("0123456789.")
    title = title or call_number
    bib = item.pop("bib", None) or BibFactory(title=title)
    marks = {"shelf_mark": shelf, "class_mark": first[len(shelf) :], "book_mark": book, "volume_mark": volume}
    return ItemFactory(bib=bib, **marks, **item)


@pytest.fixture
def shelf():
    """Copies as they stand, put there in disorder."""
    order = ["913/ア", "913.6/ア", "913.6/ナ/1", "913.6/ナ/2", "913.6/ナ/10", "914/ア", "K913/ア"]
    copies = {call_number: put(call_number) for call_number in reversed(order)}
    return [copies[call_number] for call_number in order]


def test_the_neighbours_of_a_copy_are_those_beside_it(shelf, django_assert_num_queries):
    """One query each way."""
    with django_assert_num_queries(1):
        beside = queries.shelf_neighbours(shelf[3])
        assert [copy.bib.title for copy in beside.before] == ["913/ア", "913.6/ア", "913.6/ナ/1"]
        assert [copy.location.section for copy in beside.after] == ["一般開架"] * 3
    assert beside.after == shelf[4:7]
    assert queries.shelf_neighbours(shelf[0]).before == []
    assert queries.shelf_neighbours(shelf[6]).after == []
    assert queries.shelf_neighbours(shelf[3], before=1, after=2) == queries.Neighbours([shelf[2]], shelf[4:6])


def test_several_copies_of_a_title_with_one_call_number_are_one_place(shelf):
    put("913.6/ナ/1", bib=shelf[2].bib)
    put("913.6/ナ/2", bib=shelf[3].bib)
    beside = queries.shelf_neighbours(shelf[3])
    assert [copy.bib for copy in beside.before] == [shelf[0].bib, shelf[1].bib, shelf[2].bib]
    assert shelf[3].bib not in [copy.bib for copy in beside.after]


def test_two_titles_with_one_call_number_are_both_seen_from_either_side(shelf):
    twin = put("913.6/ナ/2", "同じ請求記号の別の本")
    assert twin in queries.shelf_neighbours(shelf[3]).after
    assert shelf[3] in queries.shelf_neighbours(twin).before


def test_what_stands_elsewhere_or_is_hidden_or_gone_is_nobodys_neighbour(shelf):
    """A221."""
    put("913.6/ナ/3", location=LocationFactory(code="stacks", section="書庫"))
    put("913.6/ナ/4", whereabouts="withdrawn")
    put("913.6/ナ/5", bib=BibFactory(is_suppressed=True))
    assert queries.shelf_neighbours(shelf[3]).after == shelf[4:7]


MARKS = [("", "913.6", "ナ", "2"), ("Ｋ", "913", "", "10"), ("dvd", "778.2", "a1", "第12巻"), ("", "E", "ミ", ""),
         ("", "051", "フ", "2026-12"), ("", "210.1", "ニ", "1234567890123"), ("", "913.6", "ﾅ", "別冊３")]  # fmt: skip


def test_a_typed_call_number_is_read_as_the_database_reads_its_own():
    for shelf_mark, class_mark, book_mark, volume_mark in MARKS:
        item = ItemFactory(shelf_mark=shelf_mark, class_mark=class_mark, book_mark=book_mark, volume_mark=volume_mark)
        key = Item.objects.values_list(SHELF_KEY, flat=True).get(pk=item.pk)
        assert shelf_key(f"{shelf_mark}{class_mark}/{book_mark}/{volume_mark}") == key


def test_one_comes_to_the_shelf_by_item_number_or_call_number_and_sees_both_sides(client, shelf):
    assert queries.item_at(shelf[3].item_number) == shelf[3]
    assert queries.item_at("９１３．６／ナ".replace("／", "/")) == shelf[2]
    assert queries.item_at("913.6/ナ/10") == shelf[4]
    assert queries.item_at("999") is None
    assert queries.item_at("913.65", place="1F") == shelf[5]
    assert queries.item_at("X", place="1F") == shelf[6]
    assert queries.item_at("", place="1F") == shelf[0]
    page = text(client.get("/shelf/", {"at": shelf[3].item_number}))
    assert titles(page) == [copy.bib.title for copy in shelf]
    assert page.count('class="here" aria-current="true"') == 1
    assert "「999」で始まる請求記号の資料は見つかりませんでした" in text(client.get("/shelf/?at=999"))
    assert 'href="/shelf/?place=1F"' in text(client.get("/shelf/"))
    for odd in ("%00", "%", "'", "\\", "9" * 300):
        assert client.get("/shelf/", {"at": odd, "place": odd}).status_code == 200, odd


def test_of_several_places_the_first_in_walking_order_is_shown(shelf):
    """PUL-2."""
    ground = LocationFactory(code="0F", section="入口", walking_order=1)
    near = put("913.6/ナ/7", location=ground)
    assert queries.item_at("913.6/ナ") == near
    assert queries.item_at("914") == shelf[5]


def test_one_walks_along_the_whole_shelf_to_the_right_and_back(client):
    copies = [put(f"913.6/ナ/{number}") for number in range(1, 96)]
    places = {copy.bib.title: number for number, copy in enumerate(copies)}
    seen, address = set(), f"/shelf/?at={copies[0].item_number}"
    while address:
        page = text(client.get(address))
        shown = [places[title] for title in titles(page)]
        assert shown == list(range(shown[0], shown[-1] + 1))
        seen |= set(shown)
        found = re.search(r'href="([^"]*)" rel="next"', page)
        address = found and found[1]
    assert seen == set(range(95))
    assert re.search(r'rel="prev"', page)


# ── All of them ──


@pytest.fixture
def full(akari, home, ten):
    """Many titles everywhere."""
    bibs = [
        BibFactory(
            title=f"とても長い書名をもつ図書館の本についての記録 第{number}集",
            subtitle="副書名もまた長く続いていく",
            ndc=["913.6"],
            contributors=[{"name": "著者の名前", "kana": "", "role": "著"}, {"name": "二人目", "kana": "", "role": ""}],
            publisher="岡山の出版社",
            year=2026,
        )
        for number in range(60)
    ]
    for number, bib in enumerate(bibs):
        put(f"913.6/ナ/{number}", bib=bib, arrived_on=date(2026, 11, 30))
    for bib in bibs[:10]:
        holds.reserve(patron=akari, bib=bib, pickup_at=home, by=None, now=ten)
    actions.count_classes()
    return bibs


PAGES = ["/browse/", "/new/", "/new/?material=book", "/most-reserved/", "/classes/", "/classes/9/", "/classes/913/"]


@pytest.mark.parametrize("address", [*PAGES, "/shelf/", "/shelf/?at=913.6/ナ/30", "/shelf/?place=1F"])
def test_a_page_asks_little_and_is_light(full, client, akari, log_in, address, django_assert_max_num_queries):
    """At most twelve queries and 150 kB, for visitors and for patrons."""
    with django_assert_max_num_queries(12):
        page = client.get(address)
    assert len(page.content) < 150 * KILOBYTE
    log_in(akari)
    with django_assert_max_num_queries(12):
        page = client.get(address)
    assert page["Cache-Control"].count("no-store")
    assert page.content.decode().count("<h1") == 1
