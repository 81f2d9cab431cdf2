"""The results: one line on whether a title can be had, filters as links, help where nothing is found."""

import pytest

from catalog.search import index_bibs
from tests.factories import BibFactory


def text(answer):
    return answer.content.decode()


def test_each_title_says_in_one_line_whether_it_can_be_had(lively, client):
    """CAT-7, CAT-8."""
    page = text(client.get("/search/?language=jpn"))
    assert "<strong>借りられます</strong>　2階 文学 757.3/長（1冊中1冊）" in page
    assert "<strong>貸出中</strong>　返却予定 12月9日（水）・予約2人" in page
    assert "<strong>館内閲覧のみ</strong>　2階 文学 210.03" in text(client.get("/search/?q=国史大辞典"))
    assert "（1点中1点）" in text(client.get("/search/?q=東京物語"))


def test_filters_are_links_and_those_in_use_chips_that_can_be_taken_off(lively, client):
    """A219: and a value that is none of ours is left aside."""
    page = text(client.get("/search/?q=夏目"))
    assert "?q=%E5%A4%8F%E7%9B%AE&amp;decade=1910" in page
    page = text(client.get("/search/?q=夏目&decade=1910"))
    assert "こころ" in page
    assert "吾輩は猫である" not in page
    assert 'class="chip" href="?q=%E5%A4%8F%E7%9B%AE"' in page
    for value in ("decade=19x0", "decade=-1", "ndc=%00", "sort=pk;drop", "page=-3", "page=9" * 30, "ndc=９"):
        assert client.get(f"/search/?q=夏目&{value}", follow=True).status_code == 200, value


def test_only_what_is_on_the_shelf(lively, client):
    page = text(client.get("/search/?language=jpn&available=1"))
    assert "日本の伝統色" in page
    assert "こころ" not in page


def test_where_nothing_is_found_the_page_helps_on(lively, client):
    """Spellings that find something, fewer words, no filters."""
    page = text(client.get("/search/?q=吾輩は犬である&ndc=9"))
    assert "「吾輩は犬である・9 文学」をさがしましたが" in page
    assert "「吾輩は猫である」でさがす" in page
    assert "「9 文学」の条件をはずす" in page
    assert "言葉を減らして「夏目」でさがす" in text(client.get("/search/?q=夏目+存在しない"))


def test_what_patrons_may_not_see_is_neither_found_nor_opened(lively, client):
    """CAT-5, A221."""
    on_order, hidden = (
        BibFactory(title="注文中の本", is_on_order=True),
        BibFactory(title="非公開の本", is_suppressed=True),
    )
    index_bibs([on_order, hidden])
    for bib in (on_order, hidden):
        assert bib.title not in text(client.get(f"/search/?q={bib.title[:2]}")).replace(f'value="{bib.title[:2]}"', "")
        assert client.get(f"/records/{bib.pk}/").status_code == 404


def test_what_was_typed_is_shown_and_not_run(lively, client):
    page = text(client.get("/search/?q=<script>alert(1)</script>"))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("reader", ["visitor", "patron"])
def test_twenty_results_ask_as_often_as_one(lively, client, log_in, akari, reader, django_assert_max_num_queries):
    """A fixed number of queries per page, whatever is on it."""
    if reader == "patron":
        log_in(akari)
    index_bibs(BibFactory.create_batch(25, title="百科の書", items=2))
    client.get("/search/?q=こころ")
    with django_assert_max_num_queries(20) as one:
        client.get("/search/?q=こころ")
    with django_assert_max_num_queries(len(one)):
        page = text(client.get("/search/?q=百科"))
    assert '<strong class="lead">25件</strong>' in page
    assert page.count('<svg class="cover"') == 20
    assert 'rel="next"' in page


def test_english_readers_read_english(lively, client):
    client.cookies["django_language"] = "en"
    page = text(client.get("/search/?language=jpn"))
    assert "<strong>Available</strong>" in page
    assert "2F Literature" in page
    assert "Due back Wed 9 December" in page
