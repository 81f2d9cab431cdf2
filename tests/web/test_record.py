"""The page of a record (CAT-7, CAT-8): whether I can have it, its copies, its details, and what stands near it."""

import re
from datetime import date
from html import unescape

import pytest

from catalog.models import Bib
from catalog.search import index_bibs
from holds import actions as queue
from holds.models import Hold
from okalib import clock
from tests.factories import BibFactory, ItemFactory, LocationFactory


def text(answer):
    return unescape(answer.content.decode())


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(answer)))


@pytest.fixture
def patron(lively, log_in, akari):
    """Akari's browser."""
    return log_in(akari)


@pytest.fixture
def shelf(home, ten):
    """Ten o'clock on Tuesday, and a place where things stand."""
    with clock.standing_at(ten):
        yield LocationFactory(code="2F", floor="2階", section="文学", section_en="Literature")


def test_the_first_thing_said_of_a_title_is_whether_i_can_have_it(lively, client):
    """CAT-7: before publisher and year, and before any form."""
    page = text(client.get(f"/records/{lively.bibs['free'].pk}/"))
    assert page.index("借りられます") < page.index("岩波書店") < page.index("ログインして予約する")


def test_who_has_reserved_sees_position_length_and_copies_at_the_top(lively, patron):
    """HLD-2."""
    page = words(patron.get(f"/records/{lively.bibs['waiting'].pk}/"))
    assert "予約件数：2件 あなたの順番：2人中2番目（所蔵1点）" in page
    assert "あなたの順番" not in words(patron.get(f"/records/{lively.bibs['free'].pk}/"))


def test_who_waits_sees_by_when_about_as_on_the_page_of_the_reservation(lively, patron):
    """HLD-12: one forecast, wherever it stands."""
    hold = lively.holds["waiting"]
    forecast = patron.get(f"/records/{hold.bib_id}/").context["forecast"]
    assert forecast == patron.get(f"/holds/{hold.pk}/").context["forecast"]
    assert "受け取れる見込み：" in words(patron.get(f"/records/{hold.bib_id}/"))
    assert "受け取れる見込み：" not in words(patron.get(f"/records/{lively.bibs['paused'].pk}/"))


def test_a_title_on_the_shelf_is_forecast_before_it_is_reserved_for_both_places(lively, patron, akari, bizen):
    """HLD-12: fetched on Wednesday and told on Thursday; elsewhere from Friday of the next run, and never promised."""
    akari.last_pickup = bizen
    akari.save()
    page = words(patron.get(f"/records/{lively.bibs['free'].pk}/"))
    assert "いま予約すると 県立図書館：12月3日（木）ごろ 備前市立図書館：12月11日（金）ごろ" in page
    assert "お約束するものではありません" in page


def test_a_visitor_sees_the_forecast_of_the_prefectural_library(lively, client):
    """HLD-12."""
    page = words(client.get(f"/records/{lively.bibs['free'].pk}/"))
    assert "県立図書館：12月3日（木）ごろ" in page
    assert "備前市立図書館：" not in page


def test_the_next_in_the_queue_is_forecast_behind_all_that_wait_and_nothing_is_written(lively, log_in, aya, bizen):
    """HLD-12: what is forecast for the next is what their reservation says once it is made."""
    aya.last_pickup = bizen
    aya.save()
    bib, client, before = lively.bibs["paused"], log_in(aya), Hold.objects.count()
    page = words(client.get(f"/records/{bib.pk}/"))
    forecast = re.search(r"備前市立図書館：(\S+(?: \S+)?ごろ\S*|\S+旬\S*)", page)[1]
    assert Hold.objects.count() == before
    client.post(f"/records/{bib.pk}/reservation/", {"pickup_at": "bizen"})
    hold = Hold.objects.get(bib=bib, patron=aya)
    assert forecast in words(client.get(f"/holds/{hold.pk}/"))


def test_a_run_that_leaves_the_usual_library_out_is_not_forecast_for_it(lively, patron, akari, okayama):
    """DLV-2, HLD-12: the run of December 5 leaves okayama out, so it is the window from December 18."""
    akari.last_pickup = okayama
    akari.save()
    assert "岡山市立中央図書館：12月中旬" in words(patron.get(f"/records/{lively.bibs['free'].pk}/"))


