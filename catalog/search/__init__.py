"""Search in the catalogue: what contains the query, after folding, is found, all of it (CAT-5, CAT-6).

    results = search(Query.parse("ハリーポッター", author="ローリング", available_now=True), page=1)
    index_bibs(bibs)                   # in the transaction that changes them

A bib becomes a row of folded texts and tokens (`fold`, `tokens`, `index`); a query is read (`query`), becomes
conditions (`plan`) and an order (`ranking`), and one statement answers it (`find`). `hints` offers titles and `names`
while a word is being typed, and other spellings where nothing was found. `manage.py search_index` rebuilds and
verifies.
"""

from catalog.search.facets import FACETS, FacetValue
from catalog.search.find import Results, search
from catalog.search.hints import Suggestion, similar_spellings, suggest, suggestions
from catalog.search.index import index_bibs
from catalog.search.query import Query, Sort

__all__ = [
    "FACETS",
    "FacetValue",
    "Query",
    "Results",
    "Sort",
    "Suggestion",
    "index_bibs",
    "search",
    "similar_spellings",
    "suggest",
    "suggestions",
]
