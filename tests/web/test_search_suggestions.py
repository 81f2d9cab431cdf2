"""Suggestions: as JSON while one types, as a page of links for who has no script."""

from urllib.parse import unquote

import pytest

from catalog.search import index_bibs
from tests.factories import BibFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def novels(home):
    """Two by 夏目漱石 and one whose title begins like his name."""
    souseki = [{"name": "夏目漱石", "kana": "ナツメ, ソウセキ", "role": "著"}]
    index_bibs(
        [
            BibFactory(title="こころ", contributors=souseki, items=1),
            BibFactory(title="三四郎", contributors=souseki, items=1),
            BibFactory(title="夏目家の猫", contributors=[], subjects=["夏目漱石 (1867-1916)"], items=1),
        ]
    )


def ask(client, typed):
    return client.get("/search/suggestions/", {"q": typed}, HTTP_ACCEPT="application/json")


def test_each_kind_leads_to_its_own_search(novels, client):
    found = ask(client, "夏目").json()["suggestions"]
    assert [(one["kind"], one["text"], unquote(one["address"])) for one in found] == [
        ("title", "夏目家の猫", "/search/?q=夏目家の猫"),
        ("author", "夏目漱石", "/search/?author=夏目漱石"),
        ("subject", "夏目漱石 (1867-1916)", "/search/?subject=夏目漱石+(1867-1916)"),
    ]
    for one in found:
        assert client.get(one["address"]).context["found"].total > 0, one


def test_a_browser_may_keep_the_answer_for_a_while_but_not_that_of_a_patron(novels, client, log_in, akari):
    """A225."""
    answer = ask(client, "夏")
    assert answer["Cache-Control"] == "public, max-age=300"
    assert "Accept" in answer["Vary"]
    assert "no-store" in ask(log_in(akari), "夏")["Cache-Control"]


def test_without_a_script_a_button_shows_the_same_as_links(novels, client):
    assert 'formaction="/search/suggestions/"' in client.get("/").content.decode()
    found = ask(client, "夏目").json()["suggestions"]
    page = client.get("/search/suggestions/?q=夏目").content.decode()
    for one in found:
        assert f'<a href="{one["address"].replace("&", "&amp;")}">{one["text"]}</a>' in page, one
    assert page.index("書名</h2>") < page.index("著者</h2>") < page.index("件名</h2>")
    assert 'value="夏目"' in page


def test_where_nothing_begins_so_the_page_says_what_to_do(novels, client):
    assert "途中に含む資料も見つかります" in client.get("/search/suggestions/?q=漱").content.decode()
    assert "はじめの文字を入力して" in client.get("/search/suggestions/").content.decode()


@pytest.mark.parametrize("typed", ["", "　", "%", "\0", "<b>", "'", "あ" * 5_000])
def test_whatever_is_typed_gets_an_answer(novels, client, typed):
    assert ask(client, typed).json() == {"suggestions": []}
    assert client.get("/search/suggestions/", {"q": typed}).status_code == 200


def test_suggestions_ask_a_fixed_few_times(novels, client, django_assert_max_num_queries):
    ask(client, "夏")
    with django_assert_max_num_queries(4):
        ask(client, "なつめ")
