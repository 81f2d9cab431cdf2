"""The results of a search (CAT-5, CAT-6)."""

import pytest
from django.test import Client

from catalog.search import index_bibs
from holds import actions as holds
from tests.factories import BibFactory

pytestmark = pytest.mark.django_db


def test_the_most_reserved_title_comes_first_where_the_reader_asks_for_that(akari, aya, home, ten):
    """CAT-7."""
    bibs = [BibFactory(title=f"猫の本 {number}", items=1) for number in (1, 2, 3)]
    index_bibs(bibs)
    for patron in (akari, aya):
        holds.reserve(patron=patron, bib=bibs[2], pickup_at=home, by=None, now=ten)
    holds.reserve(patron=akari, bib=bibs[1], pickup_at=home, by=None, now=ten)
    page = Client().get("/search/", {"q": "猫の本", "sort": "holds"})
    assert [row["bib"] for row in page.context["rows"]] == [bibs[2], bibs[1], bibs[0]]
    assert [row["waiting"] for row in page.context["rows"]] == [2, 1, 0]


def test_a_title_on_order_and_a_hidden_one_are_not_found(home):
    """CAT-5, A221."""
    bibs = [
        BibFactory(title="秋の猫", is_on_order=True),
        BibFactory(title="冬の猫", items=1, is_suppressed=True),
        BibFactory(title="春の猫", items=1),
    ]
    index_bibs(bibs)
    page = Client().get("/search/", {"q": "猫"})
    assert [row["bib"].title for row in page.context["rows"]] == ["春の猫"]
    for hidden in bibs[:2]:
        assert Client().get(f"/records/{hidden.pk}/").status_code == 404
