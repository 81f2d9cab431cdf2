"""Taking records away: a reference, MARC, and a whole list of results, for the reader's own tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from catalog import queries
from catalog.forms import Asked
from catalog.interchange import MOST_EXPORTED, bibtex, marc_writer, ris
from catalog.interchange.stored import Stored, description
from catalog.search import search
from holds import queries as holds
from okalib.web import found_or_404, public_page

Bibs = Sequence[Stored]


def _ris(request: HttpRequest, bibs: Bibs) -> str:
    return ris.ris((description(bib), permanent_address(request, bib.pk)) for bib in bibs)


def _bibtex(request: HttpRequest, bibs: Bibs) -> str:
    return bibtex.bibtex((description(bib), permanent_address(request, bib.pk), bib.pk) for bib in bibs)


REFERENCES: dict[str, tuple[str, Callable[[HttpRequest, Bibs], str]]] = {
    "ris": (ris.MEDIA_TYPE, _ris),
    "bib": (bibtex.MEDIA_TYPE, _bibtex),
}
MARC = {
    "mrc": (marc_writer.MEDIA_TYPE, marc_writer.marc),
    "marcxml": (f"{marc_writer.XML_MEDIA_TYPE}; charset=utf-8", marc_writer.marcxml),
}


def permanent_address(request: HttpRequest, bib_id: int) -> str:
    """Return the address under which a record can be cited for good."""
    return request.build_absolute_uri(reverse("record", args=[bib_id]))


@require_safe
@public_page
def citation(request: HttpRequest, bib_id: int, ending: str) -> HttpResponse:
    """Hand out one record for a reference manager; what patrons may not see does not exist here either (A221)."""
    return _references(request, [found_or_404(queries.record(bib_id))], f"record-{bib_id}", ending)


@require_safe
@public_page
def marc(request: HttpRequest, bib_id: int, ending: str) -> HttpResponse:
    """Hand out one record as MARC 21, in ISO 2709 or in XML."""
    bib = found_or_404(queries.record(bib_id))
    media_type, write = MARC[ending]
    return _file(write(description(bib), bib.updated_at), media_type, f"record-{bib_id}", ending)


@require_safe
@public_page
def results(request: HttpRequest, ending: str) -> HttpResponse:
    """Hand out the first results of a search, in its order, for a reference manager."""
    asked = Asked.read(request.GET)
    found = search(asked.query(), per_page=MOST_EXPORTED, demand=holds.demand())
    bibs = queries.bibs_in_order(found.bib_ids)
    if not bibs:
        raise Http404
    return _references(request, bibs, "search-results", ending)


def _references(request: HttpRequest, bibs: Bibs, name: str, ending: str) -> HttpResponse:
    media_type, write = REFERENCES[ending]
    return _file(write(request, bibs).encode(), f"{media_type}; charset=utf-8", name, ending)


def _file(content: bytes, media_type: str, name: str, ending: str) -> HttpResponse:
    """Answer with a file; its name is made of our own words and a number, so that no title gets into a header."""
    disposition = content_disposition_header(True, f"{name}.{'xml' if ending == 'marcxml' else ending}")
    return HttpResponse(content, content_type=media_type, headers={"Content-Disposition": disposition})
