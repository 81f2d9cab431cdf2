"""Search in the catalogue: what contains the query, after folding, is found, all of it (CAT-5, CAT-6).

    results = search(Query.parse("ハリーポッター", author="ローリング", available_now=True), page=1)
    index_bibs(bibs)                   # in the transaction that changes them

Read the files in this order:

`fold`, `tokens`   pure: how a text becomes comparable, and what is kept of it
`query`, `plan`    what is asked for, and as conditions of SQL
`index`            the entry of a bib, and its row of the delta: written in the transaction that changes the bib
`postings`, `facts`, `bits`   the merged documents as Roaring bitmaps in two tables: by token, and by facet value
`delta`            what changed since, searched in SQL
`find`, `facets`, `order`, `ranking`   both together: totals, facets, a page
`merge`, `upkeep`  the delta goes into the postings, in the background; `manage.py search_index`
`hints`, `names`, `alike`, `news`   suggestions, other spellings, titles alike, new titles

`reading` is the one place where all of them read the database.
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
