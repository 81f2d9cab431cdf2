"""The form with all fields, and the one address that each search has."""

import doctest
from urllib.parse import parse_qsl

import pytest

from catalog.forms import Asked, readers
from catalog.search import index_bibs
from tests.factories import BibFactory, ItemFactory, LocationFactory

pytestmark = pytest.mark.django_db


def text(answer):
    return answer.content.decode()


def titles(answer):
    return [row["bib"].title for row in answer.context["rows"]]


@pytest.fixture
def shelf(home):
    """Two novels and a film, in two places."""
    bibs = [
        BibFactory(
            title="坊っちゃん",
            contributors=[{"name": "夏目漱石", "kana": "ナツメ, ソウセキ", "role": "著"}],
            publisher="岩波書店",
            subjects=["教師"],
            series=["岩波文庫"],
            ndc=["913.6"],
            isbns=["9784003101032"],
            year=1950,
            language="jpn",
        ),
        BibFactory(title="Botchan", publisher="Kodansha", ndc=["933"], year=1972, language="eng"),
        BibFactory(title="坊っちゃん（映画）", material="video", ndc=["778.21"], year=1977, language="jpn"),
    ]
    literature = LocationFactory(code="l", floor="2階", section="文学", section_en="Literature")
    stacks = LocationFactory(code="s", floor="地下", section="書庫", section_en="Stacks")
    ItemFactory(bib=bibs[0], location=literature, class_mark="913.6", book_mark="ナ", item_number="1234567890")
    ItemFactory(bib=bibs[1], location=stacks)
    ItemFactory(bib=bibs[2], location=stacks, loanability="reference")
    index_bibs(bibs)
    return bibs


FIELDS = {
    "q": "夏目",
    "title": "坊っちゃん",
    "author": "夏目漱石",
    "publisher": "岩波",
    "subject": "教師",
    "series": "岩波文庫",
    "ndc": "９１３",
    "isbn": "978-4-00-310103-2",
    "item_number": "a1234567890a",
    "call_number": "913.6/ナ",
    "year_from": "１９４９年",
    "year_to": "1951",
    "material": "book",
    "language": "jpn",
    "place": "文学",
    "available": "1",
    "lendable": "on",
    "decade": "1950",
}


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_finds_by_itself_and_is_a_chip_that_takes_it_off(shelf, client, name):
    page = client.get("/search/", {name: FIELDS[name]})
    assert "坊っちゃん" in titles(page)
    if name != "q":
        (chip,) = page.context["chips"]
        assert chip.text in text(page)
        assert chip.address == "?"


def test_all_fields_at_once_find_the_one_title(shelf, client):
    page = client.get("/search/", FIELDS)
    assert titles(page) == ["坊っちゃん"]
    assert [chip.text for chip in page.context["chips"]] == [
        "書名：坊っちゃん",
        "著者：夏目漱石",
        "出版者：岩波",
        "件名：教師",
        "シリーズ：岩波文庫",
        "分類：913 小説・物語",
        "ISBN：9784003101032",
        "資料番号：1234567890",
        "請求記号：913.6/ナ",
        "1949年から",
        "1951年まで",
        "図書",
        "日本語",
        "文学",
        "今すぐ借りられる",
        "貸出可のみ（貸出中も含む）",
        "1950–1959年",
    ]


def test_several_values_of_a_field_are_chips_of_their_own(shelf, client):
    page = client.get("/search/?title=坊っちゃん&material=video&material=book&language=jpn")
    assert set(titles(page)) == {"坊っちゃん", "坊っちゃん（映画）"}
    addresses = {chip.text: dict(parse_qsl(chip.address[1:])) for chip in page.context["chips"]}
    assert addresses["図書"] == {"title": "坊っちゃん", "material": "video", "language": "jpn"}
    assert addresses["映像"] == {"title": "坊っちゃん", "material": "book", "language": "jpn"}


def test_the_form_is_filled_in_with_the_present_search(shelf, client):
    results = client.get("/search/?title=坊&material=book&material=video&year_from=1950&place=文学&available=1")
    assert "条件を変える" in text(results)
    page = client.get(f"/search/detailed/?{results.context['asked'].query_string}")
    form = page.context["form"]
    assert form.errors == {}
    assert (form["title"].value(), form["year_from"].value(), form["place"].value()) == ("坊", "1950", ["文学"])
    assert form["material"].value() == ["book", "video"]
    assert text(page).count(" checked") == 4
    assert "<option" not in text(page)


def test_a_decade_becomes_two_years_in_the_form(home, client):
    form = client.get("/search/detailed/?q=猫&decade=1990").context["form"]
    assert (form["year_from"].value(), form["year_to"].value()) == ("1990", "1999")


