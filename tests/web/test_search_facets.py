"""Facets with counts, each a link that can be used and taken back; and ways on where nothing is found."""

from urllib.parse import parse_qsl

import pytest

from catalog.search import index_bibs
from tests.factories import BibFactory, ItemFactory, LocationFactory

pytestmark = pytest.mark.django_db


def text(answer):
    return answer.content.decode()


@pytest.fixture
def cats(home):
    """Five books, two films and a map about cats; one book is a reference work and one film is missing."""
    shelf = LocationFactory(code="l", floor="2階", section="文学", section_en="Literature")
    stacks = LocationFactory(code="s", floor="地下", section="書庫", section_en="Stacks")
    bibs = [BibFactory(title=f"猫の本{n}", ndc=["913.6"], year=1990 + 5 * n, language="jpn") for n in range(5)]
    bibs += [BibFactory(title=f"猫の映画{n}", material="video", ndc=["778"], year=1999, language="jpn") for n in (1, 2)]
    bibs += [BibFactory(title="猫の地図", material="map", ndc=["290.3"], year=None, language="eng")]
    for bib in bibs:
        ItemFactory(bib=bib, location=stacks if bib.material == "video" else shelf)
    bibs[0].items.update(loanability="reference")
    bibs[5].items.update(whereabouts="searched_for")
    index_bibs(bibs)


def facets(page):
    """Each heading with its values and counts, a chosen one with a star."""
    return {
        facet.name: {("*" if link.is_chosen else "") + link.words: link.count for link in facet.links}
        for facet in page.context["facets"]
    }


def link(page, words):
    (found,) = (one for facet in page.context["facets"] for one in facet.links if one.words == words)
    return found


def test_facets_count_and_lead_to_as_many(cats, client):
    page = client.get("/search/?q=猫")
    assert facets(page) == {
        "利用のしかた": {"今すぐ借りられる": 6, "貸出可のみ（貸出中も含む）": 7},
        "資料種別": {"図書": 5, "映像": 2, "地図": 1},
        "所蔵場所": {"文学": 6, "書庫": 2},
        "分類": {"2 歴史・地理": 1, "7 芸術・スポーツ": 2, "9 文学": 5},
        "出版年": {"2010–2019年": 1, "2000–2009年": 2, "1990–1999年": 4},
        "言語": {"日本語": 7, "英語": 1},
    }
    for facet in page.context["facets"]:
        for one in facet.links:
            assert client.get(f"/search/{one.address}").context["found"].total == one.count, one


def test_a_chosen_value_can_be_taken_back_and_the_others_of_its_kind_added(cats, client):
    page = client.get("/search/?q=猫&material=book&decade=1990")
    assert page.context["found"].total == 2
    kinds = facets(page)
    assert kinds["資料種別"] == {"*図書": 2, "映像": 2}
    assert kinds["出版年"] == {"2010–2019年": 1, "2000–2009年": 2, "*1990–1999年": 2}
    both = client.get(f"/search/{link(page, '映像').address}")
    assert both.context["found"].total == 4
    assert [name for name, _value in both.context["asked"].filters] == ["material", "material", "decade"]
    fewer = client.get(f"/search/{link(both, '図書').address}")
    assert dict(parse_qsl(fewer.context["asked"].query_string)) == {"q": "猫", "material": "video", "decade": "1990"}
    other = client.get(f"/search/{link(page, '2000–2009年').address}")
    assert other.context["asked"].values["decade"] == ("2000",)


def test_a_search_by_one_facet_alone_still_offers_its_other_values(cats, client):
    """Without counts: they would be those of the whole catalogue."""
    page = client.get("/search/?material=video")
    kinds = facets(page)["資料種別"]
    assert (kinds["*映像"], kinds["図書"]) == (2, None)
    assert client.get(f"/search/{link(page, '図書').address}").context["found"].total == 7
    assert facets(client.get("/search/?place=書庫"))["所蔵場所"] == {"*書庫": 2, "文学": None}


def test_what_is_chosen_is_said_in_words_too(cats, client):
    page = text(client.get("/search/?q=猫&lendable=1"))
    assert '選択中、はずす：</span><span class="facet-value">貸出可のみ（貸出中も含む）' in page


def test_sections_are_in_the_language_of_the_reader(cats, client):
    client.cookies["django_language"] = "en"
    page = client.get("/search/?q=猫&place=文学")
    assert [chip.text for chip in page.context["chips"]] == ["Literature"]
    assert "Stacks" in text(page)


def test_a_title_that_stays_in_the_house_says_why_instead_of_a_button(cats, client):
    """CAT-3."""
    page = text(client.get("/search/?q=猫の本0"))
    assert "「禁帯出」のため予約できません。館内でご利用ください。" in page
    assert 'name="bib"' not in page
    assert 'form="to-basket" name="bib"' in text(client.get("/search/?q=猫の本1"))


def test_where_nothing_is_found_each_word_and_each_condition_can_be_dropped(cats, client):
    page = client.get("/search/?q=猫+宇宙人&material=map&decade=1990&place=文学")
    shown = text(page)
    assert "「猫 宇宙人・地図・文学・1990–1999年」をさがしましたが" in shown
    ways = page.context["ways_on"]
    assert [way.text for way in ways.shorter] == ["宇宙人", "猫"]
    assert [way.text for way in ways.wider] == ["地図", "文学", "1990–1999年"]
    for words in ("言葉を減らして「猫」でさがす", "「地図」の条件をはずす", "絞り込みをすべてはずす", "受渡館一覧"):
        assert words in shown
    (way,) = (one for one in ways.wider if one.text == "地図")
    assert dict(parse_qsl(way.address[1:])) == {"q": "猫 宇宙人", "place": "文学", "decade": "1990"}


def test_spellings_are_offered_for_a_title_and_an_author_as_well(cats, client):
    index_bibs([BibFactory(title="銀河鉄道の夜", contributors=[{"name": "宮沢賢治", "kana": "", "role": ""}], items=1)])
    for asked, right in (("title=銀河鉄導の夜", "銀河鉄道の夜"), ("author=宮沢健治&material=map", "宮沢賢治")):
        (way,) = client.get(f"/search/?{asked}").context["ways_on"].spellings
        assert way.text == right
        assert client.get(f"/search/{way.address}").context["found"].total == 1


def test_other_libraries_are_offered_where_there_is_a_page_for_that(cats, client, settings):
    page = text(client.get("/search/?author=だれもいない人"))
    assert "見つかりませんでした" in page
    assert ("横断検索" in page) == ("/elsewhere/?q=" in page)


@pytest.mark.parametrize("reader", ["visitor", "patron"])
@pytest.mark.parametrize(
    "address",
    ["q=猫", "q=猫&material=book&language=jpn&place=文学&ndc=9&decade=1990", "q=無い&material=book", "material=book"],
)
def test_a_page_of_results_asks_twelve_times_at_most(
    cats, client, log_in, akari, reader, address, django_assert_max_num_queries
):
    if reader == "patron":
        log_in(akari)
    client.get(f"/search/?{address}")
    with django_assert_max_num_queries(12):
        client.get(f"/search/?{address}")
