"""What is suggested while a word is being typed (CAT-6)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Bib, SearchName
from catalog.search import Suggestion, index_bibs, suggest, suggestions, upkeep
from tests.factories import BibFactory

pytestmark = pytest.mark.django_db


def add(title, authors=(), subjects=(), **fields):
    """Put a bib into the catalogue; an author is a name, or a name and its reading."""
    pairs = [(author, "") if isinstance(author, str) else author for author in authors]
    fields.setdefault("title_kana", "")
    bib = BibFactory(
        title=title,
        contributors=[{"name": name, "kana": kana, "role": "著"} for name, kana in pairs],
        subjects=list(subjects),
        **fields,
    )
    index_bibs([bib])
    return bib


def named(kind, prefix):
    return [suggestion.text for suggestion in suggestions(prefix) if suggestion.kind == kind]


def test_titles_authors_and_subjects_are_told_apart():
    add("夏の庭", authors=["夏川草介"], subjects=["夏"])
    assert suggestions("夏") == [
        Suggestion("title", "夏の庭"),
        Suggestion("author", "夏川草介"),
        Suggestion("subject", "夏"),
    ]


@pytest.mark.parametrize("typed", ["夏", "夏目", "夏目漱", "なつめ", "ナツメソ", "なつめ、そうせき", "夏目　漱石"])
def test_an_author_is_found_as_written_and_as_read(typed):
    add("こころ", authors=[("夏目, 漱石", "ナツメ, ソウセキ")])
    assert named("author", typed) == ["夏目, 漱石"]


def test_the_author_of_more_titles_comes_first_whatever_is_typed_of_the_name():
    add("一", authors=["村上一郎"])
    for number in range(3):
        add(f"本{number}", authors=["村上龍", "村上春樹"])
    add("九", authors=["村上春樹"])
    for typed in ("村", "村上"):
        assert named("author", typed) == ["村上春樹", "村上龍", "村上一郎"]
    assert named("author", "村上春") == ["村上春樹"]


def test_a_new_name_is_suggested_at_once_and_a_title_that_comes_again_counts_once():
    bib = add("本", authors=["青木"], subjects=["料理"])
    index_bibs([bib])
    bib.contributors = [{"name": "赤木", "kana": "", "role": ""}]
    bib.save()
    index_bibs([bib])
    assert (named("author", "赤"), named("subject", "料")) == (["赤木"], ["料理"])
    assert SearchName.objects.get(name="料理").bibs == 1


def test_making_the_index_anew_counts_the_names_and_drops_those_that_nothing_has(ten):
    old = add("古い本", authors=["青木"], subjects=["料理"])
    add("新しい本", authors=["赤木"], subjects=["料理"])
    old.delete()
    SearchName.objects.update(bibs=99)
    upkeep.rebuild(now=ten)
    assert dict(SearchName.objects.values_list("name", "bibs")) == {"赤木": 1, "料理": 1}


def test_the_names_of_a_hidden_title_are_not_suggested():
    """CAT-5."""
    add("秘密の本", authors=["秘密の人"], is_suppressed=True)
    assert suggestions("秘密") == []


def test_sentences_that_stand_for_a_name_are_left_aside():
    add("本", authors=["長" * 101, "・"], subjects=["", "題" * 100])
    assert named("author", "長") == []
    assert named("subject", "題") == ["題" * 100]


def test_marks_alone_suggest_nothing_and_wildcards_mean_nothing():
    add("本", authors=["青木"])
    for typed in ("", " ", "・", "%", "_", "\\", "\0", "'"):
        assert suggestions(typed) == [], typed


def test_a_reading_with_many_particles_is_found():
    """CAT-6: more letters that may be particles than beginnings are looked up."""
    add("母は", title_kana="ハハ ワ ハハ ハ ヘ ヘ エ ワ ハハ ワ")
    assert suggest("ははわははわええへははは") == ["母は"]
    assert suggest("ははわははわええへははめ") == []


def test_a_letter_that_many_share_costs_no_more_than_a_rare_one():
    """No plan reads whole tables, however many titles and names begin so."""
    bibs = [
        BibFactory.build(source_id=str(n), title=f"日本{n}", title_kana=f"ニホン {n}", subjects=[f"日本{n}"])
        for n in range(3_000)
    ]
    Bib.objects.bulk_create(bibs)
    index_bibs(bibs)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_searchentry, catalog_searchname, catalog_bib")
    for typed in ("日", "日本", "日本1", "に"):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert suggest(typed)[0] in ("日本0", "日本1")
            assert suggestions(typed)
        for query in captured.captured_queries:
            if "catalog_searchentry" in query["sql"] or "catalog_searchname" in query["sql"]:
                assert _rows_read(query["sql"]) < 1_500, (typed, query["sql"])


def _rows_read(statement):
    """The rows that all scans of the plan have delivered or thrown away."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        ((plans,),) = cursor.fetchall()
    return sum(_of_plan(plans[0]["Plan"]))


def _of_plan(plan):
    if "Relation Name" in plan or "Index Name" in plan:
        yield plan["Actual Loops"] * (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0))
    for part in plan.get("Plans", []):
        yield from _of_plan(part)
