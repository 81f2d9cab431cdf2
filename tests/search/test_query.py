"""How a search is read."""

import pytest

from catalog.search import Query, Sort
from catalog.search.query import LONGEST_TEXT, MOST_WORDS, Term


def read(text: str) -> list[list[str]]:
    """The alternatives of a text, excluded terms with a minus."""
    return [
        ["-" * term.is_excluded + term.text for term in alternative]
        for alternative in Query.parse(text).words.alternatives
    ]


@pytest.mark.parametrize(
    ("text", "alternatives"),
    [
        ("", []),
        ("　 ", []),
        ('""', []),
        ("猫", [["猫"]]),
        ("猫　犬", [["猫", "犬"]]),
        ("猫 AND 犬", [["猫", "犬"]]),
        ("猫 ＡＮＤ 犬", [["猫", "犬"]]),
        ("猫 OR 犬 鳥", [["猫"], ["犬", "鳥"]]),
        ("猫 NOT 犬", [["猫", "-犬"]]),
        ("猫 AND NOT 犬", [["猫", "-犬"]]),
        ('"war and peace" NOT "a b"', [["war and peace", "-a b"]]),
        ("“赤い　鳥”", [["赤い　鳥"]]),
        ("＂赤い 鳥＂", [["赤い 鳥"]]),
        ('12" LP', [["12", "LP"]]),
        ("war and peace", [["war", "and", "peace"]]),
        ("NOT FOUND", [["NOT", "FOUND"]]),
        ("OR", [["OR"]]),
        ("猫 OR", [["猫", "OR"]]),
        ("AND 猫", [["AND", "猫"]]),
        ("猫 OR NOT 犬", [["猫", "OR", "NOT", "犬"]]),
        ('猫 "OR" 犬', [["猫", "OR", "犬"]]),
        ("猫 猫", [["猫"]]),
    ],
)
def test_no_text_is_an_error(text, alternatives):
    """Operators connect; where they have nothing to connect they are words."""
    assert read(text) == alternatives


def test_a_text_of_a_hundred_kilobytes_is_cut_and_the_patron_is_told():
    """The database never sees what nobody types."""
    query = Query.parse("あ" * 100_000, title="い う " * 30_000)
    assert query.words.alternatives == ((Term("あ" * LONGEST_TEXT),),)
    assert len(query.text) == LONGEST_TEXT
    assert query.notices == (
        "検索語が長すぎるため、はじめの500文字で検索しました。",
        "検索語が多すぎるため、はじめの20語で検索しました。",
    )


def test_a_text_of_many_words_is_cut_and_the_patron_is_told():
    query = Query.parse(" ".join(str(number) for number in range(100)))
    assert len(query.words.alternatives[0]) == MOST_WORDS
    assert query.notices == ("検索語が多すぎるため、はじめの20語で検索しました。",)


def test_fields_are_read_as_forms_send_them():
    query = Query.parse(
        "",
        year_from="２０１０",
        year_to="",
        material=["book", "book", ""],
        lendable_only="on",
        available_now="",
        sort="year",
    )
    assert (query.year_from, query.year_to, query.material) == (2010, None, ("book",))
    assert query.sort == Sort.YEAR
    query = Query.parse("", lendable_only="on", available_now="")
    assert (query.lendable_only, query.available_now) == (True, False)


def test_an_unusable_year_is_left_aside_and_named():
    query = Query.parse("猫", year_from="平成", sort="nonsense")
    assert query.year_from is None
    assert query.sort == Sort.RELEVANCE
    assert "平成" in query.notices[0]


def test_an_unknown_field_is_a_mistake_of_ours():
    with pytest.raises(TypeError, match="colour"):
        Query.parse("猫", colour="赤")


@pytest.mark.parametrize(
    ("fields", "is_empty"), [({}, True), ({"sort": "year"}, True), ({"ndc": "913"}, False), ({"year_from": 0}, False)]
)
def test_filters_alone_are_a_search(fields, is_empty):
    assert Query.parse("", **fields).is_empty is is_empty