def test_an_empty_form_complains_of_nothing(shelf, client):
    page = client.get("/search/detailed/")
    assert page.context["form"].errors == {}
    assert "文学" in text(page)
    assert "入力内容をご確認ください" not in text(page)


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("year_from", "昭和50", "出版年は西暦の数字で入力してください"),
        ("year_to", "20011", "出版年は西暦の数字で入力してください"),
        ("isbn", "978-4", "ISBNは10けたか13けたの番号です"),
        ("ndc", "小説", "分類（NDC）は数字で入力してください"),
        ("item_number", "12-abc", "資料番号は、資料のバーコードの下にある10けたの数字です"),
    ],
)
def test_what_cannot_be_used_is_said_beside_the_field_and_stays_in_it(shelf, client, name, typed, sentence):
    page = client.get("/search/", {"title": "坊っちゃん", name: typed, "publisher": ""}, follow=True)
    assert page.request["PATH_INFO"] == "/search/detailed/"
    form = page.context["form"]
    assert list(form.errors) == [name]
    assert sentence in form.errors[name][0]
    assert (form[name].value(), form["title"].value()) == (typed, "坊っちゃん")
    assert 'aria-invalid="true"' in text(page)
    assert f'href="#id_{name}"' in text(page)


def test_years_that_end_before_they_begin_are_said(shelf, client):
    page = client.get("/search/?year_from=2001&year_to=1999", follow=True)
    assert "出版年の範囲が逆です" in page.context["form"].errors["year_to"][0]


def test_an_isbn_with_a_wrong_check_digit_is_searched_for_as_it_is(home, client):
    """CAT-1."""
    index_bibs([BibFactory(title="誤植の本", isbns=["9784003101039"], items=1)])
    assert titles(client.get("/search/?isbn=978-4-00-310103-9")) == ["誤植の本"]


def test_a_form_sent_with_empty_fields_leads_to_the_address_without_them(shelf, client):
    sent = "q=&title=%E5%9D%8A&author=+&isbn=&year_from=&available=&sort=relevance&per=20"
    answer = client.get(f"/search/?{sent}")
    assert (answer.status_code, answer.url) == (302, "/search/?title=%E5%9D%8A")
    assert client.get("/search/?q=&title=").url == "/search/"
    assert client.get(answer.url).status_code == 200


def test_a_search_has_one_address_however_it_came_about(home, client):
    ways = [
        "language=jpn&material=video&material=book&q=猫&year_from=１９９０&sort=year&per=50&nothing=of+ours",
        "material=book&q=　猫 &language=jpn&material=video&per=50&year_from=1990年&sort=year&material=book",
    ]
    canonical = {client.get(f"/search/?{way}").context["asked"].query_string for way in ways}
    assert canonical == {"q=%E7%8C%AB&year_from=1990&material=book&material=video&language=jpn&sort=year&per=50"}
    assert f'<link rel="canonical" href="/search/?{canonical.pop()}">'.replace("&", "&amp;") in text(
        client.get(f"/search/?{ways[1]}")
    )


def test_a_page_beyond_the_last_has_the_address_of_the_last(home, client):
    """One page has one address, also for those who come by an old link."""
    index_bibs([BibFactory(title="猫の本", items=1)])
    page = text(client.get("/search/?q=猫&page=99"))
    assert '<link rel="canonical" href="/search/?q=%E7%8C%AB">' in page


@pytest.mark.parametrize(
    "junk",
    [
        "decade=19x0",
        "sort=pk;drop",
        "per=1000",
        "page=-3",
        "page=" + "9" * 30,
        "material='",
        "language=%00",
        "place=%00",
    ],
)
def test_what_only_a_hand_can_have_written_is_left_aside(home, client, junk):
    """A219."""
    page = client.get(f"/search/?q=猫&{junk}", follow=True)
    assert page.status_code == 200
    assert page.context["asked"].query_string == "q=%E7%8C%AB"


def test_the_conditions_of_a_search_do_not_hang_on_order_and_page(rf):
    one, other = (
        Asked.read(rf.get(address).GET) for address in ("/?q=猫&ndc=9&sort=year&page=3", "/?ndc=9&per=50&q=猫")
    )
    assert one.conditions == other.conditions == "q=%E7%8C%AB&ndc=9"


def test_a_page_has_twenty_fifty_or_a_hundred_titles_and_numbers_them_through(home, client):
    index_bibs(BibFactory.create_batch(120, title="百科の書", items=1))
    for per, pages in ((20, 6), (50, 3), (100, 2)):
        page = client.get(f"/search/?q=百科&page=2&per={per}", follow=True)
        assert len(titles(page)) == min(per, 120 - per)
        assert page.context["found"].pages == pages
        assert f'<ol class="rows" start="{per + 1}">' in text(page)
        assert f'<span class="number">{per + 1}.</span>' in text(page)
        assert len(page.content) < 150_000
    assert len(client.get("/search/?q=百科&per=100").content) < 150_000


def test_the_examples_of_the_readers_are_true():
    result = doctest.testmod(readers)
    assert (result.failed, result.attempted > 4) == (0, True)