def test_what_cannot_be_borrowed_is_not_forecast(lively, patron):
    assert "いま予約すると" not in words(patron.get(f"/records/{lively.bibs['reference'].pk}/"))


def test_both_dates_of_a_delivered_item_stand_there_before_it_is_reserved(lively, patron):
    """DLV-6."""
    page = words(patron.get(f"/records/{lively.bibs['free'].pk}/"))
    assert "受渡期間は12月11日（金）から12月17日（木）まで" in page
    assert "次の便の返却期限 2027年1月5日（火）" in page


def test_every_reason_against_reserving_is_said_at_once(lively, patron, akari):
    """CAT-7, HLD-3: on loan to me, and overdue."""
    item = lively.loans["due_soon"].item
    item.due_on = date(2026, 11, 30)
    item.save()
    page = words(patron.get(f"/records/{item.bib_id}/"))
    assert "いまは予約できません" in page
    assert "この資料は現在借りています。" in page
    assert "返却期限を過ぎた資料が1点あります。" in page


def test_what_stops_reserving_on_the_page_is_what_stops_the_reservation(lively, patron, akari, home, ten):
    """HLD-3: the page reads the facts in one query, the verb under its locks; both find the same reasons."""
    akari.category.holds_print = 1
    akari.category.save()
    for key in ("free", "reference", "due_soon", "film"):
        bib = lively.bibs[key]
        told = patron.get(f"/records/{bib.pk}/").context["objections"]
        assert told == queue.objections(patron=akari, bib=bib, pickup_at=home, by=akari.user, now=ten), key
        assert bool(told) == (key != "film")


def test_a_copy_says_place_call_number_number_state_and_due_date(lively, client):
    """CAT-8."""
    item = lively.bibs["waiting"].items.get()
    page = text(client.get(f"/records/{item.bib_id}/"))
    for label, value in (
        ("場所", "2階 文学"),
        ("請求記号", "913.6/夏"),
        ("資料番号", item.item_number),
        ("返却予定", "12月9日（水）"),
    ):
        assert re.search(f'data-label="{label}">{value}<', page), label
    assert re.search(r'data-label="状態"><span><span class="badge badge-look">貸出中</span>', page)


def test_two_hundred_issues_begin_with_the_newest_twenty_and_can_all_be_seen(shelf, client):
    """CAT-7: a magazine of many years stays usable on a phone."""
    magazine = BibFactory(title="月刊図書館", material="magazine")
    for number in range(1, 221):
        ItemFactory(bib=magazine, location=shelf, class_mark="051", book_mark="ゲ", volume_mark=f"{number}号")
    first = client.get(f"/records/{magazine.pk}/")
    assert [item.volume_mark for item in first.context["copies"].shown] == [f"{n}号" for n in range(220, 200, -1)]
    assert "220点すべてを見る" in words(first)
    assert len(first.content) < 150_000
    everything = client.get(f"/records/{magazine.pk}/?items=all")
    assert len(everything.context["copies"].shown) == 200
    assert len(everything.content) < 150_000
    assert [
        item.volume_mark for item in client.get(f"/records/{magazine.pk}/?items=all&part=2").context["copies"].shown
    ][-1] == "1号"
    assert client.get(f"/records/{magazine.pk}/?items=all&part=９９").status_code == 200


def test_authors_subjects_series_and_classes_lead_to_what_shares_them(shelf, client):
    bib = BibFactory(
        title="草枕&鶉籠",
        contributors=[{"name": "夏目, 漱石", "kana": "ナツメ, ソウセキ", "role": "著"}],
        subjects=["小説 -- 歴史"],
        series=["漱石全集 ; 第3巻"],
        ndc=["913.6"],
        items=1,
    )
    index_bibs([bib])
    page = client.get(f"/records/{bib.pk}/")
    content = page.content.decode()
    assert "小説・物語" in content
    links = {
        name: re.search(rf'href="/search/(\?{name}=[^"]+)"', content)[1]
        for name in ("author", "subject", "series", "ndc")
    }
    assert links["series"] == "?series=%E6%BC%B1%E7%9F%B3%E5%85%A8%E9%9B%86"
    for name, query in links.items():
        assert f"/records/{bib.pk}/" in text(client.get(f"/search/{query}", follow=True)), name


