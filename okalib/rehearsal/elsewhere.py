"""The catalogues that the cross search of a rehearsal asks: real public ones, which need a network to answer."""

from __future__ import annotations

from catalog.models import SearchTarget
from catalog.rules import Protocol, RecordSchema, Region

TARGETS = [
    {
        "code": "ndl-sru",
        "name": "国立国会図書館サーチ",
        "name_en": "NDL Search",
        "protocol": Protocol.SRU,
        "address": "https://ndlsearch.ndl.go.jp/api/sru",
        "fixed_parameters": "onlyBib=true",
        "record_schema": RecordSchema.DCNDL,
        "any_index": "anywhere",
        "title_index": "title",
        "creator_index": "creator",
        "isbn_index": "isbn",
        "page_address": "https://ndlsearch.ndl.go.jp/search?cs=bib&keyword={query}",
    },
    {
        "code": "ndl-books",
        "name": "国立国会図書館サーチ（図書のみ）",
        "name_en": "NDL Search (books only)",
        "protocol": Protocol.OPENSEARCH,
        "address": "https://ndlsearch.ndl.go.jp/api/opensearch",
        "fixed_parameters": "cnt=10&mediatype=books",
        "any_index": "any",
        "title_index": "title",
        "creator_index": "creator",
        "isbn_index": "isbn",
        "page_address": "https://ndlsearch.ndl.go.jp/search?cs=bib&keyword={query}",
    },
    {
        "code": "cinii-books",
        "name": "CiNii Books（大学図書館）",
        "name_en": "CiNii Books (university libraries)",
        "protocol": Protocol.OPENSEARCH,
        "address": "https://ci.nii.ac.jp/books/opensearch/search",
        "fixed_parameters": "format=rss&count=10",
        "any_index": "q",
        "title_index": "title",
        "creator_index": "author",
        "isbn_index": "isbn",
        "page_address": "https://ci.nii.ac.jp/books/search?q={query}",
    },
]


def name_targets() -> None:
    """Let the cross search ask the National Diet Library and the universities (REQ-3)."""
    SearchTarget.objects.bulk_create(
        SearchTarget(region=Region.COUNTRY, order=10 * place, **target) for place, target in enumerate(TARGETS, start=1)
    )
