"""Records as files: references for reference managers, MARC for other catalogues."""

import io

import pytest
from django.test import Client

from catalog.interchange import read_stream
from catalog.interchange.stored import description
from catalog.models import Bib
from catalog.search import index_bibs
from tests.factories import BibFactory

pytestmark = pytest.mark.django_db

FILES = ("citation.ris", "citation.bib", "record.mrc", "record.marcxml")


@pytest.fixture
def book(home):
    bib = BibFactory(
        title='本と"紙"\r\nX-Evil: 1',
        title_kana="ホン ト カミ",
        contributors=[{"name": "萩野, 正昭", "kana": "ハギノ, マサアキ", "role": "著"}],
        publisher="晶文社",
        year=2019,
        date_text="2019.2",
        isbns=["9784794970756", "4000000001"],
        notes="一つ目\n二つ目",
        items=1,
    )
    index_bibs([bib])
    return bib


@pytest.mark.parametrize(
    ("name", "media_type", "file_name", "begins"),
    [
        ("citation.ris", "application/x-research-info-systems; charset=utf-8", "record-%d.ris", b"TY  - BOOK\r\n"),
        ("citation.bib", "application/x-bibtex; charset=utf-8", "record-%d.bib", b"@book{bib%d,"),
        ("record.mrc", "application/marc", "record-%d.mrc", b"0"),
        ("record.marcxml", "application/marcxml+xml; charset=utf-8", "record-%d.xml", b"<?xml"),
    ],
)
def test_a_record_is_a_file_whose_name_holds_nothing_of_its_title(book, client, name, media_type, file_name, begins):
    answer = client.get(f"/records/{book.pk}/{name}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == media_type
    assert answer["Content-Disposition"] == f'attachment; filename="{file_name % book.pk}"'
    assert "X-Evil" not in answer.headers
    assert answer.content.startswith(begins % book.pk if b"%d" in begins else begins)


def test_the_files_name_the_permanent_address(book, client):
    for name in ("citation.ris", "citation.bib"):
        assert f"http://testserver/records/{book.pk}/" in client.get(f"/records/{book.pk}/{name}").content.decode()


@pytest.mark.parametrize("name", ["record.mrc", "record.marcxml"])
def test_what_our_reader_makes_of_the_marc_is_the_stored_description(book, client, name):
    Bib.objects.filter(pk=book.pk).update(title="本と紙")
    book.refresh_from_db()
    [found] = read_stream(io.BytesIO(client.get(f"/records/{book.pk}/{name}").content))
    assert found == description(book)


def test_what_patrons_may_not_see_exists_in_no_format(home, client):
    """A221, CAT-5."""
    for hidden in (BibFactory(items=1, is_suppressed=True), BibFactory(is_on_order=True)):
        for name in FILES:
            assert client.get(f"/records/{hidden.pk}/{name}").status_code == 404, name


def test_results_are_handed_out_in_their_order_with_the_same_parameters(home):
    bibs = [BibFactory(title=f"猫の本 {year}", year=year, publisher="P", items=1) for year in (1999, 2005, 2001)]
    index_bibs([*bibs, BibFactory(title="犬の本", items=1)])
    text = Client().get("/search/export.ris", {"q": "猫", "sort": "year"}).content.decode()
    assert [line[6:] for line in text.splitlines() if line.startswith("PY")] == ["2005", "2001", "1999"]
    narrower = Client().get("/search/export.bib", {"q": "猫", "decade": "1990"}).content.decode()
    assert narrower.count("@book{") == 1


def test_results_end_at_five_hundred_and_the_page_says_so(home, django_assert_max_num_queries):
    bibs = Bib.objects.bulk_create(Bib(source_id=f"many-{n}", title=f"辞典 {n}") for n in range(501))
    index_bibs(bibs)
    with django_assert_max_num_queries(12):
        text = Client().get("/search/export.ris", {"q": "辞典"}).content.decode()
    assert text.count("TY  - ") == 500
    page = Client().get("/search/", {"q": "辞典", "sort": "title_kana", "page": "2"}).content.decode()
    assert "先頭の500件まで" in page
    assert 'href="/search/export.ris?q=%E8%BE%9E%E5%85%B8&amp;sort=title_kana"' in page


def test_an_export_of_nothing_is_no_file(home, client):
    assert client.get("/search/export.ris").status_code == 404
    assert client.get("/search/export.bib", {"q": "どこにもない本"}).status_code == 404
