"""What a librarian would put first on the real records is among the first three (CAT-6)."""

import csv
from pathlib import Path

import pytest

from catalog.models import Bib
from catalog.search import Query, index_bibs, merge, search
from tests.search import real_records

JUDGED = Path(__file__).parent / "judged.tsv"
GOOD_ENOUGH = 0.9

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.skipif(not real_records.IS_THERE, reason=real_records.WHY_SKIPPED),
]


def test_of_sixty_judged_queries_nine_in_ten_have_the_right_title_among_the_first_three(ten):
    """Of several editions of the work any will do; `judged.tsv` names them by the numbers of their sources."""
    bibs = Bib.objects.bulk_create(real_records.bibs(), batch_size=1_000)
    index_bibs(bibs)
    merge.merge(now=ten)
    numbers = {bib.pk: bib.source_id for bib in bibs}
    titles = {bib.pk: bib.title for bib in bibs}
    with JUDGED.open(encoding="utf-8", newline="") as lines:
        judged = list(csv.DictReader(lines, delimiter="\t"))
    missed = []
    for row in judged:
        first = search(Query.parse(row["query"])).bib_ids[:3]
        if not {numbers[bib_id] for bib_id in first} & set(row["numbers"].split()):
            missed.append((row["query"], row["title"], [titles[bib_id] for bib_id in first]))
    assert len(judged) == 60
    assert len(missed) <= len(judged) * (1 - GOOD_ENOUGH), missed