def test_the_permanent_address_is_written_out_and_the_canonical_one(lively, client):
    address = f"http://testserver/records/{lively.bibs['free'].pk}/"
    page = text(client.get(f"/records/{lively.bibs['free'].pk}/?items=all"))
    assert f'<link rel="canonical" href="{address}">' in page
    assert f'<dd><a href="{address}">{address}</a></dd>' in page


def test_other_titles_of_author_and_series_are_the_six_newest(shelf, client):
    author = [{"name": "夏目, 漱石", "kana": "", "role": ""}]
    bibs = [
        BibFactory(title=f"漱石の本{n}", contributors=author, series=["文庫"], year=1900 + n, items=1) for n in range(9)
    ]
    hidden = BibFactory(title="見えない本", contributors=author, year=2020, is_suppressed=True)
    index_bibs([*bibs, hidden, BibFactory(title="別の本", contributors=[{"name": "森, 鴎外"}], items=1)])
    related = client.get(f"/records/{bibs[8].pk}/").context["related"]
    assert [bib.title for bib in related.by_author] == [f"漱石の本{n}" for n in (7, 6, 5, 4, 3, 2)]
    assert [bib.title for bib in related.in_series] == [f"漱石の本{n}" for n in (7, 6, 5, 4, 3, 2)]


def test_a_title_without_author_and_series_has_no_others(shelf, client):
    bib = BibFactory(title="作者不明", items=1, items__location=shelf, items__class_mark="")
    index_bibs([bib])
    related = client.get(f"/records/{bib.pk}/").context["related"]
    assert (related.by_author, related.in_series, related.has_neighbours) == ([], [], False)


def test_the_shelf_shows_three_covers_on_either_side(shelf, client):
    bibs = [BibFactory(title=f"棚の本{n}") for n in range(9)]
    for number, bib in enumerate(bibs):
        ItemFactory(bib=bib, location=shelf, class_mark="913.6", book_mark=f"ナ{number}")
    page = client.get(f"/records/{bibs[4].pk}/")
    assert page.context["related"].on_shelf == bibs[1:8]
    assert f'/shelf/?at={bibs[4].items.get().item_number}"' in text(page)


def test_the_reference_can_be_copied_and_the_files_are_named(lively, client):
    bib = lively.bibs["waiting"]
    page = text(client.get(f"/records/{bib.pk}/"))
    assert '<p class="citation" lang="ja">夏目漱石. こころ. 岩波書店, 1914.</p>' in page
    for name in ("citation.ris", "citation.bib", "record.mrc", "record.marcxml"):
        assert f'href="/records/{bib.pk}/{name}"' in page


def test_the_page_of_a_patron_asks_at_most_twelve_times_with_everything_shown(
    lively, patron, akari, bizen, django_assert_max_num_queries
):
    """Form, forecasts, other titles of author and series, neighbours on the shelf, basket in the frame."""
    akari.last_pickup = bizen
    akari.save()
    bib = lively.bibs["free"]
    other = BibFactory(title="続広辞苑", contributors=bib.contributors, series=["ことば"], items=1)
    Bib.objects.filter(pk=bib.pk).update(series=["ことば"])
    bib.refresh_from_db()
    index_bibs([bib, other])
    patron.get("/")  # the holidays and the name of the house are kept for a minute
    with django_assert_max_num_queries(12):
        page = patron.get(f"/records/{bib.pk}/")
    assert page.context["related"].by_author == page.context["related"].in_series == [other]
    assert page.context["related"].has_neighbours
    for part in ("いま予約すると", "予約する</button>", "予約かご"):
        assert part in text(page)
    for key in ("waiting", "secured", "ready", "reference", "in_basket"):
        with django_assert_max_num_queries(12):
            patron.get(f"/records/{lively.bibs[key].pk}/")


def test_a_long_queue_and_many_copies_ask_no_more(shelf, client, django_assert_max_num_queries):
    bib = BibFactory(title="流行の本", items=30)
    index_bibs([bib])
    client.get("/")
    with django_assert_max_num_queries(12):
        page = client.get(f"/records/{bib.pk}/")
    assert "30点すべてを見る" in words(page)
