"""The pages of the cross search: what a reader sees of targets that answer, and of those that do not (REQ-3)."""

import socket

import pytest
from django.urls import reverse

from catalog.models import SearchTarget
from tests.elsewhere.conftest import rss
from tests.factories import BibFactory

PAGE = "/elsewhere/"
HTMX = {"HTTP_HX_REQUEST": "true"}


def page(client, address, **headers):
    return client.get(address, **headers).content.decode()


@pytest.fixture
def dead(target):
    """A target that nobody serves any more."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/"
    return SearchTarget.objects.create(
        code="dead", name="休み図書館", protocol="opensearch", address=address, any_index="q", allows_private=True
    )


def test_the_page_keeps_the_words_and_asks_nobody(home, target, dead, client, stranger):
    """A dead target delays nothing: each section is a link of its own, which htmx follows by itself."""
    shown = page(client, PAGE + "?q=草枕&author=漱石")
    assert stranger.asked == []
    assert 'value="草枕"' in shown and 'value="漱石"' in shown
    for code in ("city", "dead"):
        address = f"/elsewhere/{code}/?q=%E8%8D%89%E6%9E%95&amp;author=%E6%BC%B1%E7%9F%B3"
        assert f'href="{address}"' in shown and f'hx-get="{address}"' in shown
    assert shown.index("県内の図書館</h2>") < shown.index("市立図書館</h3>") < shown.index("全国の図書館</h2>")


def test_htmx_comes_only_where_it_is_needed_and_keeps_to_the_policy(home, target, client):
    """No style of its own, no eval, and no copy of the page kept on a shared PC."""
    asked, unasked = page(client, PAGE + "?q=草枕"), page(client, PAGE)
    assert "django_htmx/htmx" in asked and "django_htmx/htmx" not in unasked
    for rule in ('"includeIndicatorStyles": false', '"allowEval": false', '"historyEnabled": false'):
        assert rule in asked
    answer = client.get(PAGE + "?q=草枕")
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "<style" not in asked and " style=" not in asked


def test_what_was_found_has_a_link_there_and_one_to_our_own_record(home, target, client, stranger):
    bib = BibFactory(title="草枕", isbns=["9784101010137"])
    stranger.says(rss("草枕", total=25))
    shown = page(client, PAGE + "city/?q=草枕")
    assert '<a href="https://example.jp/1" rel="noopener noreferrer external">草枕</a>' in shown
    assert "夏目, 漱石 / 春陽堂 / 1914" in shown and "ISBN 9784101010137" in shown
    assert f'<a href="/records/{bib.pk}/">当館にもあります' in shown
    assert "25件" in shown and "はじめの1件" in shown
    assert 'href="https://city.example.jp/opac?q=%E8%8D%89%E6%9E%95"' in shown


def test_a_title_that_patrons_may_not_see_is_not_ours(home, target, client, stranger):
    """CAT-5."""
    BibFactory(title="草枕", isbns=["9784101010137"], is_suppressed=True)
    stranger.says(rss("草枕"))
    assert "当館にもあります" not in page(client, PAGE + "city/?q=草枕")


def test_htmx_gets_only_the_section_and_a_word_for_the_list(home, target, client, stranger):
    stranger.says(rss("草枕"))
    part = page(client, PAGE + "city/?q=草枕", **HTMX)
    assert "<html" not in part and "草枕" in part
    assert 'id="said-city" hx-swap-oob="innerHTML"' in part and "1件" in part.partition("said-city")[2]
    answer = client.get(PAGE + "city/?q=草枕")
    assert "HX-Request" in answer["Vary"] and "no-cache" in answer["Cache-Control"]
    assert "said-city" not in answer.content.decode()


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (rss(), 200, "見つかりませんでした。"),
        (b"<html><body>maintenance</body></html>", 200, "回答を読み取れませんでした。"),
        (b"", 500, "ただいま、この図書館の検索につながりません。"),
        (b"", 400, "この条件ではさがせない、という回答でした。"),
    ],
)
def test_every_outcome_has_its_sentence(home, target, client, stranger, body, status, sentence):
    stranger.says(body, status=status)
    for headers in ({}, HTMX):
        answer = client.get(PAGE + "city/?q=草枕", **headers)
        assert answer.status_code == 200
        assert sentence in answer.content.decode() and "市立図書館のページでさがす" in answer.content.decode()


def test_a_target_that_is_not_there_says_so_and_offers_to_try_again(home, dead, client):
    for _time in range(3):
        shown = page(client, PAGE + "dead/?q=草枕")
        assert "ただいま、この図書館の検索につながりません。" in shown and "もう一度さがす" in shown
    assert "数分のあいだ問い合わせを休んでいます" in page(client, PAGE + "dead/?q=草枕")


def test_a_target_that_is_silent_says_so(home, target, client, stranger):
    SearchTarget.objects.update(seconds=1)
    stranger.behave = lambda _handler: stranger.closing.wait(5)
    assert "時間内に回答がありませんでした。" in page(client, PAGE + "city/?q=草枕")


def test_who_asks_too_often_is_told_to_wait(home, target, client, settings):
    """429, with a sentence in the section."""
    settings.ELSEWHERE_ASKS_PER_MINUTE = 1
    client.get(PAGE + "city/?q=一")
    answer = client.get(PAGE + "city/?q=二", **HTMX)
    assert answer.status_code == 429
    assert "1分ほどたってからもう一度お試しください" in answer.content.decode()


def test_strange_words_harm_neither_the_target_nor_the_page(home, target, client, stranger):
    """A220: they are words."""
    text = '"><script>alert(1)</script> & x=1#\x00%0d%0a'
    stranger.says(rss("&lt;script&gt;alert(2)&lt;/script&gt;"))
    for path in (PAGE, PAGE + "city/"):
        assert "<script>alert" not in client.get(path, {"q": text}).content.decode()
    assert stranger.question() == {"q": '"><script>alert(1)</script> & x=1#%0d%0a'}


def test_an_isbn_is_looked_for_as_one_and_too_many_words_are_cut(home, target, client, stranger):
    client.get(PAGE + "city/?q=4-10-353422-8")
    assert stranger.question() == {"isbn": "9784103534228"}
    client.get(PAGE + "city/", {"q": "語 " * 400})
    assert stranger.question()["q"] == " ".join(["語"] * 10)


def test_without_a_word_nobody_is_asked(home, target, client, stranger):
    assert "さがす言葉を入力してください" in page(client, PAGE + "city/")
    assert stranger.asked == []


@pytest.mark.parametrize("change", [{"is_enabled": False}, {"protocol": "link"}])
def test_a_target_out_of_use_does_not_exist(home, target, client, change):
    SearchTarget.objects.update(**change)
    assert client.get(PAGE + "city/?q=草枕").status_code == 404
    assert client.get(PAGE + "nowhere/?q=草枕").status_code == 404


def test_a_library_without_an_interface_has_a_link(home, target, client):
    SearchTarget.objects.update(protocol="link")
    shown = page(client, PAGE + "?q=草枕")
    assert "hx-get" not in shown
    assert 'href="https://city.example.jp/opac?q=%E8%8D%89%E6%9E%95"' in shown


def test_without_targets_the_page_says_so(home, client, db):
    assert "まだ登録されていません" in page(client, PAGE + "?q=草枕")


def test_a_page_asks_the_database_a_few_times(
    home, target, dead, client, stranger, log_in_akari, django_assert_max_num_queries
):
    """Whatever the number of titles."""
    stranger.says(rss(*(f"第{number}巻" for number in range(10))))
    for headers in ({}, HTMX):
        with django_assert_max_num_queries(12):
            log_in_akari.get(PAGE + "?q=草枕")
        with django_assert_max_num_queries(12):
            answer = log_in_akari.get(PAGE + "city/?q=草枕", **headers)
        assert "no-store" in answer["Cache-Control"]


@pytest.fixture
def log_in_akari(client, akari):
    """The client, with 青木あかり."""
    client.force_login(akari.user, backend="okalib.auth.CardBackend")
    return client


def test_the_link_to_it_carries_the_words(rf):
    from django.template.loader import render_to_string

    assert f'href="{reverse("cross_search")}?q=a"' in render_to_string(
        "catalog/elsewhere_link.html", {"address": "q=a"}
    )
